import Foundation
import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct FormatTests {
    @Test func anotherFormatVersionIsRefused() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let key = StorageKey.meta(.format)
        var format = Array(try #require(try transaction.view.sealed(key)))
        format[4] = 77
        try transaction.writer.putSealed(key, format)
        try transaction.commit()
        store.close()
        do {
            _ = try scratch.open()
            Issue.record("it was opened")
        } catch {
            #expect(error.code == .unsupportedFormat)
            #expect(error.message.contains("version 77"))
            #expect(error.message.contains("version 1"))
        }
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func garbageIsRefused(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        for size in [1, 100, 4_096, 8_192, 100_000] {
            let scratch = Scratch()
            try FileManager.default.createDirectory(
                atPath: scratch.path, withIntermediateDirectories: false)
            let bytes = (0..<size).map { _ in UInt8.random(in: 0...255, using: &random) }
            try Data(bytes).write(to: URL(fileURLWithPath: scratch.dataFile))
            #expect(code { try scratch.open() } == .unsupportedFormat, "seed \(seed), \(size)")
            #expect(try !StorageCheck.checkPages(path: scratch.path).isEmpty)
        }
    }

    @Test func anLMDBFileOfSomeoneElseIsRefused() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        try transaction.writer.put(StorageKey([0, 1]), [1, 2, 3])
        try transaction.commit()
        store.close()
        // Its smallest key is no longer a format record.
        #expect(code { try scratch.open() } == .unsupportedFormat)
    }

    @Test func aFileInPlaceOfTheDirectoryIsRefused() throws {
        let scratch = Scratch()
        try Data([1]).write(to: URL(fileURLWithPath: scratch.path))
        #expect(code { try scratch.open() } == .undefinedFile)
    }

    @Test func filesOfTwoStoresDoNotMix() throws {
        let (one, two) = (Scratch(), Scratch())
        try one.open().close()
        try two.open().close()
        let index = two.path + "/index.mdb"
        try FileManager.default.removeItem(atPath: index)
        try FileManager.default.copyItem(atPath: one.path + "/index.mdb", toPath: index)
        #expect(code { try two.open() } == .unsupportedFormat)
    }

    @Test func aLostIndexFileIsMadeAgain() throws {
        let scratch = Scratch()
        try scratch.open().close()
        try FileManager.default.removeItem(atPath: scratch.path + "/index.mdb")
        let store = try scratch.open()
        #expect(try StorageCheck.run(store) == [])
    }

    @Test func aFileThatWasCutShortIsRefused() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        for number in 0..<50 {
            try transaction.writer.put(
                plainKey("\(number)"), [UInt8](repeating: 1, count: 10_000))
        }
        try transaction.commit()
        store.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: scratch.dataFile))
        for pages in [60, 20, 5, 3, 2, 1] {
            try whole.prefix(pages * 4_096).write(to: URL(fileURLWithPath: scratch.dataFile))
            let outcome = code { try scratch.open() }
            #expect(outcome == .dataCorrupted || outcome == .unsupportedFormat, "\(pages)")
        }
    }
}
