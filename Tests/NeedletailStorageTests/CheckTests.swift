import Foundation
import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct CheckTests {
    /// A store with rows, keys, an ordered index, vectors, deletions and free pages.
    private func fill(_ store: Store) throws {
        let layout = VectorLayout(element: .float32, dimension: 64)
        for batch in 0..<4 {
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            for range in try writer.allocateSlots(table: 1, count: 400) {
                for slot in range.map({ Slot($0) }) { try insert(slot, batch, layout, writer) }
            }
            try writer.putSealed(.indexDefinition(table: 1, index: 9), [1])
            try transaction.commit()
        }
        let transaction = try store.beginWrite()
        for number in stride(from: UInt32(0), to: 1_600, by: 3) {
            try remove(Slot(number), transaction.writer)
        }
        try transaction.commit()
    }

    private func encodedKey(_ slot: Slot) throws -> [UInt8] {
        try KeyCoding.encode([.int(Int64(slot.rawValue))], [KeyColumn(.integer)])
    }

    private func insert(
        _ slot: Slot, _ batch: Int, _ layout: VectorLayout, _ writer: StorageWriter
    ) throws {
        let key = try encodedKey(slot)
        try writer.putRow(
            table: 1, slot: slot, schemaVersion: 1,
            [.int(Int64(slot.rawValue)), .text(String(repeating: "row ", count: 10 + batch))])
        try writer.putSlot(.primaryKey(table: 1, encoded: key), slot)
        try writer.putSealed(.orderedIndex(index: 9, encoded: key, slot: slot), [])
        let vector = [UInt8](repeating: UInt8(slot.rawValue % 251), count: layout.stride)
        try vector.withUnsafeBytes { vector in
            try writer.vectorColumn(table: 1, column: 1, layout: layout).set(slot, vector)
        }
        try writer.markLive(table: 1, slot: slot)
    }

    private func remove(_ slot: Slot, _ writer: StorageWriter) throws {
        let key = try encodedKey(slot)
        try writer.deleteRow(table: 1, slot: slot)
        try writer.delete(.primaryKey(table: 1, encoded: key))
        try writer.delete(.orderedIndex(index: 9, encoded: key, slot: slot))
        try writer.markDead(table: 1, slot: slot)
    }

    @Test func aSoundStoreHasNoFindings() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        try fill(store)
        var last = (0, 0)
        let findings = try StorageCheck.run(store) { done, total in
            last = (done, total)
            return true
        }
        #expect(findings == [])
        #expect(last.0 == last.1 && last.0 > 3_000)
        #expect(try StorageCheck.checkPages(path: scratch.path) == [])
    }

    @Test(arguments: [
        "row", "orphan row", "key", "stray key", "live bit", "index entry", "block", "statistics",
        "free", "manifest", "histogram", "unknown kind",
    ])
    func whatDoesNotFitIsFound(damage: String) throws {
        let scratch = Scratch()
        let store = try scratch.open()
        try fill(store)
        let transaction = try store.beginWrite()
        let writer = transaction.writer
        let live = Slot(1)
        let dead = Slot(0)
        let expected: String
        switch damage {
        case "row":
            try writer.deleteRow(table: 1, slot: live)
            expected = "are live and have no record, the first is 1"
        case "orphan row":
            try writer.putRow(table: 1, slot: dead, schemaVersion: 1, [])
            expected = "have a record and are not live, the first is 0"
        case "key":
            try writer.delete(.primaryKey(table: 1, encoded: encodedKey(live)))
            expected = "are live and have no key"
        case "stray key":
            try writer.putSlot(.primaryKey(table: 1, encoded: [1]), live)
            expected = "two keys lead to slot 1"
        case "live bit":
            try writer.markDead(table: 1, slot: live)
            expected = "have a record and are not live"
        case "index entry":
            try writer.putSealed(.orderedIndex(index: 9, encoded: [1], slot: dead), [])
            expected = "index 9 has entries of 1 rows that are not live"
        case "block":
            let key = StorageKey.vectorBlock(table: 1, column: 1, block: 0)
            var bytes = try #require(try writer.view.bytes(key))
            bytes[100] ^= 4
            try writer.put(key, bytes)
            expected = "vectorBlock (table 1, column 1, block 0) fails its checksum"
        case "statistics":
            try writer.delete(.tableStatistics(1))
            expected = "rows are live but 0 are counted"
        case "free":
            try writer.putSealed(
                .freedSlots(table: 1, sequence: 1, part: 0), [1, 0, 0, 0, 1, 0, 0, 0])
            expected = "are both free and live"
        case "manifest":
            try writer.putSealed(.indexManifest(table: 1, index: 9), [1, 2])
            expected = "indexManifest (table 1, index 9) is malformed"
        case "histogram":
            try writer.putSealed(.histogram(table: 1, column: 2), [1, 0, 2])
            expected = "histogram (table 1, column 2) is malformed"
        default:
            try writer.put(StorageKey([0xF0, 1]), [1])
            expected = "unknown kind 0xf001"
        }
        try transaction.commit()
        let findings = try StorageCheck.run(store)
        #expect(findings.contains { $0.message.contains(expected) }, "\(findings)")
        let walked = try StorageCheck.checkPages(path: scratch.path)
        #expect(walked.contains { $0.message.contains(expected) }, "\(walked)")
    }

    /// Flips bits all over the file. Each is found, or changes nothing that can be read.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func flippedBitsAreFoundOrHarmless(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scratch = Scratch()
        let store = try scratch.open()
        try fill(store)
        store.close()
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.dataFile)))
        let digest = try contents(scratch.dataFile)
        let file = FileHandle(forUpdatingAtPath: scratch.dataFile)
        defer { try? file?.close() }
        var found = 0
        for round in 0..<150 {
            let page = Int.random(in: 2..<whole.count / 4_096, using: &random)
            // Every other time in the header or the first offsets, where structure is densest.
            let within = Int.random(in: 0..<(round % 2 == 0 ? 40 : 4_096), using: &random)
            let offset = page * 4_096 + within
            let flipped = whole[offset] ^ (1 << UInt8.random(in: 0..<8, using: &random))
            try write([flipped], at: offset, file)
            let findings = try StorageCheck.checkPages(path: scratch.path)
            if findings.isEmpty {
                #expect(try contents(scratch.dataFile) == digest, "seed \(seed), byte \(offset)")
            } else {
                found += 1
            }
            try write([whole[offset]], at: offset, file)
        }
        #expect(found > 40, "seed \(seed)")
        #expect(try StorageCheck.checkPages(path: scratch.path) == [])
    }

    /// Overwrites the meta pages and whole pages with noise. Nothing may trap.
    @Test(arguments: [1, 2] as [UInt64])
    func noiseInPagesNeverTraps(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scratch = Scratch()
        let store = try scratch.open()
        try fill(store)
        store.close()
        let whole = [UInt8](try Data(contentsOf: URL(fileURLWithPath: scratch.dataFile)))
        let file = FileHandle(forUpdatingAtPath: scratch.dataFile)
        defer { try? file?.close() }
        for round in 0..<100 {
            let isMeta = round % 2 == 0
            let page = isMeta ? 0 : Int.random(in: 2..<whole.count / 4_096, using: &random)
            let start = page * 4_096 + Int.random(in: 0..<160, using: &random)
            let count = Int.random(in: 1..<(isMeta ? 16 : 4_000), using: &random)
            let noise = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            for copy in isMeta ? [start, start + 4_096] : [start] {
                try write(Array(noise.prefix(whole.count - copy)), at: copy, file)
            }
            _ = try StorageCheck.checkPages(path: scratch.path)
            for copy in isMeta ? [start, start + 4_096] : [start] {
                try write(Array(whole[copy..<min(whole.count, copy + count)]), at: copy, file)
            }
        }
        #expect(try StorageCheck.checkPages(path: scratch.path) == [])
    }

    private func write(_ bytes: [UInt8], at offset: Int, _ file: FileHandle?) throws {
        try file?.seek(toOffset: UInt64(offset))
        try file?.write(contentsOf: Data(bytes))
    }

    /// A hash of every record that a walk can read.
    private func contents(_ path: String) throws -> Int {
        let digest = Digest()
        _ = try PageWalk.run(path: path) { key, value, _ in
            digest.hasher.combine(bytes: key)
            digest.hasher.combine(value.count)
            digest.hasher.combine(bytes: value)
        }
        return digest.hasher.finalize()
    }

    private final class Digest { var hasher = Hasher() }
}
