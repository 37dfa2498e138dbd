import NeedletailCore
import NeedletailKernels
import Testing

@Suite("The nearest k")
struct TopKTests {
    /// What `TopK` promises, by sorting everything.
    private func sorted(_ distances: [Double], k: Int, firstSlot: UInt32 = 0) -> [String] {
        let all = distances.enumerated().filter { !$0.element.isNaN }
            .sorted { ($0.element, $0.offset) < ($1.element, $1.offset) }
        guard k > 0, let last = all.prefix(k).last else { return [] }
        let limit = all.count <= k ? .infinity : last.element
        return all.prefix { $0.element <= limit }
            .map { "\($0.element)@\(UInt32($0.offset) + firstSlot)" }
    }

    private func names(_ top: TopK) -> [String] {
        top.candidates().map { "\($0.distance)@\($0.slot)" }
    }

    /// Distances of a kind that a seed chooses: few distinct values, many, rising, falling, NaN.
    private func distances(_ random: inout SplitMix64) -> [Double] {
        let count = Int.random(in: 0...5_000, using: &random)
        let distinct = [1, 2, 7, 1_000, 1 << 40].randomElement(using: &random) ?? 1
        var values = (0..<count).map { _ in
            Int.random(in: 0...50, using: &random) == 0
                ? Double.nan : Double(Int.random(in: 0..<distinct, using: &random))
        }
        switch Int.random(in: 0...3, using: &random) {
        case 0: values.sort()
        case 1: values.sort(by: >)
        case 2: values = values.map { $0 == 0 ? .infinity : $0 }
        default: break
        }
        return values
    }

    @Test("is what sorting gives, for any cut into blocks", arguments: UInt64(0)..<200)
    func agreesWithSorting(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let distances = distances(&random)
        let k = [0, 1, 2, 10, 100, 6_000, .max].randomElement(using: &random) ?? 1
        var top = TopK(k: k)
        var first = 0
        while first < distances.count {
            let count = min(Int.random(in: 1...3_000, using: &random), distances.count - first)
            distances.withUnsafeBufferPointer { buffer in
                guard let base = buffer.baseAddress else { return }
                top.offer(base + first, count: count, firstSlot: 40 + UInt32(first))
            }
            first += count
        }
        #expect(names(top) == sorted(distances, k: k, firstSlot: 40), "seed \(seed), k \(k)")
    }

    @Test("a mask and a test leave out rows", arguments: UInt64(0)..<50)
    func filters(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let distances = distances(&random)
        let mask = (0..<distances.count / 64 + 1).map { _ in random.next() }
        var masked = TopK(k: 10)
        masked.offer(distances, count: distances.count, firstSlot: 0, mask: mask)
        let kept = distances.enumerated().map { position, distance in
            mask[position / 64] >> UInt64(position % 64) & 1 == 1 ? distance : .nan
        }
        #expect(names(masked) == sorted(kept, k: 10), "seed \(seed)")

        var tested = TopK(k: 10)
        tested.offer(distances, count: distances.count, firstSlot: 0, mask: mask) { $0 % 3 == 0 }
        let passing = kept.enumerated().map { $0.offset % 3 == 0 ? $0.element : .nan }
        #expect(names(tested) == sorted(passing, k: 10), "seed \(seed)")
    }

    @Test("a list of slots, and parts that are merged, give the same", arguments: UInt64(0)..<50)
    func listsAndMerging(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let distances = distances(&random)
        var parts = [TopK(k: 20), TopK(k: 20), TopK(k: 20)]
        for (part, first) in parts.indices.shuffled(using: &random).enumerated() {
            let slots = stride(from: UInt32(first), to: UInt32(distances.count), by: 3).map { $0 }
            let listed = slots.map { distances[Int($0)] }
            parts[part].offer(listed, slots: slots, count: slots.count)
        }
        var whole = parts[0]
        whole.merge(parts[1])
        whole.merge(parts[2])
        #expect(names(whole) == sorted(distances, k: 20), "seed \(seed)")
    }

    @Test("the threshold falls, and spares the test what lies beyond it")
    func threshold() {
        var top = TopK(k: 2)
        #expect(top.threshold == .infinity)
        var calls: [UInt32] = []
        top.offer([5, 9, 7, 8, 7, .nan, 1], count: 7, firstSlot: 0) { slot in
            calls.append(slot)
            return slot != 0
        }
        #expect(calls == [0, 1, 2, 3, 4, 6])
        #expect(top.threshold == 7)
        #expect(names(top) == ["1.0@6", "7.0@2", "7.0@4"])
        #expect(TopK(k: 0).threshold == -.infinity)
    }

    @Test("what a test throws comes out, and what came before it stays")
    func throwing() {
        struct Refusal: Error {}
        var top = TopK(k: 3)
        #expect(throws: Refusal.self) {
            try top.offer([3, 2, 1], count: 3, firstSlot: 7) { slot throws(Refusal) in
                if slot == 9 { throw Refusal() }
                return true
            }
        }
        #expect(names(top) == ["2.0@8", "3.0@7"])
    }

    @Test("a block may end at the last slot of all")
    func lastSlot() {
        var top = TopK(k: 1)
        top.offer([2, 1], count: 2, firstSlot: .max - 1)
        #expect(names(top) == ["1.0@\(UInt32.max)"])
    }
}
