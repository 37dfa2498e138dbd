import NeedletailBitmap
import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct TransactionTests {
    /// Random writes, deletions, savepoints, commits and reopenings against a dictionary.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func behavesLikeADictionary(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scratch = Scratch()
        var store = try scratch.open()
        var model: [[UInt8]: [UInt8]] = [:]
        var sequence: UInt64 = 1
        for round in 0..<60 {
            var pending = model
            let transaction = try store.beginWrite()
            var saved: [[[UInt8]: [UInt8]]] = []
            var hasWritten = false
            for _ in 0..<Int.random(in: 0..<40, using: &random) {
                switch Int.random(in: 0..<12, using: &random) {
                case 0 where saved.count < 3:
                    try transaction.writer.beginSavepoint()
                    saved.append(pending)
                case 1 where !saved.isEmpty:
                    transaction.writer.rollbackToSavepoint()
                    pending = saved.removeLast()
                case 2 where !saved.isEmpty:
                    try transaction.writer.releaseSavepoint()
                    saved.removeLast()
                case 3, 4:
                    let key =
                        pending.keys.sorted { $0.lexicographicallyPrecedes($1) }.first
                        ?? [1]
                    let wasThere = try transaction.writer.delete(plainKey(key))
                    #expect(wasThere == (pending.removeValue(forKey: key) != nil))
                    hasWritten = hasWritten || wasThere
                default:
                    let key = randomBytes(1...480, &random)
                    let size = Bool.random(using: &random) ? 100 : 20_000
                    let value = randomBytes(0...size, &random)
                    try transaction.writer.put(plainKey(key), value)
                    pending[key] = value
                    hasWritten = true
                }
            }
            if Int.random(in: 0..<3, using: &random) > 0 {
                if hasWritten { sequence += 1 }
                #expect(try transaction.commit() == sequence, "seed \(seed), round \(round)")
                model = pending
            } else {
                transaction.rollback()
            }
            if Int.random(in: 0..<10, using: &random) == 0 {
                store.close()
                store = try scratch.open()
            }
            try expectContents(store, model, "seed \(seed), round \(round)")
        }
        #expect(try StorageCheck.run(store) == [])
        #expect(try StorageCheck.checkPages(path: scratch.path) == [])
    }

    private func plainKey(_ bytes: [UInt8]) -> StorageKey {
        var key = StorageKey(.snapshot)
        key.append(bytes)
        return key
    }

    private func randomBytes(_ count: ClosedRange<Int>, _ random: inout SplitMix64) -> [UInt8] {
        let byte = UInt8.random(in: 0...255, using: &random)
        var bytes = [UInt8](repeating: byte, count: Int.random(in: count, using: &random))
        if !bytes.isEmpty { bytes[0] = UInt8.random(in: 0...255, using: &random) }
        return bytes
    }

    private func expectContents(
        _ store: Store, _ model: [[UInt8]: [UInt8]], _ comment: Comment
    ) throws {
        let reader = try store.beginRead()
        var found: [[UInt8]] = []
        try reader.view.forEach(prefix: StorageKey(.snapshot)) { key, value throws(DatabaseError) in
            let name = Array(key.dropFirst())
            found.append(name)
            #expect(model[name].map { $0.elementsEqual(value) } == true, comment)
            return true
        }
        let expected = model.keys.sorted { $0.lexicographicallyPrecedes($1) }
        #expect(found == expected, comment)
        var reversed: [[UInt8]] = []
        try reader.view.forEach(prefix: StorageKey(.snapshot), reverse: true) {
            key, _ throws(DatabaseError) in
            reversed.append(Array(key.dropFirst()))
            return true
        }
        #expect(reversed == expected.reversed(), comment)
    }

    @Test func aFailedNestedPartUndoesOnlyItself() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let writer = transaction.writer
        try writer.put(plainKey([1]), [1])
        try writer.markLive(table: 1, slot: writer.allocateSlot(table: 1))
        let failure = DatabaseError(.uniqueViolation, "no")
        #expect(
            code {
                try writer.nested { () throws(DatabaseError) in
                    try writer.put(plainKey([2]), [2])
                    try writer.markLive(table: 1, slot: writer.allocateSlot(table: 1))
                    throw failure
                }
            } == .uniqueViolation)
        try writer.nested { () throws(DatabaseError) in try writer.put(plainKey([3]), [3]) }
        #expect(try writer.view.statistics(table: 1).rowCount == 1)
        try transaction.commit()
        let reader = try store.beginRead()
        #expect(try reader.view.bytes(plainKey([1])) == [1])
        #expect(try reader.view.bytes(plainKey([2])) == nil)
        #expect(try reader.view.bytes(plainKey([3])) == [3])
        #expect(try Array(reader.view.liveSlots(table: 1).slots) == [0])
    }

    @Test func viewsOfAnEndedWriterAnswerThatItEnded() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let writer = transaction.writer
        try writer.put(plainKey([1]), [1])
        let view = try writer.view
        let cursor = try KeyRangeCursor(view, .prefix(StorageKey(.snapshot)))
        #expect(try cursor.next())
        try transaction.commit()
        #expect(code { try view.get(plainKey([1])) } == .noActiveTransaction)
        #expect(code { try cursor.next() } == .noActiveTransaction)
        #expect(code { try writer.put(plainKey([2]), [1]) } == .noActiveTransaction)
        cursor.close()
    }

    @Test func aReaderKeepsItsSnapshot() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let before = try store.beginRead()
        let transaction = try store.beginWrite()
        try transaction.writer.put(plainKey([1]), [1])
        #expect(try before.view.get(plainKey([1])) == nil)
        try transaction.commit()
        #expect(try before.view.get(plainKey([1])) == nil)
        #expect(try store.beginRead().view.bytes(plainKey([1])) == [1])
    }

    @Test func readersAreRecycledAndDoNotRunOut() throws {
        let scratch = Scratch()
        let store = try Store.open(
            path: scratch.path, options: StoreOptions(mapBytes: 64 << 20, readersMax: 100))
        for _ in 0..<1_000 { _ = try store.beginRead().view.commitSequence() }
        for _ in 0..<5 {
            var open: [SharedReadTransaction] = []
            for _ in 0..<90 { open.append(SharedReadTransaction(try store.beginRead())) }
            open = []
        }
        var open: [SharedReadTransaction] = []
        let outcome = code {
            for _ in 0..<101 { open.append(SharedReadTransaction(try store.beginRead())) }
        }
        #expect(outcome == .tooManyConnections)
        open = []
        #expect(code { _ = try store.beginRead() } == nil)
    }

    @Test func cursorsObeyTheirBounds() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let prefix = StorageKey(.snapshot)
        for byte in stride(from: 0, through: 250, by: 10) {
            for suffix in 0..<3 as Range<UInt8> {
                try transaction.writer.put(plainKey([UInt8(byte), suffix]), [])
            }
        }
        let view = try transaction.view
        let cursor = try KeyRangeCursor(
            view, .within(prefix, lower: (plainKey([20]), true), upper: (plainKey([40]), true)))
        var count = 0
        while try cursor.next() { count += 1 }
        #expect(count == 9)
        #expect(try !cursor.next())
        let exclusive = try KeyRangeCursor(
            view, .within(prefix, lower: (plainKey([20]), false), upper: (plainKey([40]), false)),
            reverse: true)
        var found: [[UInt8]] = []
        while try exclusive.next() { found.append(Array(exclusive.key.dropFirst())) }
        #expect(found == [[30, 2], [30, 1], [30, 0]])
    }
}
