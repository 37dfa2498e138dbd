import NeedletailCore
import NeedletailKernels
import Testing

@Suite("What a distance must not depend on")
struct ExactnessTests {
    private static let dimensions = [1, 3, 7, 8, 15, 31, 32, 33, 64, 100, 129, 255, 384]

    @Test(
        "a row's distance has the same bits alone, in a block, in a list and at any offset",
        arguments: Pairing.all, availableTiers)
    func oneRowOneDistance(pairing: Pairing, tier: KernelTier) throws {
        for dimension in Self.dimensions {
            var random = SplitMix64(seed: UInt64(dimension))
            let kernel = try pairing.kernel(dimension, tier)
            let query = try kernel.prepared(
                Sample(pairing.element, dimension: dimension, using: &random))
            let rows = (0..<150).map { _ in
                Sample(pairing.element, dimension: dimension, using: &random)
            }
            let alone = rows.map { kernel.distance(query, to: $0).bitPattern }
            let order = (0..<UInt32(rows.count)).shuffled(using: &random)
            for offset in 0...15 {
                let stride = kernel.rowBytes + offset % 5
                let block = Block(rows, offset: offset, stride: stride)
                #expect(block.scan(kernel, query) == alone, "\(dimension) at \(offset)")
                #expect(
                    block.gather(kernel, query, order) == order.map { alone[Int($0)] },
                    "\(dimension) at \(offset)")
                #expect(
                    block.distances(kernel, query, order) == order.map { alone[Int($0)] },
                    "\(dimension) at \(offset)")
            }
        }
    }

    @Test("nothing past the end of a row is read", arguments: Pairing.all, availableTiers)
    func staysInside(pairing: Pairing, tier: KernelTier) throws {
        let memory = try #require(GuardedMemory(capacity: 4 * Limits.dimensionMax))
        for dimension in Array(1...257) + [1_537, Limits.dimensionMax] {
            var random = SplitMix64(seed: UInt64(dimension))
            let kernel = try pairing.kernel(dimension, tier)
            let vector = Sample(pairing.element, dimension: dimension, using: &random)
            let row = memory.place(vector.bytes)
            let query = PreparedQuery(kernel, bytes: row)
            let inside = kernel.distance(query, to: vector)
            #expect(kernel.distance(query, toRowAt: row).bitPattern == inside.bitPattern)
        }
    }

    @Test("the same query gives the same bits from any address", arguments: Pairing.all)
    func queryOffsets(pairing: Pairing) throws {
        var random = SplitMix64(seed: 3)
        let kernel = try pairing.kernel(101)
        let query = Sample(pairing.element, dimension: 101, using: &random)
        let row = Sample(pairing.element, dimension: 101, using: &random)
        let expected = kernel.distance(try kernel.prepared(query), to: row)
        for offset in 0...15 {
            let shifted = [UInt8](repeating: 0, count: offset) + query.bytes
            let prepared = shifted.withUnsafeBytes {
                kernel.prepare(bytes: UnsafeRawBufferPointer(rebasing: $0[offset...]))
            }
            #expect(
                kernel.distance(try #require(prepared), to: row).bitPattern == expected.bitPattern)
        }
    }

    @Test("equal vectors are at exactly 0", arguments: Pairing.all, availableTiers)
    func equalVectors(pairing: Pairing, tier: KernelTier) throws {
        guard pairing.metric != .innerProduct else { return }
        for dimension in 1...257 {
            var random = SplitMix64(seed: UInt64(dimension))
            let kernel = try pairing.kernel(dimension, tier)
            let vector = Sample(pairing.element, dimension: dimension, using: &random)
            guard pairing.metric != .cosine || vector.components.contains(where: { $0 != 0 })
            else { continue }
            #expect(kernel.distance(try kernel.prepared(vector), to: vector) == 0, "\(dimension)")
        }
    }

    @Test(
        "distances are symmetric and inner products of nothing are plain zero",
        arguments: Pairing.all)
    func symmetry(pairing: Pairing) throws {
        var random = SplitMix64(seed: 17)
        let kernel = try pairing.kernel(130)
        let left = Sample(pairing.element, dimension: 130, using: &random)
        let right = Sample(pairing.element, dimension: 130, using: &random)
        let there = kernel.distance(try kernel.prepared(left), to: right)
        let back = kernel.distance(try kernel.prepared(right), to: left)
        #expect(there == back)
        let product = try vectorDistance([0, 0], [1, 1], metric: .innerProduct)
        #expect(product == 0 && product.sign == .plus)
    }

    @Test("cosine with a zero vector is NaN on either side", arguments: availableTiers)
    func zeroVectors(tier: KernelTier) throws {
        for element in [VectorElement.f32, .f16, .int8] {
            let kernel = try Pairing(metric: .cosine, element: element).kernel(20, tier)
            var random = SplitMix64(seed: 5)
            let vector = Sample(element, dimension: 20, using: &random)
            let zero: Sample =
                switch element {
                case .f32: Sample([Float](repeating: 0, count: 20))
                case .f16: Sample(HalfVector(bits: Array(repeating: 0, count: 20)))
                default: Sample([Int8](repeating: 0, count: 20))
                }
            #expect(kernel.distance(try kernel.prepared(zero), to: vector).isNaN)
            #expect(kernel.distance(try kernel.prepared(vector), to: zero).isNaN)
            #expect(kernel.distance(try kernel.prepared(zero), to: zero).isNaN)
        }
    }

    @Test("a NaN component gives NaN", arguments: Pairing.ofFloats, availableTiers)
    func nanComponents(pairing: Pairing, tier: KernelTier) throws {
        for position in [0, 5, 31, 36] {
            var random = SplitMix64(seed: 7)
            let kernel = try pairing.kernel(37, tier)
            let query = try kernel.prepared(Sample(pairing.element, dimension: 37, using: &random))
            var bytes = Sample(pairing.element, dimension: 37, using: &random).bytes
            let width = pairing.element.byteCount(dimension: 1)
            for byte in 0..<width { bytes[position * width + byte] = 0x7F }
            if width == 4 { bytes[position * 4 + 2] = 0xFF }
            #expect(kernel.distance(query, toRowAt: bytes).isNaN, "position \(position)")
        }
    }

    @Test(
        "floats whose squares leave the range of a float still have a distance",
        arguments: availableTiers, [Float(1e-30), 0x1p-140, 1e25, 3e38])
    func outlyingFloats(tier: KernelTier, scale: Float) throws {
        let left = (0..<70).map { scale * (Float($0 % 3) / 2) }
        let right = (0..<70).map { scale * (Float($0 % 2) / 2) }
        for metric in VectorElement.f32.metrics where metric != .innerProduct {
            let kernel = try Pairing(metric: metric, element: .f32).kernel(70, tier)
            let expected = Oracle.answer(metric, left.map(Double.init), right.map(Double.init))
            let found = kernel.distance(try kernel.prepared(Sample(left)), to: Sample(right))
            #expect(abs(found - expected.distance) <= expected.tolerance, "\(metric)")
            #expect(kernel.distance(try kernel.prepared(Sample(left)), to: Sample(left)) == 0)
        }
        let kernel = try Pairing(metric: .innerProduct, element: .f32).kernel(70, tier)
        #expect(kernel.distance(try kernel.prepared(Sample(left)), to: Sample(right)).isFinite)
    }

    @Test(
        "opposite vectors are at 2 by cosine and no rounding leaves 0...2",
        arguments: availableTiers)
    func cosineRange(tier: KernelTier) throws {
        var random = SplitMix64(seed: 11)
        for dimension in 1...100 {
            let kernel = try Pairing(metric: .cosine, element: .f32).kernel(dimension, tier)
            let vector = (0..<dimension).map { _ in Float.random(in: 0.1...1, using: &random) }
            let query = try kernel.prepared(Sample(vector))
            for factor: Float in [3, 1e-3, 7e5] {
                let scaled = kernel.distance(query, to: Sample(vector.map { $0 * factor }))
                #expect((0...1e-5).contains(scaled))
                let opposite = kernel.distance(query, to: Sample(vector.map { -$0 * factor }))
                #expect((2 - 1e-5...2).contains(opposite))
            }
        }
    }
}

/// Rows in one stretch of memory that starts at any byte.
private struct Block {
    private let bytes: [UInt8]
    private let offset: Int
    private let stride: Int
    private let count: Int

    init(_ rows: [Sample], offset: Int, stride: Int) {
        var bytes = [UInt8](repeating: 0xFF, count: offset + rows.count * stride)
        for (row, sample) in rows.enumerated() {
            let start = offset + row * stride
            bytes.replaceSubrange(start..<start + sample.bytes.count, with: sample.bytes)
        }
        self.bytes = bytes
        self.offset = offset
        self.stride = stride
        count = rows.count
    }

    func scan(_ kernel: DistanceKernel, _ query: PreparedQuery) -> [UInt64] {
        var distances = [Double](repeating: -1, count: count)
        bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            kernel.scan(query, base: base + offset, stride: stride, count: count, into: &distances)
        }
        return distances.map(\.bitPattern)
    }

    func gather(
        _ kernel: DistanceKernel, _ query: PreparedQuery, _ rows: [UInt32]
    ) -> [UInt64] {
        var distances = [Double](repeating: -1, count: rows.count)
        bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            kernel.gather(
                query, base: base + offset, stride: stride, rows: rows, count: rows.count,
                into: &distances)
        }
        return distances.map(\.bitPattern)
    }

    /// By the rows' addresses.
    func distances(
        _ kernel: DistanceKernel, _ query: PreparedQuery, _ rows: [UInt32]
    ) -> [UInt64] {
        var distances = [Double](repeating: -1, count: rows.count)
        bytes.withUnsafeBytes { raw in
            guard let base = raw.baseAddress else { return }
            let places = rows.map { base + offset + Int($0) * stride }
            for place in places { kernel.prefetch(rowAt: place) }
            kernel.distances(query, toRowsAt: places, count: rows.count, into: &distances)
        }
        return distances.map(\.bitPattern)
    }
}
