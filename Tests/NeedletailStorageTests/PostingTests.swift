import NeedletailBitmap
import NeedletailCore
import NeedletailStorage
import Testing

/// Postings against sets, in all forms of their chunks.
@Suite struct PostingTests {
    private static let value: [UInt8] = [0x40, 7]

    private static func withStore(_ body: (Store) throws -> Void) throws {
        let scratch = Scratch()
        let store = try scratch.open()
        defer { store.close() }
        try body(store)
        withExtendedLifetime(scratch) {}
    }

    @Test("postings of every density read back as what was put in", arguments: [1, 7, 300, 60_000])
    func density(oneIn: Int) throws {
        try Self.withStore { store in
            var random = SplitMix64(seed: UInt64(oneIn))
            var expected = SlotBitmap()
            for round in 0..<4 {
                let transaction = try store.beginWrite()
                let writer = transaction.writer
                for slot in UInt32(0)..<200_000
                where Int.random(in: 0..<oneIn, using: &random) == 0 || slot == 70_000 {
                    let isIn = round < 3 ? Int.random(in: 0..<3, using: &random) > 0 : false
                    if isIn { expected.insert(slot) } else { expected.remove(slot) }
                    try writer.setPosting(
                        index: 9, posting: Self.value, slot: Slot(slot), isIn: isIn)
                }
                #expect(try writer.view.posting(index: 9, encoded: Self.value) == expected)
                try transaction.commit()
                let reading = try store.beginRead()
                let found = try reading.view.posting(index: 9, encoded: Self.value)
                #expect(found == expected)
                #expect(
                    try reading.view.estimatedPostingCount(index: 9, encoded: Self.value)
                        == expected.count)
            }
        }
    }

    @Test("a posting without a slot leaves no record")
    func empty() throws {
        try Self.withStore { store in
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            let before = try writer.view.keyCount()
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(65_536), isIn: true)
            #expect(try writer.view.keyCount() == before + 1)
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(65_536), isIn: false)
            #expect(try writer.view.keyCount() == before)
            try transaction.commit()
        }
    }

    @Test("what a savepoint put in goes with it, and an index takes its own postings along")
    func undone() throws {
        try Self.withStore { store in
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(1), isIn: true)
            try writer.setPosting(index: 10, posting: Self.value, slot: Slot(5), isIn: true)
            try writer.beginSavepoint()
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(2), isIn: true)
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(1), isIn: false)
            #expect(try writer.view.posting(index: 9, encoded: Self.value) == [2])
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(3), isIn: true)
            writer.rollbackToSavepoint()
            #expect(try writer.view.posting(index: 9, encoded: Self.value) == [1])
            try writer.setPosting(index: 9, posting: Self.value, slot: Slot(4), isIn: true)
            try writer.deleteIndex(9)
            #expect(try writer.view.posting(index: 9, encoded: Self.value).isEmpty)
            #expect(try writer.view.posting(index: 10, encoded: Self.value) == [5])
            try transaction.commit()
        }
    }
}
