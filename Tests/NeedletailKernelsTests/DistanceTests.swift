import NeedletailCore
import NeedletailKernels
import Testing

@Suite("Distances")
struct DistanceTests {
    @Test(
        "every tier agrees with double arithmetic at dimensions 1 to 257 and some large ones",
        arguments: Pairing.all, availableTiers)
    func agreesWithOracle(pairing: Pairing, tier: KernelTier) throws {
        for dimension in Array(1...257) + [384, 768, 1_536, 4_096, 16_000] {
            let seed = UInt64(dimension)
            var random = SplitMix64(seed: seed)
            let kernel = try pairing.kernel(dimension, tier)
            for _ in 0..<3 {
                let left = Sample(pairing.element, dimension: dimension, using: &random)
                let right = Sample(pairing.element, dimension: dimension, using: &random)
                let found = kernel.distance(try kernel.prepared(left), to: right)
                let expected = Oracle.answer(pairing.metric, left.components, right.components)
                #expect(
                    abs(found - expected.distance) <= expected.tolerance + 1e-15
                        || (found.isNaN && expected.distance.isNaN),
                    "dimension \(dimension), seed \(seed): \(found), not \(expected)")
            }
        }
    }

    @Test("integer and bit distances are the same on every tier", arguments: Pairing.ofIntegers)
    func integersAreIdentical(pairing: Pairing) throws {
        for dimension in Array(1...257) + [1_536, 4_096, 16_000] {
            var random = SplitMix64(seed: UInt64(dimension))
            let left = Sample(pairing.element, dimension: dimension, using: &random)
            let right = Sample(pairing.element, dimension: dimension, using: &random)
            let found = try availableTiers.map { tier in
                let kernel = try pairing.kernel(dimension, tier)
                return kernel.distance(try kernel.prepared(left), to: right).bitPattern
            }
            #expect(Set(found).count == 1, "dimension \(dimension)")
        }
    }

    @Test(
        "int8 sums stay exact at the largest dimension and the widest values",
        arguments: availableTiers)
    func extremeBytes(tier: KernelTier) throws {
        let dimension = Limits.dimensionMax
        let low = Sample([Int8](repeating: -128, count: dimension))
        let high = Sample([Int8](repeating: 127, count: dimension))
        for metric in VectorElement.int8.metrics {
            let kernel = try Pairing(metric: metric, element: .int8).kernel(dimension, tier)
            for (left, right) in [(low, low), (low, high), (high, high)] {
                let expected = Oracle.answer(metric, left.components, right.components).distance
                let found = kernel.distance(try kernel.prepared(left), to: right)
                #expect(abs(found - expected) <= abs(expected) * 1e-15, "\(metric)")
            }
        }
    }

    @Test("the tiers of this machine are known; the others are reported")
    func reportTiers() {
        let missing = KernelTier.allCases.filter { !$0.isAvailable }.map(\.rawValue)
        print("kernel tiers tested: \(availableTiers.map(\.rawValue)); not run here: \(missing)")
        #expect(availableTiers.contains(.scalar))
        #expect(KernelTier.selected.isAvailable)
    }

    @Test("a metric that does not apply, or a dimension out of range, gives no kernel")
    func refusals() {
        #expect(DistanceKernel(metric: .hamming, element: .f32, dimension: 8) == nil)
        #expect(DistanceKernel(metric: .l2, element: .bit, dimension: 8) == nil)
        for dimension in [-1, 0, Limits.dimensionMax + 1, .max] {
            #expect(DistanceKernel(metric: .l2, element: .f32, dimension: dimension) == nil)
        }
        for tier in KernelTier.allCases where !tier.isAvailable {
            #expect(
                DistanceKernel(metric: .l2, element: .f32, dimension: 8, tier: tier) == nil)
        }
    }

    @Test("a query of another type or dimension is refused")
    func refusedQueries() throws {
        let kernel = try Pairing(metric: .l2, element: .f32).kernel(3)
        #expect(kernel.prepare([1, 2] as [Float]) == nil)
        #expect(kernel.prepare(HalfVector(bits: [0, 0, 0])) == nil)
        #expect(kernel.prepare(BitVector(count: 3, bytes: [0])) == nil)
        #expect(kernel.prepare([1, 2, 3] as [Int8]) == nil)
        #expect(
            [UInt8](repeating: 0, count: 11).withUnsafeBytes { kernel.prepare(bytes: $0) } == nil)
        #expect(kernel.prepare([1, 2, 3] as [Float]) != nil)
    }

    @Test("the environment chooses a tier, and a bad choice is ignored")
    func environmentOverride() async {
        await #expect(processExitsWith: .success) {
            setTierVariable("scalar")
            precondition(KernelTier.selected == .scalar, "\(KernelTier.selected)")
        }
        await #expect(processExitsWith: .success) {
            setTierVariable("abacus")
            precondition(KernelTier.selected.isAvailable, "\(KernelTier.selected)")
        }
    }
}
