import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import Testing

/// Searches among the nodes that a filter lets pass.
@Suite struct MaskedSearchTests {
    /// Which rows pass.
    enum Filter: CaseIterable {
        case half, fifth, twentieth
        /// The nearest to the first query, and the farthest from it.
        case near, far

        func rows(_ fixture: GraphFixture, _ query: [Float]) -> Set<Int> {
            var random = SplitMix64(seed: 5)
            let all = fixture.vectors.indices
            switch self {
            case .half: return Set(all.filter { _ in Int.random(in: 0..<2, using: &random) == 0 })
            case .fifth: return Set(all.filter { _ in Int.random(in: 0..<5, using: &random) == 0 })
            case .twentieth:
                return Set(all.filter { _ in Int.random(in: 0..<20, using: &random) == 0 })
            case .near: return Set(fixture.exact(query, k: all.count / 5))
            case .far: return Set(all).subtracting(fixture.exact(query, k: all.count * 4 / 5))
            }
        }
    }

    private static func mask(_ rows: Set<Int>, _ fixture: GraphFixture) -> NodeMask {
        NodeMask(nodeCount: fixture.graph.view.nodeCount) { insert in
            fixture.graph.view.forEachRow { slot, node in
                if rows.contains(Int(slot)) { insert(node) }
            }
        }
    }

    private static func nearest(
        _ fixture: GraphFixture, _ query: [Float], among rows: Set<Int>, k: Int
    ) -> [Int] {
        Array(
            rows.sorted { fixture.distance(query, $0) < fixture.distance(query, $1) }.prefix(k))
    }

    @Test(
        "comparing all matches misses none of the nearest, whatever the codes have lost",
        arguments: [WalkCode.int8, .int4], [WalkMetric.l2, .innerProduct, .cosine])
    func scan(code: WalkCode, metric: WalkMetric) {
        for dimension in [1, 3, 32, 100] {
            var vectors = GraphFixture.clustered(1_200, dimension: dimension, seed: 31)
            for row in stride(from: 0, to: 1_200, by: 11) {
                vectors[row] = vectors[row].map { $0 * 40 }
            }
            // Rows with one vector share a node.
            for row in 1_150..<1_200 { vectors[row] = vectors[row - 1_000] }
            let fixture = GraphFixture(vectors, metric: metric, code: code)
            let rows = Filter.fifth.rows(fixture, vectors[0])
            let mask = Self.mask(rows, fixture)
            let memory = SearchMemory()
            let query = memory.query(fixture.layout)
            for row in stride(from: 0, to: 1_200, by: 40) {
                fixture.graph.prepare(query, vectors[row])
                let found = fixture.graph.scan(query, over: mask, k: 10, memory: memory)
                let proposed = Set(
                    UnsafeBufferPointer(start: memory.rows(0), count: found?.count ?? 0).map(
                        Int.init))
                let right = Self.nearest(fixture, vectors[row], among: rows, k: 10)
                let limit = fixture.distance(vectors[row], right[9])
                for other in rows where fixture.distance(vectors[row], other) < limit {
                    #expect(proposed.contains(other), "dimension \(dimension), query \(row)")
                }
                #expect(found?.counters.visited == mask.count)
            }
        }
    }

    @Test(
        "codes of floats and of signs have no bound, and are not scanned",
        arguments: [
            WalkCode.f16, .f32, .signs,
        ])
    func unbounded(code: WalkCode) {
        let fixture = GraphFixture(
            GraphFixture.clustered(300, dimension: 32, seed: 3), metric: .cosine, code: code)
        let memory = SearchMemory()
        let query = memory.query(fixture.layout)
        fixture.graph.prepare(query, fixture.vectors[0])
        let mask = Self.mask(Set(0..<100), fixture)
        #expect(fixture.graph.scan(query, over: mask, k: 10, memory: memory) == nil)
    }

    @Test("a walk finds the nearest that pass, and no others", arguments: Filter.allCases)
    func walk(filter: Filter) {
        let fixture = GraphFixture(GraphFixture.clustered(6_000, dimension: 24, seed: 8))
        let queries = (0..<40).map { fixture.vectors[$0 * 97] }
        let rows = filter.rows(fixture, queries[0])
        let mask = Self.mask(rows, fixture)
        let share = Double(mask.count) / 6_000
        let scratch = WalkScratch()
        let query = WalkQuery(fixture.layout)
        var hits = 0
        for vector in queries {
            fixture.graph.prepare(query, vector)
            var found = [UInt32](repeating: 0, count: 400)
            let search = fixture.graph.search(
                query, within: mask, ef: 150, k: 150, budget: .max, share: share, scratch: scratch,
                into: &found)
            let proposed = found.prefix(search?.count ?? 0).map(Int.init)
            #expect(Set(proposed).count == proposed.count)
            #expect(Set(proposed).isSubset(of: rows))
            let right = Self.nearest(fixture, vector, among: rows, k: 10)
            hits += Set(proposed).intersection(right).count
            // What a walk has seen is forgotten: another sees all of the graph again.
            var plain = [UInt32](repeating: 0, count: 128)
            let first = fixture.graph.search(query, ef: 64, k: 10, scratch: scratch, into: &plain)
            var fresh = [UInt32](repeating: 0, count: 128)
            let second = fixture.graph.search(
                query, ef: 64, k: 10, scratch: WalkScratch(), into: &fresh)
            #expect(first.counters == second.counters)
            #expect(plain == fresh)
        }
        let recall = Double(hits) / Double(queries.count * 10)
        #expect(recall >= 0.95, "\(filter): \(recall)")
    }

    /// What walks to `queries` propose, one after the other.
    private static func walks(
        _ fixture: GraphFixture, _ queries: [[Float]], _ mask: NodeMask
    ) -> [[UInt32]] {
        let (scratch, query) = (WalkScratch(), WalkQuery(fixture.layout))
        return queries.map { vector in
            fixture.graph.prepare(query, vector)
            var found = [UInt32](repeating: 0, count: 200)
            let search = fixture.graph.search(
                query, within: mask, ef: 60, k: 20, budget: .max, share: 0.2, scratch: scratch,
                into: &found)
            return [UInt32(search?.counters.visited ?? 0)] + found.prefix(search?.count ?? 0)
        }
    }

    @Test("walks do the same whatever walks before them have found, and side by side")
    func keptWays() {
        let fixture = GraphFixture(GraphFixture.clustered(6_000, dimension: 24, seed: 8))
        let queries = (0..<60).map { fixture.vectors[$0 * 83] }
        let rows = Filter.fifth.rows(fixture, queries[0])
        let alone = queries.map { Self.walks(fixture, [$0], Self.mask(rows, fixture))[0] }
        let mask = Self.mask(rows, fixture)
        #expect(mask.keepsLinks)
        let bare = mask.byteCount
        #expect(Self.walks(fixture, queries, mask) == alone)
        #expect(Self.walks(fixture, queries, mask) == alone)
        #expect(mask.byteCount > bare)
        let shared = Self.mask(rows, fixture)
        let parts = ScanPool.shared.map(parts: 8, threads: 8) { part in
            part % 2 == 0
                ? Self.walks(fixture, queries, shared)
                : Self.walks(fixture, queries.reversed(), shared).reversed()
        }
        for part in parts { #expect(part == alone) }
    }

    @Test("after a few changes the ways of before serve, without the rows that pass no more")
    func keptWaysAfterChanges() {
        let fixture = GraphFixture(GraphFixture.clustered(6_000, dimension: 24, seed: 8))
        let queries = (0..<60).map { fixture.vectors[$0 * 83] }
        let rows = Filter.fifth.rows(fixture, queries[0])
        let before = Self.mask(rows, fixture)
        _ = Self.walks(fixture, queries, before)
        // The nearest of each is gone, some others have come.
        let gone = Set(queries.map { Self.nearest(fixture, $0, among: rows, k: 1)[0] })
        let come = Set((0..<6_000).filter { !rows.contains($0) }.prefix(10))
        let now = rows.subtracting(gone).union(come)
        let mask = NodeMask(nodeCount: fixture.graph.view.nodeCount, after: before) { insert in
            fixture.graph.view.forEachRow { slot, node in
                if now.contains(Int(slot)) { insert(node) }
            }
        }
        // The lists are there before the first walk.
        #expect(mask.byteCount == before.byteCount)
        var hits = 0
        for (vector, found) in zip(queries, Self.walks(fixture, queries, mask)) {
            let proposed = Set(found.dropFirst().map(Int.init))
            #expect(proposed.isSubset(of: now))
            hits += proposed.intersection(Self.nearest(fixture, vector, among: now, k: 10)).count
        }
        #expect(hits >= 95 * queries.count / 10, "\(hits)")
        // Of another filter they do not serve.
        let other = NodeMask(nodeCount: fixture.graph.view.nodeCount, after: before) { insert in
            for node in 0..<UInt32(1_200) { insert(node) }
        }
        #expect(other.byteCount < before.byteCount)
    }

    @Test("where most pass, ways between them are not kept")
    func noWaysKept() {
        let fixture = GraphFixture(GraphFixture.clustered(600, dimension: 8, seed: 8))
        #expect(!Self.mask(Set(0..<400), fixture).keepsLinks)
        #expect(Self.mask(Set(0..<200), fixture).keepsLinks)
    }

    @Test("a walk that may look at too little says so")
    func budget() {
        let fixture = GraphFixture(GraphFixture.clustered(3_000, dimension: 16, seed: 2))
        let query = WalkQuery(fixture.layout)
        fixture.graph.prepare(query, fixture.vectors[1])
        let mask = Self.mask(Filter.fifth.rows(fixture, fixture.vectors[1]), fixture)
        var found = [UInt32](repeating: 0, count: 128)
        for budget in [0, 10, 100] {
            let search = fixture.graph.search(
                query, within: mask, ef: 64, k: 10, budget: budget, share: 0.2,
                scratch: WalkScratch(), into: &found)
            #expect(search == nil)
        }
    }

    @Test("a filter that keeps the far rows is noticed, one that keeps the near is not")
    func opposition() {
        let fixture = GraphFixture(GraphFixture.clustered(4_000, dimension: 24, seed: 8))
        let vector = fixture.vectors[40]
        let query = WalkQuery(fixture.layout)
        fixture.graph.prepare(query, vector)
        func isOpposed(_ filter: Filter) -> Bool {
            fixture.graph.isOpposed(
                query, to: Self.mask(filter.rows(fixture, vector), fixture), WalkScratch())
        }
        #expect(isOpposed(.far))
        #expect(!isOpposed(.near))
        #expect(!isOpposed(.half))
    }

    @Test(
        "a mask counts its nodes once and takes an even sample", arguments: [0, 1, 63, 64, 65, 999])
    func sample(count: Int) {
        let mask = NodeMask(nodeCount: 1_000) { insert in
            for _ in 0..<2 { for node in 0..<count { insert(UInt32(node)) } }
            insert(1_000)
            insert(.max)
        }
        #expect(mask.count == count)
        #expect(mask.sampleCount == min(count, 64))
    }
}
