import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct KeyCodingTests {
    @Test(arguments: KeyColumn.Kind.allCases, [false, true])
    func byteOrderIsValueOrder(kind: KeyColumn.Kind, isDescending: Bool) throws {
        let seed = UInt64(kind.rawValue) + 100
        var values = RandomValues(seed: seed)
        for hasNullsFirst in [false, true] {
            let column = KeyColumn(
                kind, isDescending: isDescending, hasNullsFirst: hasNullsFirst)
            for _ in 0..<3_000 {
                let (a, b) = (values.value(kind), values.value(kind))
                let (x, y) = (
                    try KeyCoding.encode([a], [column]), try KeyCoding.encode([b], [column])
                )
                let expected: Int
                switch (a.isNull, b.isNull) {
                case (true, true): expected = 0
                case (true, false): expected = hasNullsFirst ? -1 : 1
                case (false, true): expected = hasNullsFirst ? 1 : -1
                default: expected = ValueOrder.compare(a, b) * (isDescending ? -1 : 1)
                }
                let found = x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1
                #expect(found == expected, "seed \(seed): \(a) and \(b)")
            }
        }
    }

    @Test(arguments: KeyColumn.Kind.allCases, [false, true])
    func valuesReadBack(kind: KeyColumn.Kind, isDescending: Bool) throws {
        let seed = UInt64(kind.rawValue) + 200
        var values = RandomValues(seed: seed)
        let column = KeyColumn(kind, isDescending: isDescending, hasNullsFirst: isDescending)
        for _ in 0..<2_000 {
            let value = values.value(kind)
            let key = try KeyCoding.encode([value], [column])
            let back = try decode(key, [column])
            #expect(back.count == 1)
            #expect(ValueOrder.compare(back[0], value) == 0, "seed \(seed): \(value)")
            #expect(back[0].isNull == value.isNull)
            #expect(try KeyCoding.encode(back, [column]) == key)
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func compositesCompareColumnByColumn(seed: UInt64) throws {
        var values = RandomValues(seed: seed)
        let columns = [
            KeyColumn(.text), KeyColumn(.integer, isDescending: true),
            KeyColumn(.bytes, isDescending: true, hasNullsFirst: true), KeyColumn(.json),
        ]
        func compare(_ a: [Value], _ b: [Value]) -> Int {
            for (index, column) in columns.enumerated() {
                let (x, y) = (a[index], b[index])
                let order: Int
                switch (x.isNull, y.isNull) {
                case (true, true): order = 0
                case (true, false): order = column.hasNullsFirst ? -1 : 1
                case (false, true): order = column.hasNullsFirst ? 1 : -1
                default: order = ValueOrder.compare(x, y) * (column.isDescending ? -1 : 1)
                }
                if order != 0 { return order }
            }
            return 0
        }
        for _ in 0..<5_000 {
            let a = columns.map { values.value($0.kind) }
            var b = columns.map { values.value($0.kind) }
            for index in 0..<Int.random(in: 0..<4, using: &values.random) { b[index] = a[index] }
            let (x, y) = (try KeyCoding.encode(a, columns), try KeyCoding.encode(b, columns))
            let found = x == y ? 0 : x.lexicographicallyPrecedes(y) ? -1 : 1
            #expect(found == compare(a, b), "seed \(seed): \(a) and \(b)")
            let back = try decode(x, columns)
            #expect(compare(back, a) == 0, "seed \(seed): \(a)")
        }
    }

    static let ascendingNumbers: [(JSON, JSON)] = [
        (JSON.int(Int64.max), JSON.double(0x1p63)),
        (JSON.int(Int64.max - 1), JSON.int(Int64.max)),
        (JSON.int((1 << 53) + 1), JSON.double(0x1p53 + 2)),
        (JSON.double(0x1p53), JSON.int((1 << 53) + 1)),
        (JSON.double(-0x1p64), JSON.int(Int64.min)),
        (JSON.int(Int64.max), JSON.double(Double.infinity)),
    ]

    @Test(arguments: ascendingNumbers)
    func jsonNumbersCompareExactly(smaller: JSON, larger: JSON) throws {
        let column = [KeyColumn(.json)]
        let low = try KeyCoding.encode([.json(smaller)], column)
        let high = try KeyCoding.encode([.json(larger)], column)
        #expect(low.lexicographicallyPrecedes(high))
    }

    @Test func equalJSONNumbersAreOneKey() throws {
        let column = [KeyColumn(.json)]
        #expect(
            try KeyCoding.encode([.json(.int(1))], column)
                == KeyCoding.encode([.json(.double(1))], column))
        #expect(
            try KeyCoding.encode([.json(.int(.min))], column)
                == KeyCoding.encode([.json(.double(-0x1p63))], column))
    }

    @Test("JSON arrays and objects are keys in the order of jsonb", arguments: [false, true])
    func nestedJSON(isDescending: Bool) throws {
        func object(_ members: [(String, JSON)]) -> JSON {
            .object(JSONObject(members.map { .init(key: $0.0, value: $0.1) }))
        }
        let ascending: [JSON] = [
            .null, .string("z"), .int(9), .bool(true), .array([]), .array([.string("a")]),
            .array([.int(1)]), .array([.int(2)]), .array([.int(1), .int(1)]), object([]),
            object([("a", .int(1))]), object([("a", .int(2))]), object([("b", .int(1))]),
            object([("a", .array([.int(1)])), ("b", .null)]),
        ]
        let column = [KeyColumn(.json, isDescending: isDescending)]
        let keys = try ascending.map { try KeyCoding.encode([.json($0)], column) }
        for (low, high) in zip(keys, keys.dropFirst()) {
            #expect(
                (isDescending ? high : low).lexicographicallyPrecedes(isDescending ? low : high))
        }
        for (key, json) in zip(keys, ascending) {
            let decoded = try key.withUnsafeBufferPointer { (bytes) throws(DatabaseError) in
                try KeyCoding.decode(UnsafeRawBufferPointer(bytes), column)
            }
            #expect(decoded == [.json(json)])
        }
    }

    @Test func valuesWithoutOrderAreRefused() {
        for value in [Value.array([.int(1)]), .vector([1]), .bits(BitVector(count: 1, bytes: []))] {
            #expect(code { try KeyCoding.encode([value], [KeyColumn(.integer)]) } == .notSupported)
        }
        let text = [KeyColumn(.text)]
        #expect(code { try KeyCoding.encode([.int(1)], text) } == .datatypeMismatch)
        #expect(KeyColumn(.array(.int)) == nil)
    }

    @Test func damagedKeysAreReportedNotTrappedOn() throws {
        var values = RandomValues(seed: 5)
        let columns = KeyColumn.Kind.allCases.map { KeyColumn($0) }
        for _ in 0..<300 {
            var key = try KeyCoding.encode(columns.map { values.value($0.kind) }, columns)
            key.removeLast(Int.random(in: 0..<key.count, using: &values.random))
            for index in key.indices where Int.random(in: 0..<20, using: &values.random) == 0 {
                key[index] ^= UInt8.random(in: 1...255, using: &values.random)
            }
            let outcome = code { try decode(key, columns) }
            #expect(outcome == nil || outcome == .dataCorrupted)
        }
    }

    @Test func longKeysAreCutToOneLengthAndStayDistinct() {
        let long = [UInt8](repeating: 7, count: 2_000)
        var other = long
        other[1_999] = 8
        let (a, b) = (BoundedKey(long), BoundedKey(other))
        #expect(a.isCut && b.isCut)
        #expect(a.bytes.count == BoundedKey.byteCount)
        #expect(a != b)
        #expect(a == BoundedKey(long))
        #expect(a.bytes.starts(with: BoundedKey.ordered(long)))
        let short = BoundedKey([UInt8](repeating: 7, count: BoundedKey.byteCount - 1))
        #expect(!short.isCut)
        #expect(BoundedKey([UInt8](repeating: 7, count: BoundedKey.byteCount)).isCut)
    }

    private func decode(
        _ key: [UInt8], _ columns: [KeyColumn]
    ) throws(DatabaseError) -> [Value] {
        let result = key.withUnsafeBytes { bytes in
            Result { () throws(DatabaseError) in try KeyCoding.decode(bytes, columns) }
        }
        return try result.get()
    }
}
