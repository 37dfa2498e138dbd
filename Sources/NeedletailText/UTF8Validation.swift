/// Finds bytes that are not UTF-8 as RFC 3629 defines it: no overlong forms, no surrogates,
/// nothing above U+10FFFF.
package enum UTF8Validation {
    /// Where the first malformed sequence of `bytes[range]` begins, or `nil` if there is none.
    package static func firstError(in bytes: [UInt8], range: Range<Int>) -> Int? {
        var position = range.lowerBound
        while position < range.upperBound {
            let lead = bytes[position]
            if lead < 0x80 {
                position += 1
                continue
            }
            let length = sequenceLength(bytes, at: position, end: range.upperBound)
            if length == 0 { return position }
            position += length
        }
        return nil
    }

    /// The length of the well-formed sequence of two to four bytes at `position`, or 0.
    private static func sequenceLength(_ bytes: [UInt8], at position: Int, end: Int) -> Int {
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch bytes[position] {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return 0
        }
        guard end - position >= length, second.contains(bytes[position + 1]) else { return 0 }
        for offset in 2..<max(length, 2) where bytes[position + offset] & 0xC0 != 0x80 {
            return 0
        }
        return length
    }
}
