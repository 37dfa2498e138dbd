import Foundation
import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct StoreTests {
    @Test func whatIsCommittedIsThereAfterReopening() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        try transaction.writer.put(plainKey("a"), [1, 2, 3])
        #expect(try transaction.commit() == 2)
        store.close()
        let again = try scratch.open()
        #expect(try again.beginRead().view.bytes(plainKey("a")) == [1, 2, 3])
        #expect(again.format == store.format)
    }

    @Test func aTransactionThatIsLetGoLeavesNothing() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        do {
            let transaction = try store.beginWrite()
            try transaction.writer.put(plainKey("a"), [1])
        }
        #expect(try store.beginRead().view.bytes(plainKey("a")) == nil)
        #expect(try store.beginWrite().commit() == 1)
    }

    @Test func theSameDirectoryOpensOnceEvenThroughLinks() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        #expect(code { try scratch.open() } == .objectInUse)
        let link = scratch.path + "-link"
        try FileManager.default.createSymbolicLink(
            atPath: link, withDestinationPath: scratch.path)
        defer { try? FileManager.default.removeItem(atPath: link) }
        #expect(code { try Store.open(path: link) } == .objectInUse)
        let other = Scratch()
        try FileManager.default.createDirectory(
            atPath: other.path, withIntermediateDirectories: false)
        try FileManager.default.linkItem(atPath: scratch.dataFile, toPath: other.dataFile)
        #expect(code { try other.open() } == .objectInUse)
        store.close()
        #expect(code { try scratch.open() } == nil)
    }

    @Test func closingWaitsForOpenTransactions() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let reader = SharedReadTransaction(try store.beginRead())
        store.close()
        #expect(try reader.view.commitSequence() == 1)
        #expect(code { _ = try store.beginRead() } == .adminShutdown)
        #expect(code { try scratch.open() } == .objectInUse)
        reader.close()
        #expect(code { try reader.view } == .noActiveTransaction)
        #expect(code { try scratch.open() } == nil)
    }

    /// A removed file's number passes to the next one that is made, once nobody has it open.
    @Test func aClaimOutlivesItsFilesWithoutKeepingOthersOut() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let reader = SharedReadTransaction(try store.beginRead())
        try FileManager.default.removeItem(atPath: scratch.path)
        // The index file is closed for good; the reader holds the data file, and so the claim.
        store.close()
        for _ in 0..<4 {
            let other = Scratch()
            let opened = try other.open()
            opened.close()
        }
        reader.close()
    }

    @Test func directoryAndFilesAreForTheOwnerAlone() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        defer { store.close() }
        let manager = FileManager.default
        func mode(_ path: String) throws -> Int? {
            try manager.attributesOfItem(atPath: path)[.posixPermissions] as? Int
        }
        #expect(try mode(scratch.path) == 0o700)
        for name in try manager.contentsOfDirectory(atPath: scratch.path) {
            #expect(try mode(scratch.path + "/" + name) == 0o600, "\(name)")
        }
    }

    @Test func aMissingDirectoryIsReported() {
        let options = StoreOptions(createIfMissing: false)
        #expect(code { try Store.open(path: Scratch().path, options: options) } == .undefinedFile)
        let reading = StoreOptions(isReadOnly: true)
        #expect(code { try Store.open(path: Scratch().path, options: reading) } == .undefinedFile)
    }

    @Test func aReadOnlyStoreRefusesWriters() throws {
        let scratch = Scratch()
        try scratch.open().close()
        let store = try scratch.open(isReadOnly: true)
        #expect(code { _ = try store.beginWrite() } == .readOnlyTransaction)
        #expect(try store.beginRead().view.commitSequence() == 1)
    }
}
