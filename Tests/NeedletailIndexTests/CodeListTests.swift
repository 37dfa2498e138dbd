import NeedletailIndex
import NeedletailKernels
import Testing

/// Records that are compared one after the other.
@Suite struct CodeListTests {
    private static func list(
        _ vectors: [[Float]], _ layout: CodeLayout, _ slots: Range<Int>,
        center: CodeCenter? = nil, from old: CodeList? = nil,
        where isKept: (UInt32) -> Bool = { _ in false }
    ) -> CodeList {
        CodeList(
            layout, of: slots.map(UInt32.init), center: center, from: old, where: isKept
        ) { slot, vector in
            // Every seventh row has no vector.
            guard slot % 7 != 3 else { return false }
            vector.update(from: vectors[Int(slot)], count: layout.dimension)
            return true
        }
    }

    @Test(
        "none of the nearest is missing, whatever the codes have lost",
        arguments: [WalkCode.int8, .int4], [WalkMetric.l2, .innerProduct, .cosine])
    func nearest(code: WalkCode, metric: WalkMetric) {
        for dimension in [1, 3, 32, 64, 100] {
            var vectors = GraphFixture.clustered(1_500, dimension: dimension, seed: 31)
            // Of very different lengths.
            for row in stride(from: 0, to: 1_500, by: 11) {
                vectors[row] = vectors[row].map { $0 * 40 }
            }
            let fixture = GraphFixture(vectors, metric: metric, code: code)
            let center = Self.center(vectors[..<100], fixture.layout)
            #expect((center == nil) == (dimension < 64))
            let lists = [0..<700, 700..<701, 701..<1_400].map {
                Self.list(vectors, fixture.layout, $0, center: center)
            }
            let there = (0..<1_400).filter { $0 % 7 != 3 }
            for row in 1_400..<1_500 {
                let query = CodeListQuery(fixture.layout)
                query.prepare(vectors[row])
                let found = Set(CodeList.nearest(lists, to: query, k: 10).map(Int.init))
                let distances = there.map { fixture.distance(vectors[row], $0) }
                let limit = distances.sorted()[9]
                for (place, other) in there.enumerated() where distances[place] < limit {
                    #expect(found.contains(other), "dimension \(dimension), query \(row)")
                }
                if dimension == 100, code == .int8 { #expect(found.count < 200) }
            }
        }
    }

    private static func center(
        _ vectors: ArraySlice<[Float]>, _ layout: CodeLayout
    ) -> CodeCenter? {
        guard CodeCenter.serves(layout) else { return nil }
        let mean = (0..<layout.dimension).map { axis in
            vectors.reduce(0) { $0 + $1[axis] } / Float(vectors.count)
        }
        return CodeCenter(layout, mean)
    }

    @Test(
        "one-bit codes leave few records to compare, on every tier the same",
        arguments: [WalkMetric.l2, .innerProduct, .cosine])
    func compared(metric: WalkMetric) throws {
        let vectors = GraphFixture.clustered(8_000, dimension: 256, seed: 5)
        let layout = CodeLayout(kind: .int8, metric: metric, dimension: 256)
        let center = try #require(Self.center(vectors[..<256], layout))
        let list = Self.list(vectors, layout, 0..<7_900, center: center)
        let plain = Self.list(vectors, layout, 0..<7_900)
        let oracle = CodeListQuery(layout, tier: .scalar)
        for tier in KernelTier.allCases where tier.isAvailable {
            let query = CodeListQuery(layout, tier: tier)
            var compared = 0
            for row in 7_900..<8_000 {
                for one in [query, oracle] { one.prepare(vectors[row]) }
                let found = CodeList.nearest([list], to: query, k: 10)
                compared += query.compared
                #expect(found == CodeList.nearest([list], to: oracle, k: 10), "\(tier)")
                #expect(query.compared == oracle.compared)
                #expect(Set(found) == Set(CodeList.nearest([plain], to: query, k: 10)))
            }
            #expect(compared < 100 * 7_900 / 4, "\(compared / 100) of 7,900 a query")
        }
    }

    @Test(
        "records are taken over from an older list, but for what has changed",
        arguments: [20, 64])
    func takenOver(dimension: Int) {
        var vectors = GraphFixture.clustered(400, dimension: dimension, seed: 3)
        let layout = GraphFixture(vectors).layout
        let center = Self.center(vectors[..<300], layout)
        let old = Self.list(vectors, layout, 0..<300, center: center)
        for row in stride(from: 0, to: 300, by: 10) { vectors[row] = vectors[399 - row] }
        let new = Self.list(
            vectors, layout, 5..<400, center: center, from: old, where: { $0 % 10 != 0 })
        let fresh = Self.list(vectors, layout, 5..<400)
        #expect(new.slots == fresh.slots)
        for row in 0..<400 {
            let query = CodeListQuery(layout)
            query.prepare(vectors[row])
            let found = CodeList.nearest([new], to: query, k: 5)
            #expect(Set(CodeList.nearest([fresh], to: query, k: 5)).isSubset(of: found))
            guard center != nil else { continue }
            // Codes seen from another point are made anew.
            let other = CodeCenter(layout, vectors[0])
            let moved = Self.list(
                vectors, layout, 5..<400, center: other, from: old, where: { $0 % 10 != 0 })
            let again = Set(CodeList.nearest([moved], to: query, k: 5))
            #expect(again == Set(CodeList.nearest([fresh], to: query, k: 5)))
        }
    }

    @Test("an error of the reader comes out, and few rows are all near")
    func edges() throws {
        struct Failure: Error {}
        let layout = CodeLayout(kind: .int8, metric: .l2, dimension: 4)
        #expect(throws: Failure.self) {
            _ = try CodeList(layout, of: [1, 2]) { slot, vector throws(Failure) in
                vector.update(repeating: 1, count: 4)
                if slot == 2 { throw Failure() }
                return true
            }
        }
        let empty = CodeList(layout, of: []) { _, _ in true }
        let query = CodeListQuery(layout)
        query.prepare([1, 2, 3, 4])
        #expect(CodeList.nearest([empty], to: query, k: 3).isEmpty)
        let few = Self.list(GraphFixture.clustered(8, dimension: 4, seed: 1), layout, 0..<6)
        #expect(CodeList.nearest([empty, few], to: query, k: 3) == [0, 1, 2, 4, 5])
    }
}
