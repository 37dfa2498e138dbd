import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct RecordTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func rowsReadBack(seed: UInt64) throws {
        var values = RandomValues(seed: seed)
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        var model: [[Value]] = []
        for slot in 0..<300 {
            let count = slot == 0 ? 0 : Int.random(in: 0..<20, using: &values.random)
            model.append((0..<count).map { _ in values.stored() })
            try transaction.writer.putRow(
                table: 1, slot: Slot(UInt32(slot)), schemaVersion: 9, model[slot])
        }
        let view = try transaction.view
        for (slot, expected) in model.enumerated() {
            let record = try #require(try view.row(table: 1, slot: Slot(UInt32(slot))))
            #expect(record.schemaVersion == 9)
            #expect(record.columnCount == expected.count)
            #expect(same(try record.values(), expected), "seed \(seed), slot \(slot)")
            for column in expected.indices.reversed() {
                let value = try #require(try record.value(column))
                #expect(same([value], [expected[column]]))
            }
            #expect(try record.value(expected.count) == nil)
        }
        #expect(try view.row(table: 1, slot: Slot(999)) == nil)
    }

    @Test func largeRowsReadBack() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let row: [Value] = [
            .text(String(repeating: "é", count: 50_000)), .null, .bytes([UInt8](0...255)),
            .array((0..<1_000).map { .int($0) }),
        ]
        try transaction.writer.putRow(table: 1, slot: Slot(0), schemaVersion: 1, row)
        let record = try #require(try transaction.view.row(table: 1, slot: Slot(0)))
        #expect(try record.values() == row)
        #expect(record.text(0)?.count == 100_000)
        #expect(record.isNull(1))
        #expect(record.text(1) == nil)
    }

    @Test func everyFlippedByteIsDetected() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let writer = transaction.writer
        let key = StorageKey.row(table: 3, slot: Slot(17))
        try writer.putRow(
            table: 3, slot: Slot(17), schemaVersion: 1,
            [.int(5), .text("hello"), .null, .json(.array([.int(1), .null])), .double(2.5)])
        let good = try #require(try writer.view.bytes(key))
        for index in good.indices {
            for bit in 0..<8 {
                var bad = good
                bad[index] ^= 1 << UInt8(bit)
                try writer.put(key, bad)
                let view = try writer.view
                #expect(code { try view.row(table: 3, slot: Slot(17)) } == .dataCorrupted)
            }
        }
        for count in 0..<good.count {
            try writer.put(key, Array(good[..<count]))
            let view = try writer.view
            #expect(code { try view.row(table: 3, slot: Slot(17)) } == .dataCorrupted)
        }
        // The key is covered too: the record of another slot does not pass.
        try writer.put(.row(table: 3, slot: Slot(18)), good)
        let view = try writer.view
        #expect(code { try view.row(table: 3, slot: Slot(18)) } == .dataCorrupted)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func damageBehindTheChecksumNeverTraps(seed: UInt64) throws {
        var values = RandomValues(seed: seed)
        var bytes: [UInt8] = []
        for _ in 0..<200 {
            let row = (0..<8).map { _ in values.stored() }
            try RecordCoding.encode(row, schemaVersion: 1, into: &bytes)
            for _ in 0..<50 {
                var bad = bytes
                for _ in 0..<3 {
                    let index = Int.random(in: 0..<bad.count, using: &values.random)
                    bad[index] = UInt8.random(in: 0...255, using: &values.random)
                }
                if Bool.random(using: &values.random) {
                    bad.removeLast(Int.random(in: 0..<bad.count, using: &values.random))
                }
                let outcome = bad.withUnsafeBytes { bytes in
                    code { try RecordView(bytes, table: 1, slot: Slot(0)).values() }
                }
                #expect(outcome == nil || outcome == .dataCorrupted, "seed \(seed)")
            }
        }
    }

    @Test(arguments: [1, 2] as [UInt64])
    func jsonReadsBackWholeAndByPath(seed: UInt64) throws {
        var values = RandomValues(seed: seed)
        for _ in 0..<500 {
            let json = values.json()
            let bytes = try JSONBytes.encode(json)
            bytes.withUnsafeBytes { bytes in
                #expect(same(JSONBytes.decode(bytes), json), "seed \(seed): \(json)")
                visit(json, []) { path, part in
                    #expect(same(JSONBytes.decode(bytes, at: path), part), "seed \(seed): \(path)")
                }
                #expect(JSONBytes.decode(bytes, at: [.key("no such key"), .index(0)]) == nil)
            }
        }
    }

    @Test func jsonWithManyMembersUsesWiderOffsets() throws {
        let members = (0..<5_000).map { number in
            JSONObject.Member(key: "member \(number)", value: .array([.int(Int64(number))]))
        }
        let json = JSON.object(JSONObject(members))
        let bytes = try JSONBytes.encode(json)
        bytes.withUnsafeBytes { bytes in
            #expect(JSONBytes.decode(bytes) == json)
            #expect(JSONBytes.decode(bytes, at: [.key("member 4321"), .index(-1)]) == .int(4_321))
        }
    }

    @Test func jsonTooDeepIsRefused() throws {
        var json = JSON.null
        for _ in 0..<Limits.nestingDepthMax { json = .array([json]) }
        let bytes = try JSONBytes.encode(json)
        #expect(bytes.withUnsafeBytes { JSONBytes.decode($0) } == json)
        #expect(code { try JSONBytes.encode(.array([json])) } == .statementTooComplex)
    }

    @Test func vectorsDoNotBelongInRecords() throws {
        var bytes: [UInt8] = []
        #expect(
            code { try RecordCoding.encode([.vector([1])], schemaVersion: 1, into: &bytes) }
                == .internalError)
        #expect(
            code { try RecordCoding.encode([.array([.array([])])], schemaVersion: 1, into: &bytes) }
                == .notSupported)
    }

    private func visit(_ json: JSON, _ path: [JSONStep], _ body: ([JSONStep], JSON) -> Void) {
        body(path, json)
        switch json {
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                visit(element, path + [.index(index)], body)
                body(path + [.index(index - elements.count)], element)
            }
        case .object(let object):
            for member in object.members { visit(member.value, path + [.key(member.key)], body) }
        default: break
        }
    }

    /// Equal, where NaN equals NaN. The description of a value tells everything else apart.
    private func same<T>(_ left: T, _ right: T) -> Bool { "\(left)" == "\(right)" }

    private func same(_ left: JSON?, _ right: JSON) -> Bool {
        left.map { "\($0)" } == "\(right)"
    }
}
