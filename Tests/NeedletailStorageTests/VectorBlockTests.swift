import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct VectorBlockTests {
    private func bytes(_ seed: UInt64, _ slot: UInt32, _ layout: VectorLayout) -> [UInt8] {
        var random = SplitMix64(seed: seed &* 1_000_003 &+ UInt64(slot))
        return (0..<layout.stride).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    @Test(arguments: [384, 512, 768, 1_024, 1_536])
    func blocksStayNearRawSize(dimension: Int) throws {
        let layout = VectorLayout(element: .float32, dimension: dimension)
        let scratch = Scratch()
        let store = try scratch.open()
        let rows = 3_000 / layout.rowsPerBlock * layout.rowsPerBlock
        let transaction = try store.beginWrite()
        let before = store.data.usedBytes
        let raw = [UInt8](repeating: 1, count: rows * layout.stride)
        try raw.withUnsafeBytes { raw in
            try transaction.writer.vectorColumn(table: 1, column: 0, layout: layout)
                .setMany(from: Slot(0), raw)
        }
        try transaction.commit()
        let ratio = Double(store.data.usedBytes - before) / Double(raw.count)
        #expect(ratio <= 1.10, "\(ratio) at \(dimension)")
    }

    @Test(arguments: [
        VectorLayout(element: .float32, dimension: 3), .init(element: .float16, dimension: 7),
        .init(element: .bit, dimension: 13), .init(element: .float32, dimension: 384),
        .init(element: .float32, dimension: 16_000), .init(element: .bit, dimension: 1),
    ])
    func vectorsBehaveLikeADictionary(layout: VectorLayout) throws {
        let seed = UInt64(layout.dimension)
        var random = SplitMix64(seed: seed)
        let scratch = Scratch()
        let store = try scratch.open()
        let span = UInt32(min(20_000, layout.rowsPerBlock * 5))
        var model: [UInt32: [UInt8]] = [:]
        for round in 0..<12 {
            let transaction = try store.beginWrite()
            let column = transaction.writer.vectorColumn(table: 4, column: 2, layout: layout)
            var next = model
            for step in 0..<20 {
                let slot = UInt32.random(in: 0..<span, using: &random)
                if Int.random(in: 0..<4, using: &random) == 0 {
                    try column.clear(Slot(slot))
                    next[slot] = nil
                } else {
                    let vector = bytes(UInt64(round * 100 + step), slot, layout)
                    try vector.withUnsafeBytes { try column.set(Slot(slot), $0) }
                    next[slot] = vector
                }
            }
            try expect(transaction.view, layout, next, span, "seed \(seed)")
            if Int.random(in: 0..<3, using: &random) > 0 {
                try transaction.commit()
                model = next
            } else {
                transaction.rollback()
            }
            let reader = try store.beginRead()
            try expect(reader.view, layout, model, span, "seed \(seed), round \(round)")
        }
    }

    private func expect(
        _ view: StorageView, _ layout: VectorLayout, _ model: [UInt32: [UInt8]], _ span: UInt32,
        _ comment: Comment
    ) throws {
        let column = view.vectorColumn(table: 4, column: 2, layout: layout)
        var found: [UInt32: [UInt8]] = [:]
        for block in try column.blocks() {
            #expect(Int(bitPattern: block.vectors) % 16 == 0, comment)
            for row in 0..<block.rowCount {
                guard let vector = block.vector(row) else { continue }
                found[block.firstSlot.rawValue + UInt32(row)] = Array(
                    UnsafeRawBufferPointer(start: vector, count: layout.stride))
            }
        }
        #expect(found == model, comment)
        for slot in model.keys.prefix(5) { #expect(try column.vector(Slot(slot)) != nil, comment) }
        #expect(try column.vector(Slot(span + 70_000)) == nil)
    }

    @Test func rememberedBlocksAreThoseOfTheSnapshot() throws {
        let layout = VectorLayout(element: .float32, dimension: 384)
        let scratch = Scratch()
        let store = try scratch.open()
        func write(_ seed: UInt64) throws {
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            let column = writer.vectorColumn(table: 1, column: 0, layout: layout)
            for number in 0..<200 as Range<UInt32> {
                if seed == 1 { _ = try writer.allocateSlot(table: 1) }
                try bytes(seed, number, layout).withUnsafeBytes { try column.set(Slot(number), $0) }
            }
            // A view of the transaction itself sees what it wrote, and remembers nothing.
            let own = try writer.view.vectorColumn(table: 1, column: 0, layout: layout)
                .remembering()
            #expect(try vector(own, 3) == bytes(seed, 3, layout))
            try transaction.commit()
        }
        func vector(_ column: VectorColumn, _ slot: UInt32) throws -> [UInt8]? {
            try column.vector(Slot(slot)).map {
                Array(UnsafeRawBufferPointer(start: $0, count: layout.stride))
            }
        }
        try write(1)
        let reader = try store.beginRead()
        let earlier = try reader.view.vectorColumn(table: 1, column: 0, layout: layout)
            .remembering()
        #expect(try vector(earlier, 7) == bytes(1, 7, layout))
        for seed in 2...6 as ClosedRange<UInt64> {
            try write(seed)
            let newer = try store.beginRead()
            for _ in 0..<2 {
                let column = try newer.view.vectorColumn(table: 1, column: 0, layout: layout)
                    .remembering()
                for slot in [0, 7, 150, 199] as [UInt32] {
                    #expect(try vector(column, slot) == bytes(seed, slot, layout))
                    #expect(try vector(earlier, slot) == bytes(1, slot, layout))
                }
                #expect(try vector(column, 200) == nil)
                #expect(try vector(column, 70_000) == nil)
            }
            let again = try reader.view.vectorColumn(table: 1, column: 0, layout: layout)
                .remembering()
            #expect(try vector(again, 150) == bytes(1, 150, layout))
        }
    }

    @Test func committedVectorsBeginAtMultiplesOf64() throws {
        let layout = VectorLayout(element: .float32, dimension: 5)
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        try bytes(1, 0, layout).withUnsafeBytes { vector in
            try transaction.writer.vectorColumn(table: 1, column: 0, layout: layout)
                .set(Slot(0), vector)
        }
        try transaction.commit()
        let reader = try store.beginRead()
        let column = reader.view.vectorColumn(table: 1, column: 0, layout: layout)
        let block = try #require(try column.block(0))
        #expect(Int(bitPattern: block.vectors) % 64 == 0)
    }

    @Test func everyFlippedBitOfABlockIsDetected() throws {
        let layout = VectorLayout(element: .float32, dimension: 10)
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let writer = transaction.writer
        let raw = [UInt8](repeating: 3, count: layout.stride * 100)
        try raw.withUnsafeBytes { raw in
            try writer.vectorColumn(table: 1, column: 0, layout: layout).setMany(from: Slot(0), raw)
        }
        let key = StorageKey.vectorBlock(table: 1, column: 0, block: 0)
        let good = try #require(try writer.view.bytes(key))
        for index in good.indices {
            var bad = good
            bad[index] ^= 1 << UInt8(index % 8)
            try writer.put(key, bad)
            let column = try writer.view.vectorColumn(table: 1, column: 0, layout: layout)
            #expect(code { try column.block(0) } == .dataCorrupted, "byte \(index)")
        }
        try writer.put(.vectorBlock(table: 1, column: 0, block: 1), good)
        try writer.put(key, good)
        let column = try writer.view.vectorColumn(table: 1, column: 0, layout: layout)
        #expect(code { try column.block(0) } == nil)
        #expect(code { try column.block(1) } == .dataCorrupted)
        let other = VectorLayout(element: .float16, dimension: 20)
        let wrong = try writer.view.vectorColumn(table: 1, column: 0, layout: other)
        #expect(code { try wrong.block(0) } == .dataCorrupted)
    }

    @Test func aRewrittenBlockIsVerifiedAgain() throws {
        let layout = VectorLayout(element: .float32, dimension: 10)
        let scratch = Scratch()
        let store = try scratch.open()
        let key = StorageKey.vectorBlock(table: 1, column: 0, block: 0)
        func write(_ byte: UInt8) throws {
            let transaction = try store.beginWrite()
            let raw = [UInt8](repeating: byte, count: layout.stride)
            try raw.withUnsafeBytes { raw in
                try transaction.writer.vectorColumn(table: 1, column: 0, layout: layout)
                    .set(Slot(0), raw)
            }
            try transaction.commit()
        }
        func read() -> DatabaseError.Code? {
            code {
                let reader = try store.beginRead()
                _ = try reader.view.vectorColumn(table: 1, column: 0, layout: layout).block(0)
            }
        }
        try write(1)
        #expect(read() == nil)
        try write(2)
        // Damage without a new write sequence is what the memory of verified blocks overlooks;
        // this block's sequence was never verified.
        let transaction = try store.beginWrite()
        var bytes = try #require(try transaction.view.bytes(key))
        bytes[60] ^= 1
        try transaction.writer.put(key, bytes)
        try transaction.commit()
        #expect(read() == .dataCorrupted)
    }

    @Test func columnsAndTablesGoAway() throws {
        let layout = VectorLayout(element: .float32, dimension: 10)
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let raw = [UInt8](repeating: 3, count: layout.stride * 3_000)
        for column in 0..<3 as Range<UInt32> {
            try raw.withUnsafeBytes { raw in
                try transaction.writer.vectorColumn(table: 1, column: column, layout: layout)
                    .setMany(from: Slot(0), raw)
            }
        }
        try transaction.writer.deleteVectorColumn(table: 1, column: 1)
        let view = try transaction.view
        for (column, count) in [(0, 3_000), (1, 0), (2, 3_000)] as [(UInt32, Int)] {
            let blocks = try view.vectorColumn(table: 1, column: column, layout: layout).blocks()
            #expect(blocks.map(\.rowCount).reduce(0, +) == count)
        }
        try transaction.writer.deleteTable(1)
        #expect(
            try transaction.view.vectorColumn(table: 1, column: 0, layout: layout).blocks().isEmpty)
    }
}
