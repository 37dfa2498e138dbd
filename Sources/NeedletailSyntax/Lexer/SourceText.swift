package import NeedletailCore

/// The bytes of one statement or script: valid UTF-8, no longer than
/// ``Limits/statementBytesMax``.
package struct SourceText: Sendable {
    /// What positions count.
    package let bytes: [UInt8]

    /// - Throws: 54000 if `text` is longer than a statement may be.
    package init(_ text: String) throws(DatabaseError) {
        try Self.checkSize(text.utf8.count)
        bytes = Array(text.utf8)
    }

    /// - Throws: 54000 if there are more bytes than a statement may have, 22021 at the first byte
    ///   that is no UTF-8.
    package init(bytes: [UInt8]) throws(DatabaseError) {
        try Self.checkSize(bytes.count)
        if let offset = Self.firstInvalidByte(bytes) {
            let value = String(bytes[offset], radix: 16)
            throw DatabaseError(
                .invalidEncoding, "byte 0x\(value) at offset \(offset) is not valid UTF-8",
                hint: "Send the statement encoded as UTF-8.",
                position: SourceRange(offset, offset + 1))
        }
        self.bytes = bytes
    }

    private static func checkSize(_ count: Int) throws(DatabaseError) {
        guard count > Limits.statementBytesMax else { return }
        throw DatabaseError(
            .programLimit,
            "the statement has \(count) bytes, more than the limit of \(Limits.statementBytesMax)",
            hint: "Bind large values as parameters, or load them with COPY.")
    }

    /// The text of `range`, which must lie within the bytes.
    func string(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self)
    }

    /// Offset of the first byte that no valid UTF-8 sequence covers, or `nil`.
    package static func firstInvalidByte(_ bytes: [UInt8]) -> Int? {
        if String(validating: bytes, as: UTF8.self) != nil { return nil }
        var offset = 0
        while offset < bytes.count {
            guard let length = sequenceLength(bytes, offset) else { return offset }
            offset += length
        }
        return nil
    }

    /// Bytes of the well-formed sequence at `offset` (Unicode 16.0, table 3-7), or `nil`.
    private static func sequenceLength(_ bytes: [UInt8], _ offset: Int) -> Int? {
        let lead = bytes[offset]
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch lead {
        case 0x00...0x7F: return 1
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF:
            length = 3
            if lead == 0xE0 { second = 0xA0...0xBF }
            if lead == 0xED { second = 0x80...0x9F }
        case 0xF0...0xF4:
            length = 4
            if lead == 0xF0 { second = 0x90...0xBF }
            if lead == 0xF4 { second = 0x80...0x8F }
        default: return nil
        }
        guard offset + length <= bytes.count, second.contains(bytes[offset + 1]) else { return nil }
        for position in (offset + 2)..<max(offset + 2, offset + length)
        where bytes[position] & 0xC0 != 0x80 { return nil }
        return length
    }
}
