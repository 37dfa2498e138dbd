import Foundation
import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct FileSinkTests {
    @Test("a file appears only when it is finished, private to its user")
    func appears() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("out")
        let sink = try FileSink(path: path)
        try sink.write(Array("ab".utf8))
        #expect(!FileManager.default.fileExists(atPath: path))
        try sink.write(Array("c".utf8))
        try sink.finish()
        #expect(try TemporaryFolder.content(path) == Array("abc".utf8))
        #expect(try folder.names() == ["out"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("a file of that name is replaced, and kept if the new one is given up")
    func replaces() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1], to: "out")
        do {
            let sink = try FileSink(path: path)
            try sink.write([2])
        }
        #expect(try TemporaryFolder.content(path) == [1])
        let sink = try FileSink(path: path)
        try sink.write([3])
        try sink.finish()
        #expect(try TemporaryFolder.content(path) == [3])
        #expect(try folder.names() == ["out"])
    }

    @Test("the file behind a link is replaced, not the link")
    func links() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write([1], to: "file")
        let link = folder.file("link")
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: path)
        let sink = try FileSink(path: link)
        try sink.write([2])
        try sink.finish()
        #expect(try TemporaryFolder.content(path) == [2])
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == path)
    }

    @Test("devices are written to directly")
    func devices() throws {
        let sink = try FileSink(path: "/dev/null")
        try sink.write([1, 2, 3])
        try sink.finish()
    }

    @Test("directories and missing folders are refused")
    func refused() throws {
        let folder = try TemporaryFolder()
        for path in [folder.path, folder.file("none/out"), ""] {
            expectRefusal(.undefinedFile) { () throws(DatabaseError) in try FileSink(path: path) }
        }
    }
}
