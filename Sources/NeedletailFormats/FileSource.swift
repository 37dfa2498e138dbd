package import NeedletailCore

/// A file, decompressed where its content is gzip, whatever its name.
package final class FileSource: ByteSource {
    private let content: any ByteSource

    /// Errors: 58P01 if there is no such file or it is a directory, 58030 if it cannot be opened.
    package init(path: String) throws(DatabaseError) {
        content = try GunzipSource(sniffing: PlainFileSource(path: path))
    }

    /// Errors: 58030 if the disk fails, 22P04 for damaged gzip.
    package func read() throws(DatabaseError) -> [UInt8]? { try content.read() }

    /// By bytes of the file, compressed or not.
    package var fractionRead: Double? { content.fractionRead }
}

/// A file as it is.
private final class PlainFileSource: ByteSource {
    private let file: OpenFile
    private var position = 0

    init(path: String) throws(DatabaseError) { file = try OpenFile(reading: path) }

    func read() throws(DatabaseError) -> [UInt8]? {
        let chunk = try file.next(256 << 10)
        position += chunk.count
        return chunk.isEmpty ? nil : chunk
    }

    var fractionRead: Double? {
        // A file that grows while it is read must not go beyond the whole.
        file.size.map { $0 == 0 ? 1 : min(1, Double(position) / Double($0)) }
    }
}
