package import NeedletailCore

/// Bytes that are read once, front to back, in chunks.
package protocol ByteSource: AnyObject {
    /// The next bytes, at least one, or `nil` at the end. May block.
    func read() throws(DatabaseError) -> [UInt8]?
    /// Share of the input consumed, 0 to 1, where its size is known.
    var fractionRead: Double? { get }
}

/// Bytes in memory.
package final class ArraySource: ByteSource {
    private let bytes: [UInt8]
    private let chunkBytes: Int
    private var position = 0

    /// Hands out `bytes` in pieces of `chunkBytes`, which must be positive.
    package init(_ bytes: [UInt8], chunkBytes: Int = 256 << 10) {
        precondition(chunkBytes > 0, "a chunk has at least one byte")
        self.bytes = bytes
        self.chunkBytes = chunkBytes
    }

    package convenience init(_ text: String, chunkBytes: Int = 256 << 10) {
        self.init(Array(text.utf8), chunkBytes: chunkBytes)
    }

    package func read() throws(DatabaseError) -> [UInt8]? {
        guard position < bytes.count else { return nil }
        let next = min(chunkBytes, bytes.count - position)
        defer { position += next }
        return Array(bytes[position..<position + next])
    }

    package var fractionRead: Double? {
        bytes.isEmpty ? 1 : Double(position) / Double(bytes.count)
    }
}

/// The bytes that arrive for `COPY … FROM STDIN`.
package final class CopyInputSource: ByteSource {
    private let input: any CopyInput

    package init(_ input: any CopyInput) { self.input = input }

    package func read() throws(DatabaseError) -> [UInt8]? {
        while let chunk = try input.read() {
            if !chunk.isEmpty { return chunk }
        }
        return nil
    }

    package var fractionRead: Double? { nil }
}
