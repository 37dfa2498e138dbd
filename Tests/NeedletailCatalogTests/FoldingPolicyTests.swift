import NeedletailCatalog
import NeedletailCore
import Testing

@Suite("The policy of folding")
struct FoldingPolicyTests {
    typealias Part = FoldingPolicy.Part
    typealias Step = FoldingPolicy.Step

    private static func part(
        _ number: UInt64, _ rows: Int, gone: Int = 0, hurried: Int = 0, healed: Int = 0
    ) -> Part {
        Part(
            number: number, rowCount: rows, liveCount: rows - gone,
            roughness: GraphRoughness(hurriedCount: hurried, healedCount: healed))
    }

    private static func step(
        _ parts: [Part], tail: Int, hasDamage: Bool = false, isQuiet: Bool = false
    ) -> Step? {
        FoldingPolicy.step(parts, tailCount: tail, hasDamage: hasDamage, isQuiet: isQuiet)
    }

    @Test("short tails and whole segments are left alone")
    func nothing() {
        for isQuiet in [false, true] {
            #expect(Self.step([], tail: 2_047, isQuiet: isQuiet) == nil)
            #expect(
                Self.step([Self.part(1, 90_000, gone: 20_000)], tail: 2_047, isQuiet: isQuiet)
                    == nil)
        }
        #expect(Self.step([Self.part(1, 9_000), Self.part(2, 9_000)], tail: 10) == nil)
    }

    @Test("a busy table has its tail inserted into a young segment, or into a new one")
    func busy() {
        let large = Self.part(1, 500_000)
        let young = Self.part(2, 100_000, hurried: 100_000)
        #expect(
            Self.step([large, young], tail: 2_048)
                == Step(taken: [2], isHurried: true, isFresh: false))
        let older = Self.part(2, 132_000, hurried: 132_000)
        #expect(
            Self.step([large, older], tail: 2_048)
                == Step(taken: [], isHurried: true, isFresh: false))
        let many = (3...6).map { Self.part($0, 130_000 + Int($0) * 1_000, hurried: 133_000) }
        #expect(
            Self.step([large, older] + many, tail: 2_048)
                == Step(taken: [2, 3], isHurried: true, isFresh: false))
    }

    @Test("a quiet table ends as one segment, built afresh where much of it is rough")
    func quiet() {
        let young = Self.part(2, 10_000, hurried: 10_000)
        #expect(
            Self.step([Self.part(1, 50_000), young], tail: 3, isQuiet: true)
                == Step(taken: [1, 2], isHurried: false, isFresh: false))
        let rough = Self.part(1, 50_000, gone: 5_000, hurried: 4_000, healed: 4_000)
        #expect(
            Self.step([rough, young], tail: 3, isQuiet: true)
                == Step(taken: [1, 2], isHurried: false, isFresh: true))
        #expect(
            Self.step([young], tail: 0, isQuiet: true)
                == Step(taken: [2], isHurried: false, isFresh: true))
        #expect(Self.step([Self.part(1, 50_000)], tail: 3, isQuiet: true) == nil)
    }

    @Test("a long tail does not wait for all of a large segment to be folded")
    func longTail() {
        let large = Self.part(1, 500_000)
        let young = Self.part(2, 20_000, hurried: 20_000)
        #expect(
            Self.step([large], tail: 2_048, isQuiet: true)
                == Step(taken: [], isHurried: true, isFresh: false))
        #expect(
            Self.step([large, young], tail: 2_048, isQuiet: true)
                == Step(taken: [2], isHurried: true, isFresh: false))
        #expect(
            Self.step([large, young], tail: 2_047, isQuiet: true)
                == Step(taken: [1, 2], isHurried: false, isFresh: false))
        // What takes little more time than the tail alone is done at once.
        #expect(
            Self.step([large], tail: 65_536, isQuiet: true)
                == Step(taken: [1], isHurried: false, isFresh: false))
        #expect(
            Self.step([Self.part(1, 60_000)], tail: 2_048, isQuiet: true)
                == Step(taken: [1], isHurried: false, isFresh: false))
    }

    @Test("work that is put off again and again waits longer, a minute at most")
    func patience() {
        let seconds = [0, 1, 2, 5, 6, 1_000].map { (putOff: Int) -> Int64 in
            FoldingPolicy.quietNanoseconds(putOff: putOff) / 1_000_000_000
        }
        #expect(seconds == [2, 4, 8, 64, 64, 64])
    }

    @Test("damage, and segments that lost many rows, are mended at once")
    func mended() {
        #expect(
            Self.step([Self.part(1, 9_000)], tail: 100, hasDamage: true)
                == Step(taken: [], isHurried: true, isFresh: false))
        #expect(
            Self.step([], tail: 100, hasDamage: true)
                == Step(taken: [], isHurried: false, isFresh: true))
        #expect(
            Self.step([Self.part(1, 9_000, gone: 2_500), Self.part(2, 9_000)], tail: 0)
                == Step(taken: [1], isHurried: false, isFresh: true))
    }

    @Test("rows that come for long are inserted a few times each, into few segments")
    func simulation() {
        var parts = [Self.part(1, 1_000_000)]
        var (tail, next, inserted, most) = (0, UInt64(2), 0, 0)
        func apply(_ step: Step) {
            let taken = parts.filter { step.taken.contains($0.number) }
            let base = step.isFresh ? nil : taken.max { $0.rowCount < $1.rowCount }
            let rows = taken.reduce(tail) { $0 + $1.rowCount }
            let new = rows - (base?.rowCount ?? 0)
            inserted += new
            parts.removeAll { step.taken.contains($0.number) }
            let old = base?.roughness.hurriedCount ?? 0
            parts.append(Self.part(next, rows, hurried: old + (step.isHurried ? new : 0)))
            next += 1
            tail = 0
        }
        let coming = 2_000_000
        for _ in 0..<coming / 1_000 {
            tail += 1_000
            if let step = Self.step(parts, tail: tail) { apply(step) }
            most = max(most, parts.count)
        }
        #expect(most <= FoldingPolicy.segmentsMax)
        #expect(inserted <= 4 * coming, "\(inserted)")
        while let step = Self.step(parts, tail: tail, isQuiet: true) { apply(step) }
        #expect(parts.count == 1 && parts[0].rowCount + tail == 1_000_000 + coming)
        #expect(parts[0].roughness.hurriedCount == 0)
    }
}
