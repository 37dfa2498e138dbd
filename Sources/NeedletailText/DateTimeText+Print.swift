package import NeedletailCore

extension DateTimeText {
    /// How a moment is written. Both are in UTC, with as many digits of fraction as it needs.
    package enum Style: Sendable, Hashable {
        /// `2026-01-01 09:30:00.25+00`
        case sql
        /// `2026-01-01T09:30:00.25Z`
        case iso8601
    }

    package static func append(
        _ moment: Timestamp, style: Style = .sql, into out: inout [UInt8]
    ) {
        let (quotient, remainder) = moment.microseconds.quotientAndRemainder(
            dividingBy: microsecondsPerDay)
        let days = remainder < 0 ? quotient - 1 : quotient
        let time = remainder < 0 ? remainder + microsecondsPerDay : remainder
        // 64 bits of microseconds are at most 107 million days.
        let fields = CalendarDate(days: Int32(truncatingIfNeeded: days)).fields
        append(fields, into: &out)
        out.append(UInt8(ascii: style == .sql ? " " : "T"))
        let seconds = time / 1_000_000
        append(Int(seconds / 3_600), digits: 2, into: &out)
        out.append(UInt8(ascii: ":"))
        append(Int(seconds / 60 % 60), digits: 2, into: &out)
        out.append(UInt8(ascii: ":"))
        append(Int(seconds % 60), digits: 2, into: &out)
        appendFraction(Int(time % 1_000_000), into: &out)
        out.append(contentsOf: (style == .sql ? "+00" : "Z").utf8)
        appendEra(fields.year, into: &out)
    }

    package static func append(_ date: CalendarDate, into out: inout [UInt8]) {
        let fields = date.fields
        append(fields, into: &out)
        appendEra(fields.year, into: &out)
    }

    private static func append(
        _ fields: (year: Int, month: Int, day: Int), into out: inout [UInt8]
    ) {
        append(fields.year > 0 ? fields.year : 1 - fields.year, digits: 4, into: &out)
        out.append(UInt8(ascii: "-"))
        append(fields.month, digits: 2, into: &out)
        out.append(UInt8(ascii: "-"))
        append(fields.day, digits: 2, into: &out)
    }

    private static func appendEra(_ year: Int, into out: inout [UInt8]) {
        if year <= 0 { out.append(contentsOf: " BC".utf8) }
    }

    private static func appendFraction(_ microseconds: Int, into out: inout [UInt8]) {
        guard microseconds > 0 else { return }
        out.append(UInt8(ascii: "."))
        append(microseconds, digits: 6, into: &out)
        while out.last == UInt8(ascii: "0") { out.removeLast() }
    }

    /// Appends `value` with at least `digits` digits.
    private static func append(_ value: Int, digits: Int, into out: inout [UInt8]) {
        var bound = 10
        for _ in 1..<digits {
            if value < bound { out.append(UInt8(ascii: "0")) }
            bound *= 10
        }
        NumberText.append(Int64(value), into: &out)
    }
}
