import NeedletailCore
import NeedletailPlanner

/// Functions of dates and timestamps, all in UTC. Arguments are not NULL.
enum TimeFunctions {
    private static let microsecondsPerDay: Int64 = 86_400_000_000

    /// `nil` where `builtin` is no such function.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value]
    ) throws(DatabaseError) -> Value? {
        switch (builtin, arguments.first, arguments.dropFirst().first) {
        case (.extract, .text(let field), .timestamp(let timestamp)):
            return .double(try extract(field, timestamp))
        case (.extract, .text(let field), .date(let date)):
            return .double(try extract(field, start(of: date)))
        case (.dateTrunc, .text(let field), .timestamp(let timestamp)):
            return .timestamp(try truncate(timestamp, to: field))
        case (.toTimestamp, .double(let seconds), nil):
            return try timestamp(seconds: seconds)
        case (.toTimestamp, .int(let seconds), nil):
            return try timestamp(seconds: Double(seconds))
        case (.dateAddDays, .date(let date), .int(let days)):
            return .date(try moved(date, by: days))
        case (.dateSubtractDays, .date(let date), .int(let days)):
            guard days != .min else { throw outOfRange }
            return .date(try moved(date, by: -days))
        case (.dateDifference, .date(let left), .date(let right)):
            return .int(Int64(left.days) - Int64(right.days))
        default: return nil
        }
    }

    static func date(of timestamp: Timestamp) -> CalendarDate {
        CalendarDate(
            days: Int32(clamping: floorDivide(timestamp.microseconds, microsecondsPerDay)))
    }

    /// Midnight UTC.
    static func start(of date: CalendarDate) -> Timestamp {
        Timestamp(
            microseconds: Int64(date.days).multipliedReportingOverflow(by: microsecondsPerDay)
                .partialValue)
    }

    private static func moved(
        _ date: CalendarDate, by days: Int64
    ) throws(DatabaseError) -> CalendarDate {
        let (sum, overflow) = Int64(date.days).addingReportingOverflow(days)
        guard !overflow, let result = Int32(exactly: sum) else { throw outOfRange }
        return CalendarDate(days: result)
    }

    private static var outOfRange: DatabaseError {
        DatabaseError("22008", "the date is out of range")
    }

    private static func timestamp(seconds: Double) throws(DatabaseError) -> Value {
        let microseconds = (seconds * 1e6).rounded()
        guard let whole = Int64(exactly: microseconds), Swift.abs(seconds) < 9e12 else {
            throw DatabaseError("22008", "the timestamp is out of range: \(seconds) seconds")
        }
        return .timestamp(Timestamp(microseconds: whole))
    }

    private static func extract(
        _ field: String, _ timestamp: Timestamp
    ) throws(DatabaseError) -> Double {
        let day = date(of: timestamp)
        let fields = day.fields
        let ofDay = timestamp.microseconds - Int64(day.days) * microsecondsPerDay
        switch field.lowercased() {
        case "year", "years": return Double(fields.year)
        case "month", "months": return Double(fields.month)
        case "day", "days": return Double(fields.day)
        case "hour", "hours": return Double(ofDay / 3_600_000_000)
        case "minute", "minutes": return Double(ofDay / 60_000_000 % 60)
        case "second", "seconds": return Double(ofDay % 60_000_000) / 1e6
        case "milliseconds": return Double(ofDay % 60_000_000) / 1e3
        case "microseconds": return Double(ofDay % 60_000_000)
        case "epoch": return Double(timestamp.microseconds) / 1e6
        case "dow": return Double(weekday(day) % 7)
        case "isodow": return Double(weekday(day))
        case "doy": return Double(Int(day.days) - Int(firstDay(fields.year, 1).days) + 1)
        case "quarter": return Double((fields.month - 1) / 3 + 1)
        default: throw unknown(field)
        }
    }

    private static func truncate(
        _ timestamp: Timestamp, to field: String
    ) throws(DatabaseError) -> Timestamp {
        let day = date(of: timestamp)
        let fields = day.fields
        func multiple(of unit: Int64) -> Timestamp {
            Timestamp(microseconds: floorDivide(timestamp.microseconds, unit) * unit)
        }
        switch field.lowercased() {
        case "microseconds": return timestamp
        case "milliseconds": return multiple(of: 1_000)
        case "second": return multiple(of: 1_000_000)
        case "minute": return multiple(of: 60_000_000)
        case "hour": return multiple(of: 3_600_000_000)
        case "day": return start(of: day)
        case "week":
            return start(of: CalendarDate(days: day.days - Int32(weekday(day) - 1)))
        case "month": return start(of: firstDay(fields.year, fields.month))
        case "quarter": return start(of: firstDay(fields.year, (fields.month - 1) / 3 * 3 + 1))
        case "year": return start(of: firstDay(fields.year, 1))
        default: throw unknown(field)
        }
    }

    /// 1 for Monday to 7 for Sunday; 1970-01-01 was a Thursday.
    private static func weekday(_ date: CalendarDate) -> Int {
        Int(floorModulo(Int64(date.days) + 3, 7)) + 1
    }

    private static func firstDay(_ year: Int, _ month: Int) -> CalendarDate {
        CalendarDate(year: year, month: month, day: 1) ?? CalendarDate(days: 0)
    }

    private static func unknown(_ field: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "the field \"\(field)\" is not recognized",
            hint: "write year, quarter, month, week, day, hour, minute, second or epoch")
    }

    private static func floorDivide(_ value: Int64, _ by: Int64) -> Int64 {
        value >= 0 ? value / by : -((-(value + 1)) / by) - 1
    }

    private static func floorModulo(_ value: Int64, _ by: Int64) -> Int64 {
        value - floorDivide(value, by) * by
    }
}
