import Foundation
import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct SourceTests {
    /// Made by another program: "hello, swift\n" with a file name in the header.
    static let foreign: [UInt8] = [
        0x1F, 0x8B, 0x08, 0x08, 0x00, 0x00, 0x00, 0x00, 0x02, 0xFF, 0x78, 0x00, 0xCB, 0x48, 0xCD,
        0xC9, 0xC9, 0xD7, 0x51, 0x28, 0x2E, 0xCF, 0x4C, 0x2B, 0xE1, 0x02, 0x00, 0x1F, 0xAD, 0x68,
        0xFF, 0x0D, 0x00, 0x00, 0x00,
    ]

    @Test("gzip of another program reads in any pieces", arguments: [1, 2, 3, 7, 1_000])
    func foreignGzip(chunkBytes: Int) throws {
        #expect(try text(Self.foreign + Self.foreign, chunkBytes) == "hello, swift\nhello, swift\n")
        #expect(try text(Self.foreign + [0, 0, 0], chunkBytes) == "hello, swift\n")
    }

    @Test("what is not gzip passes unchanged", arguments: ["", "a", "ab", "plain text\n"])
    func plain(content: String) throws {
        #expect(try text(Array(content.utf8), 1) == content)
        #expect(try text(Array(content.utf8), 100) == content)
    }

    @Test("any bytes survive gzip", arguments: [0, 1, 1_000, 256 << 10, 700_001], [1, 6, 9])
    func gzipRoundTrip(size: Int, level: Int32) throws {
        var generator = SplitMix64(seed: UInt64(size))
        let bytes = (0..<size).map { _ in UInt8.random(in: 0..<24, using: &generator) }
        let packed = ArraySink()
        let sink = try GzipSink(packed, level: level)
        try sink.write(Array(bytes.prefix(size / 3)))
        try sink.write(Array(bytes.dropFirst(size / 3)))
        try sink.finish()
        #expect(size < 1_000 || packed.bytes.count < size)
        #expect(try all(GunzipSource(sniffing: ArraySource(packed.bytes))) == bytes)
    }

    @Test("a megabyte of zeros comes out in bounded pieces")
    func bomb() throws {
        let packed = ArraySink()
        let sink = try GzipSink(packed)
        try sink.write([UInt8](repeating: 0, count: 8 << 20))
        try sink.finish()
        let source = try GunzipSource(sniffing: ArraySource(packed.bytes))
        var total = 0
        while let chunk = try source.read() {
            #expect(chunk.count <= 256 << 10)
            total += chunk.count
        }
        #expect(total == 8 << 20)
    }

    @Test("damaged gzip is refused, wherever it is cut", arguments: 2..<SourceTests.foreign.count)
    func truncated(length: Int) {
        expectRefusal(.badCopyFormat) { () throws(DatabaseError) in
            try all(GunzipSource(sniffing: ArraySource(Array(Self.foreign.prefix(length)))))
        }
    }

    @Test("a wrong checksum and trailing bytes are refused with their offset")
    func damaged() {
        var bytes = Self.foreign
        bytes[bytes.count - 6] ^= 1
        let checksum = expectRefusal(.badCopyFormat) { () throws(DatabaseError) in
            try all(GunzipSource(sniffing: ArraySource(bytes)))
        }
        #expect(checksum?.message.contains("at byte") == true)
        for tail in [[0x41, 0x42], [0, 0x41]] as [[UInt8]] {
            expectRefusal(.badCopyFormat) { () throws(DatabaseError) in
                try all(GunzipSource(sniffing: ArraySource(Self.foreign + tail)))
            }
        }
    }

    @Test("files are read whole, packed or not, with their progress")
    func files() throws {
        let folder = try TemporaryFolder()
        for (name, content) in [("plain", Array("hello, swift\n".utf8)), ("packed", Self.foreign)] {
            let source = try FileSource(path: try folder.write(content, to: name))
            #expect(try all(source) == Array("hello, swift\n".utf8))
            #expect(source.fractionRead == 1)
        }
        let empty = try FileSource(path: try folder.write([], to: "empty"))
        #expect(try all(empty).isEmpty)
    }

    @Test("missing files and directories are refused")
    func missing() throws {
        let folder = try TemporaryFolder()
        for path in [folder.file("none"), folder.path, "", "a\0b", folder.file("none/none")] {
            expectRefusal(.undefinedFile) { () throws(DatabaseError) in
                try FileSource(path: path)
            }
        }
    }

    @Test("bytes for COPY FROM STDIN are a source")
    func copyInput() throws {
        let source = CopyInputSource(Pieces(["a", "", "bc"]))
        #expect(try all(source) == Array("abc".utf8))
    }

    @Test("damaged gzip never traps")
    func fuzz() {
        let sample = ArraySink()
        let lines = (0..<60).map { "line \($0 * $0)\n" }.joined()
        #expect(throws: Never.self) {
            let sink = try GzipSink(sample)
            try sink.write(Array(lines.utf8))
            try sink.finish()
        }
        Fuzzing.run("gzip", samples: [Self.foreign, sample.bytes]) { bytes throws(DatabaseError) in
            _ = try all(GunzipSource(sniffing: ArraySource(bytes, chunkBytes: 17)))
        }
    }

    private func text(_ bytes: [UInt8], _ chunkBytes: Int) throws(DatabaseError) -> String {
        let source = try GunzipSource(sniffing: ArraySource(bytes, chunkBytes: chunkBytes))
        return String(decoding: try all(source), as: UTF8.self)
    }

    private func all(_ source: any ByteSource) throws(DatabaseError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let chunk = try source.read() { bytes += chunk }
        #expect(try source.read() == nil)
        return bytes
    }
}

private final class Pieces: CopyInput {
    private var rest: ArraySlice<String>

    init(_ pieces: [String]) { rest = pieces[...] }

    func read() throws(DatabaseError) -> [UInt8]? { rest.popFirst().map { Array($0.utf8) } }
}
