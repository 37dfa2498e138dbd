import NeedletailCore
import NeedletailStorage
import Testing

@Suite("Keyed commits") struct KeyedCommitTests {
    private func commit(_ sequence: UInt64, at microseconds: Int64 = 0) -> KeyedCommit {
        KeyedCommit(
            digest: Hash128(high: 1, low: 2), isTransaction: false, sequence: sequence,
            committed: Timestamp(microseconds: microseconds), tag: "INSERT 0 1", rowCount: 1)
    }

    private static let day = Int64(Limits.idempotencyKeySecondsMax) * 1_000_000

    @Test("a keyed commit is there with its rows, after reopening, and not after a rollback")
    func stored() throws {
        let scratch = Scratch()
        var answer: [UInt8] = []
        let sequence: UInt64
        let values: [Value] = [
            .int(-1), .null, .text("é"), .vector([1, -0.5]), .halfvec(HalfVector(bits: [0x3C00])),
            .bits(BitVector(count: 3, bytes: [0xA0])), .array([.int(1), .null]),
        ]
        for value in values { try ValueSequence.append(value, to: &answer) }
        #expect(ValueSequence.values(of: answer) == values)
        #expect(ValueSequence.values(of: Array(answer.dropLast())) == nil)
        do {
            let store = try scratch.open()
            let lost = try store.beginWrite()
            try lost.writer.putKeyedCommit("lost", commit(1))
            lost.rollback()
            let kept = try store.beginWrite()
            sequence = kept.writer.sequence
            var written = commit(sequence)
            written.answer = answer
            try kept.writer.putKeyedCommit("kept", written)
            try kept.commit()
            store.close()
        }
        let store = try scratch.open(isReadOnly: true)
        let view = try store.beginRead().view
        #expect(try view.keyedCommit("lost") == nil)
        let found = try view.keyedCommit("kept")
        #expect(found?.answer == answer)
        #expect(found?.sequence == sequence)
        #expect(found?.tag == "INSERT 0 1")
        #expect(try StorageCheck.run(store) == [])
        #expect(try StorageCheck.checkPages(path: scratch.path) == [])
    }

    @Test("no more keys are kept than the limit, the oldest go first, a few in each commit")
    func count() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        for number in 0..<Limits.idempotencyKeysMax + 10 {
            try transaction.writer.putKeyedCommit("key \(number)", commit(1))
        }
        try transaction.commit()
        let keys = try store.beginRead().view.keyedCommits()
        #expect(keys.count == Limits.idempotencyKeysMax)
        #expect(keys.first == "key 10")
        #expect(try store.beginRead().view.keyedCommit("key 9") == nil)
        #expect(try StorageCheck.run(store) == [])
    }

    @Test("keys are forgotten by age, inside later commits, and what a commit does is bounded")
    func age() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let old = try store.beginWrite()
        for number in 0..<20 { try old.writer.putKeyedCommit("old \(number)", commit(1)) }
        try old.commit()
        let young = try store.beginWrite()
        try young.writer.putKeyedCommit("young", commit(2, at: Self.day + 1))
        try young.commit()
        // One that adds a key forgets four.
        #expect(try store.beginRead().view.keyedCommits().count == 17)
        #expect(try store.beginRead().view.keyedCommit("old 3") == nil)
        #expect(try store.beginRead().view.keyedCommit("old 4") != nil)
        // Any commits forget the rest in time: all of these are of 1970.
        for number in 0..<64 {
            let transaction = try store.beginWrite()
            try transaction.writer.putSealed(plainKey("x"), [UInt8(number)])
            try transaction.commit()
        }
        #expect(try store.beginRead().view.keyedCommits() == [])
        #expect(try StorageCheck.run(store) == [])
    }

    @Test("CHECK finds keys without their age, and records that are damaged", arguments: 0..<3)
    func damage(kind: Int) throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        try transaction.writer.putKeyedCommit("a", commit(1))
        let byKey = StorageKey([KeyKind.idempotencyKey.rawValue, 1, UInt8(ascii: "a")])
        let byAge = StorageKey([KeyKind.idempotencyKey.rawValue, 2, 0, 0, 0, 0, 0, 0, 0, 1])
        let expected: String
        switch kind {
        case 0:
            #expect(try transaction.writer.delete(byAge))
            expected = "1 by key and 0 by age do not agree"
        case 1:
            try transaction.writer.putSealed(byKey, [1, 0, 3])
            expected = "idempotencyKey (0x580161) is malformed"
        default:
            try transaction.writer.put(byKey, [0, 0, 0, 0, 1])
            expected = "idempotencyKey (0x580161) fails its checksum"
        }
        try transaction.commit()
        let findings = try StorageCheck.run(store)
        #expect(findings.contains { $0.message.contains(expected) }, "\(findings)")
        if kind == 2 {
            #expect(code { try store.beginRead().view.keyedCommit("a") } == .dataCorrupted)
        }
    }
}
