package import NeedletailCore

/// Identifiers as `a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11`.
package enum UUIDText {
    /// Reads 32 hexadecimal digits in any case; a hyphen may follow every fourth, and braces may
    /// stand around all. Errors: 22P02.
    package static func parse(_ text: String) throws(DatabaseError) -> UUIDValue {
        try parse(Array(text.utf8)[...])
    }

    static func parse(_ text: ArraySlice<UInt8>) throws(DatabaseError) -> UUIDValue {
        var digits = text.trimmed
        if digits.first == UInt8(ascii: "{"), digits.last == UInt8(ascii: "}") {
            digits = digits.dropFirst().dropLast()
        }
        var halves: (high: UInt64, low: UInt64) = (0, 0)
        var count = 0
        var afterHyphen = true
        for byte in digits {
            if byte == UInt8(ascii: "-"), !afterHyphen, count % 4 == 0, count < 32 {
                afterHyphen = true
                continue
            }
            guard count < 32, let digit = byte.hexValue else { throw malformed(text) }
            if count < 16 {
                halves.high = halves.high << 4 | UInt64(digit)
            } else {
                halves.low = halves.low << 4 | UInt64(digit)
            }
            count += 1
            afterHyphen = false
        }
        guard count == 32 else { throw malformed(text) }
        return UUIDValue(high: halves.high, low: halves.low)
    }

    package static func append(_ uuid: UUIDValue, into out: inout [UInt8]) {
        let hyphen = UInt8(ascii: "-")
        HexText.append(uuid.high >> 32, digits: 8, into: &out)
        out.append(hyphen)
        HexText.append(uuid.high >> 16, digits: 4, into: &out)
        out.append(hyphen)
        HexText.append(uuid.high, digits: 4, into: &out)
        out.append(hyphen)
        HexText.append(uuid.low >> 48, digits: 4, into: &out)
        out.append(hyphen)
        HexText.append(uuid.low, digits: 12, into: &out)
    }

    private static func malformed(_ text: ArraySlice<UInt8>) -> DatabaseError {
        .unreadable(
            text, as: "uuid",
            hint: "Write 32 hexadecimal digits, as in 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'.")
    }
}
