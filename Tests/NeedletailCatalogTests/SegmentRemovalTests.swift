import Foundation
import NeedletailCatalog
import NeedletailCore
import NeedletailStorage
import Testing

/// The end of a segment's file.
@Suite struct SegmentRemovalTests {
    @Test("a segment retired while the readers are listed waits for the next list")
    func retiredMeanwhile() throws {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("needletail-removal-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try Store.open(path: folder)
        defer { store.close() }
        let library = SegmentLibrary(store)
        let segments = folder + "/segments"
        try FileManager.default.createDirectory(
            atPath: segments, withIntermediateDirectories: true)
        func make(_ number: Int) -> String {
            let path = "\(segments)/000000000000000\(number).segment"
            #expect(FileManager.default.createFile(atPath: path, contents: Data([1])))
            return path
        }
        let waiting = make(1)
        let latecomer = make(2)

        // A view keeps its snapshot.
        var reader: StorageView? = try store.beginRead().view
        let next = try #require(try reader?.snapshotNumber) + 1
        library.retire([1], from: next)
        // The list is from before the reader began, and 2 is retired before it is looked at.
        library.removeRetired { () throws(DatabaseError) in
            library.retire([2], from: next)
            return []
        }
        #expect(!FileManager.default.fileExists(atPath: waiting))
        #expect(FileManager.default.fileExists(atPath: latecomer))
        #expect(library.hasRetired)

        library.removeRetired()
        #expect(FileManager.default.fileExists(atPath: latecomer), "somebody still reads it")
        reader = nil
        library.removeRetired()
        #expect(!FileManager.default.fileExists(atPath: latecomer))
        #expect(!library.hasRetired)
    }
}
