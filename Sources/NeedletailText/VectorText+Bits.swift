package import NeedletailCore

extension VectorText {
    /// Reads `0101`, also with PostgreSQL's prefixes: `b0101`, `x1F`.
    ///
    /// Errors: 22P02 at anything but digits, 22000 for a wrong count or none, 54000 beyond
    /// `Limits.dimensionMax`.
    package static func parseBits(
        _ text: String, count: Int? = nil
    ) throws(DatabaseError) -> BitVector {
        try parseBits(Array(text.utf8)[...], count: count)
    }

    static func parseBits(
        _ text: ArraySlice<UInt8>, count: Int?
    ) throws(DatabaseError) -> BitVector {
        var digits = text.trimmed
        var width = 1
        switch digits.first {
        case UInt8(ascii: "b"), UInt8(ascii: "B"): digits = digits.dropFirst()
        case UInt8(ascii: "x"), UInt8(ascii: "X"):
            digits = digits.dropFirst()
            width = 4
        default: break
        }
        guard !digits.isEmpty else { throw .noDimensions("bit") }
        guard digits.count <= Limits.dimensionMax / width else { throw .tooManyDimensions("bit") }
        var bytes = [UInt8](repeating: 0, count: (digits.count * width + 7) / 8)
        for (place, digit) in digits.enumerated() {
            guard let value = digit.hexValue, value < 1 << width else {
                throw .unreadable(text, as: "bit", hint: "Bits are written as in '0101'.")
            }
            let bit = place * width
            bytes[bit / 8] |= value << UInt8(8 - width - bit % 8)
        }
        try check(digits.count * width, count)
        return BitVector(count: digits.count * width, bytes: bytes)
    }

    /// Appends one `0` or `1` for each bit.
    package static func append(_ bits: BitVector, into out: inout [UInt8]) {
        for place in 0..<bits.count { out.append(UInt8(ascii: bits[place] ? "1" : "0")) }
    }
}
