import NeedletailCore

/// Takes the parts of a date's or moment's text one after another.
struct DateTimeReader {
    /// Calendar fields as written, not yet checked against the calendar.
    struct Fields {
        var year: Int
        var month: Int
        var day: Int
        var isBC: Bool
    }

    private var rest: ArraySlice<UInt8>
    private let whole: ArraySlice<UInt8>
    private let type: String

    init(_ text: ArraySlice<UInt8>, type: String) {
        whole = text
        rest = text.trimmed
        self.type = type
    }

    /// `2026-01-31`, and ` BC` if it follows at once.
    mutating func date() throws(DatabaseError) -> Fields {
        let year = try number(digits: 4...6)
        try expect("-")
        let month = try number(digits: 1...2)
        try expect("-")
        let day = try number(digits: 1...2)
        return Fields(year: year, month: month, day: day, isBC: takeBC())
    }

    /// Whether ` BC` followed, which is consumed.
    mutating func takeBC() -> Bool {
        let suffix = rest.trimmed
        guard suffix.count == 2, String(decoding: suffix, as: UTF8.self).uppercased() == "BC" else {
            return false
        }
        rest = []
        return true
    }

    /// Consumes `T` or spaces before a time; false at the end of the text.
    mutating func takeTimeSeparator() throws(DatabaseError) -> Bool {
        guard let byte = rest.first else { return false }
        guard byte.isSpace || byte | 0x20 == UInt8(ascii: "t") else { throw malformed() }
        rest = rest.dropFirst().drop { $0.isSpace }
        return true
    }

    /// `09:30`, `09:30:15`, `09:30:15.123456`, in microseconds since midnight. `24:00` is the end
    /// of the day.
    mutating func time() throws(DatabaseError) -> Int64 {
        let hour = try number(digits: 1...2)
        try expect(":")
        let minute = try number(digits: 2...2)
        var second = 0
        var fraction: Int64 = 0
        if rest.first == UInt8(ascii: ":") {
            rest = rest.dropFirst()
            second = try number(digits: 2...2)
            if rest.first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
                fraction = try self.fraction()
            }
        }
        let seconds = hour * 3_600 + minute * 60 + second
        let microseconds = Int64(seconds) * 1_000_000 + fraction
        let isEndOfDay = hour == 24 && microseconds == DateTimeText.microsecondsPerDay
        guard hour < 24 || isEndOfDay, minute < 60, second < 60 else { throw outOfRange() }
        return microseconds
    }

    /// `Z`, `UTC`, `+02`, `-02:30`, `+0230` or nothing, in seconds east of Greenwich.
    mutating func zone() throws(DatabaseError) -> Int64 {
        rest = rest.drop { $0.isSpace }
        if takeWord("utc") || takeWord("gmt") || takeWord("z") { return 0 }
        guard let sign = rest.first, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") else {
            return 0
        }
        rest = rest.dropFirst()
        let hours = try number(digits: 2...2)
        var minutes = 0
        if rest.first == UInt8(ascii: ":") {
            rest = rest.dropFirst()
            minutes = try number(digits: 2...2)
        } else if let digit = rest.first, digit.isDigit {
            minutes = try number(digits: 2...2)
        }
        guard hours < 16, minutes < 60 else { throw outOfRange() }
        let seconds = Int64(hours * 3_600 + minutes * 60)
        return sign == UInt8(ascii: "-") ? -seconds : seconds
    }

    /// Throws unless everything was taken.
    func finish() throws(DatabaseError) {
        guard rest.isEmpty else { throw malformed() }
    }

    /// The day that `fields` name.
    func day(_ fields: Fields) throws(DatabaseError) -> CalendarDate {
        guard fields.year > 0,
            let date = CalendarDate(year: fields.year, month: fields.month, day: fields.day)
        else { throw outOfRange() }
        return date
    }

    /// The day that `fields` name, counted back from Christ: 1 BC is the year 0.
    func beforeChrist(_ fields: Fields) throws(DatabaseError) -> CalendarDate {
        guard fields.year > 0,
            let date = CalendarDate(year: 1 - fields.year, month: fields.month, day: fields.day)
        else { throw outOfRange() }
        return date
    }

    func outOfRange() -> DatabaseError {
        DatabaseError(
            .datetimeOverflow, "\"\(shown)\" is out of range for \(type)",
            hint: "Check month, day, hour and zone; years run from 4713 BC to 294246.")
    }

    private func malformed() -> DatabaseError {
        let example = type == "date" ? "2026-01-31" : "2026-01-31 09:30:00+00"
        return DatabaseError(
            .invalidDatetime, "\"\(shown)\" is not a valid \(type)", hint: "Write '\(example)'.")
    }

    private var shown: String { String(decoding: whole.prefix(60), as: UTF8.self) }

    private mutating func expect(_ character: Unicode.Scalar) throws(DatabaseError) {
        guard rest.first == UInt8(ascii: character) else { throw malformed() }
        rest = rest.dropFirst()
    }

    private mutating func takeWord(_ word: String) -> Bool {
        let found = rest.prefix(word.utf8.count)
        guard String(decoding: found, as: UTF8.self).lowercased() == word else { return false }
        rest = rest.dropFirst(found.count)
        return true
    }

    private mutating func number(digits: ClosedRange<Int>) throws(DatabaseError) -> Int {
        var value = 0
        var count = 0
        while let byte = rest.first, byte.isDigit, count < digits.upperBound {
            value = value * 10 + Int(byte - UInt8(ascii: "0"))
            count += 1
            rest = rest.dropFirst()
        }
        guard digits.contains(count) else { throw malformed() }
        return value
    }

    /// The digits after the point, in microseconds, rounded half up.
    private mutating func fraction() throws(DatabaseError) -> Int64 {
        var value: Int64 = 0
        var count = 0
        while let byte = rest.first, byte.isDigit {
            let digit = Int64(byte - UInt8(ascii: "0"))
            if count < 6 {
                value = value * 10 + digit
            } else if count == 6, digit >= 5 {
                value += 1
            }
            count += 1
            rest = rest.dropFirst()
        }
        guard count > 0 else { throw malformed() }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }
}

extension UInt8 {
    /// Whether it is an ASCII digit.
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}
