import NeedletailCore
import NeedletailStorage
import Testing

/// Parts of inverted lists and the map from slots to lists, as records.
@Suite struct InvertedListTests {
    private static func withStore(_ body: (Store) throws -> Void) throws {
        let scratch = Scratch()
        let store = try scratch.open()
        defer { store.close() }
        try body(store)
        withExtendedLifetime(scratch) {}
    }

    private static func put(
        _ store: Store, _ bytes: [UInt8], list: UInt32 = 3, part: UInt32 = 0
    ) throws {
        let transaction = try store.beginWrite()
        try bytes.withUnsafeBytes {
            try transaction.writer.putListPart(
                index: 9, list: list, part: part, entryCount: 5, $0)
        }
        try transaction.commit()
    }

    @Test("a part reads back, at a multiple of 64", arguments: [1, 64, 2_000, 4_032, 65_000])
    func part(count: Int) throws {
        try Self.withStore { store in
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            try Self.put(store, bytes)
            let reading = try store.beginRead()
            let found = try reading.view.listPart(index: 9, list: 3, part: 0)
            let part = try #require(found)
            #expect(part.entryCount == 5)
            #expect(Array(part.codes) == bytes)
            #expect(Int(bitPattern: part.codes.baseAddress) % 64 == 0)
            #expect(try reading.view.listPart(index: 9, list: 3, part: 1) == nil)
            var sizes: [[Int]] = []
            try reading.view.forEachListPart(index: 9) { list, entries, _ in
                sizes.append([Int(list), entries])
            }
            #expect(sizes == [[3, 5]])
        }
    }

    @Test("a byte that changed is noticed, and so is a part at another place")
    func damage() throws {
        try Self.withStore { store in
            try Self.put(store, [UInt8](repeating: 1, count: 100))
            let key = StorageKey.invertedList(index: 9, list: 3, part: 0)
            let other = StorageKey.invertedList(index: 9, list: 4, part: 0)
            let transaction = try store.beginWrite()
            var bytes = try #require(try transaction.view.bytes(key))
            try transaction.writer.put(other, bytes)
            bytes[70] ^= 1
            try transaction.writer.put(key, bytes)
            try transaction.writer.put(
                StorageKey.invertedList(index: 9, list: 5, part: 0), [1, 2, 3])
            try transaction.commit()
            let reading = try store.beginRead()
            for list in UInt32(3)...5 {
                let error = #expect(throws: DatabaseError.self) {
                    try reading.view.listPart(index: 9, list: list, part: 0)
                }
                #expect(error?.code == .dataCorrupted)
            }
        }
    }

    @Test("a map reads back, one of zeros leaves no record, and an index takes both along")
    func map() throws {
        try Self.withStore { store in
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            let before = try writer.view.keyCount()
            try writer.putListMap(index: 9, chunk: 2, [0, 7, 0])
            #expect(try writer.view.listMap(index: 9, chunk: 2) == [0, 7, 0])
            #expect(try writer.view.listMap(index: 9, chunk: 1) == [])
            try writer.putListMap(index: 9, chunk: 2, [0, 0, 0])
            #expect(try writer.view.keyCount() == before)
            try writer.putListMap(index: 9, chunk: 2, [0, 7, 0])
            try writer.deleteIndex(9)
            #expect(try writer.view.keyCount() == before)
            try transaction.commit()
        }
    }
}
