package import NeedletailCore

extension NumberText {
    /// Reads a whole number of `type`, one of the three integer types. Spaces around it are
    /// allowed.
    ///
    /// Errors: 22P02 if it is not a whole number, 22003 if the type does not hold it.
    package static func parseInt(
        _ text: String, as type: ValueType = .bigint
    ) throws(DatabaseError) -> Int64 {
        try parseInt(Array(text.utf8)[...], as: type)
    }

    /// Reads a double: decimal, with or without exponent, or `NaN`, `Infinity`, `inf` in any case.
    /// Spaces around it are allowed.
    ///
    /// Errors: 22P02 if it is no number, 22003 if it overflows, or is not zero and underflows.
    package static func parseDouble(_ text: String) throws(DatabaseError) -> Double {
        try parseDouble(Array(text.utf8)[...])
    }

    /// As ``parseDouble(_:)``, rounded once to 32 bits.
    package static func parseReal(_ text: String) throws(DatabaseError) -> Float {
        try parseReal(Array(text.utf8)[...])
    }

    /// `value` if an integer column of `type` holds it, else 22003.
    package static func checkRange(
        _ value: Int64, as type: ValueType
    ) throws(DatabaseError) -> Int64 {
        let fits =
            switch type {
            case .smallint: Int16(exactly: value) != nil
            case .int: Int32(exactly: value) != nil
            default: true
            }
        guard fits else { throw .outOfRange(Array(String(value).utf8)[...], for: type.sqlName) }
        return value
    }

    static func parseInt(
        _ text: ArraySlice<UInt8>, as type: ValueType
    ) throws(DatabaseError) -> Int64 {
        guard let (number, _, _) = scanWhole(text), number.isInteger else {
            throw .unreadable(text, as: type.sqlName)
        }
        guard let value = number.int64 else { throw .outOfRange(text, for: type.sqlName) }
        return try checkRange(value, as: type)
    }

    static func parseDouble(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> Double {
        if let (number, bytes, start) = scanWhole(text) {
            guard let value = number.double(bytes, from: start) else {
                throw .outOfRange(text, for: ValueType.double.sqlName)
            }
            return value
        }
        guard let value = special(text.trimmed) else {
            throw .unreadable(text, as: ValueType.double.sqlName)
        }
        return value
    }

    static func parseReal(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> Float {
        if let (number, bytes, start) = scanWhole(text) {
            let value = number.float(bytes, from: start)
            guard value.isFinite, value != 0 || number.mantissa == 0 else {
                throw .outOfRange(text, for: ValueType.real.sqlName)
            }
            return value
        }
        guard let value = special(text.trimmed) else {
            throw .unreadable(text, as: ValueType.real.sqlName)
        }
        return Float(value)
    }

    /// The number that fills `text` but for spaces around it, and what it was scanned from.
    private static func scanWhole(
        _ text: ArraySlice<UInt8>
    ) -> (number: DecimalNumber, bytes: [UInt8], start: Int)? {
        let bytes = Array(text.trimmed)
        var failure = 0
        guard
            let number = DecimalNumber.scan(
                bytes, from: 0, end: bytes.count, grammar: .sql, failure: &failure),
            number.end == bytes.count
        else { return nil }
        return (number, bytes, 0)
    }

    /// NaN or an infinity by name, in any case.
    static func special(_ text: ArraySlice<UInt8>) -> Double? {
        guard text.count <= 9 else { return nil }
        return switch String(decoding: text, as: UTF8.self).lowercased() {
        case "nan": .nan
        case "infinity", "inf", "+infinity", "+inf": .infinity
        case "-infinity", "-inf": -.infinity
        default: nil
        }
    }
}

extension ArraySlice<UInt8> {
    /// Without white space (C's `isspace`) at both ends.
    var trimmed: ArraySlice<UInt8> {
        var first = startIndex
        var last = endIndex
        while first < last, self[first].isSpace { first += 1 }
        while last > first, self[last - 1].isSpace { last -= 1 }
        return self[first..<last]
    }
}

extension UInt8 {
    /// Space, tab, line feed, vertical tab, form feed or carriage return.
    var isSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    /// Its value as a hexadecimal digit.
    var hexValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }
}
