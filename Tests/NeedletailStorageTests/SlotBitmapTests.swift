import NeedletailBitmap
import NeedletailCore
import Testing

@Suite struct SlotBitmapTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func behavesLikeASet(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var bitmap = SlotBitmap()
        var model: Set<UInt32> = []
        for _ in 0..<4_000 {
            let slot = UInt32.random(in: 0..<1_500, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0: #expect(bitmap.remove(slot) == (model.remove(slot) != nil))
            case 1:
                let end = min(1_500, slot + UInt32.random(in: 0..<200, using: &random))
                bitmap.insert(slot..<end)
                model.formUnion(slot..<end)
            case 2:
                let end = min(2_000, slot + UInt32.random(in: 0..<200, using: &random))
                #expect(
                    bitmap.count(in: slot..<end) == model.filter { $0 >= slot && $0 < end }.count)
                bitmap.remove(slot..<end)
                model.subtract(slot..<end)
            default: #expect(bitmap.insert(slot) == model.insert(slot).inserted)
            }
            #expect(bitmap.contains(slot) == model.contains(slot))
        }
        #expect(Array(bitmap.slots) == model.sorted())
        #expect(bitmap.count == model.count)
        let ranks = SlotRanks(bitmap)
        #expect(ranks.count == model.count)
        #expect(bitmap.slots.enumerated().allSatisfy { ranks.rank(of: $1) == $0 })
        #expect(
            (0..<2_500).allSatisfy { slot in
                (ranks.rank(of: slot) == nil) != model.contains(slot)
            })
        #expect(bitmap.last == model.max())
        var visited: [UInt32] = []
        bitmap.forEachSlot { visited.append($0) }
        #expect(visited == model.sorted())
    }

    @Test(arguments: [4, 5] as [UInt64])
    func combinesLikeSets(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<100 {
            let left = Set((0..<60).map { _ in UInt32.random(in: 0..<400, using: &random) })
            let right = Set((0..<60).map { _ in UInt32.random(in: 0..<900, using: &random) })
            let (a, b) = (SlotBitmap(left), SlotBitmap(right))
            #expect(a.union(b) == SlotBitmap(left.union(right)))
            #expect(a.intersection(b) == SlotBitmap(left.intersection(right)))
            #expect(a.subtracting(b) == SlotBitmap(left.subtracting(right)))
            #expect(b.subtracting(a) == SlotBitmap(right.subtracting(left)))
            #expect(a.intersectionCount(b) == left.intersection(right).count)
            #expect(a.intersects(b) == !left.isDisjoint(with: right))
            let probe = UInt32.random(in: 0..<1_000, using: &random)
            #expect(a.first(atLeast: probe) == left.filter { $0 >= probe }.min())
        }
    }

    @Test func equalityIgnoresEmptyWords() {
        var long = SlotBitmap(capacity: 1_000)
        long.insert(3)
        #expect(long == [3])
        #expect(long.hashValue == ([3] as SlotBitmap).hashValue)
        #expect(long != [3, 900])
    }

    @Test func rangesReachTheLastSlot() {
        var bitmap = SlotBitmap(range: 60..<130)
        #expect(bitmap.count == 70)
        bitmap.remove(0..<UInt32.max)
        #expect(bitmap.isEmpty)
        bitmap.insert(5..<5)
        #expect(bitmap.isEmpty)
    }
}
