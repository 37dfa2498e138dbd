/// Bytes as pairs of lower-case hexadecimal digits.
enum HexText {
    static func append(_ byte: UInt8, into out: inout [UInt8]) {
        out.append(digit(byte >> 4))
        out.append(digit(byte & 15))
    }

    static func append(_ value: UInt64, digits: Int, into out: inout [UInt8]) {
        for place in (0..<digits).reversed() {
            out.append(digit(UInt8(truncatingIfNeeded: value >> UInt64(place * 4) & 15)))
        }
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
