import NeedletailBitmap
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Inverted lists")
struct ListTests {
    static let metrics: [WalkMetric] = [.l2, .innerProduct, .cosine]
    static let fines: [WalkCode?] = [nil, .int8, .int4, .f16, .f32]

    @Test("lists serve three metrics and four kinds of second records")
    func served() {
        #expect(WalkMetric.allCases.filter(ListLayout.serves) == Self.metrics)
        #expect(WalkCode.allCases.filter(ListLayout.allows(fine:)).count == 4)
    }

    @Test("a list goes through its bytes and comes back the same", arguments: fines)
    func bytes(fine: WalkCode?) throws {
        let rows = ListRows(count: 70, dimension: 20, seed: 1)
        let layout = ListLayout(metric: .l2, dimension: 20, fine: fine)
        var list = rows.list(layout)
        #expect(list.slots == (0..<70).map { UInt32($0) * 3 })
        #expect(list.coarse.count == layout.coarseBytes(entries: 70))
        #expect(list.fine.count == layout.fineBytes(entries: 70))
        let again = try #require(Self.read(layout, list.coarse, list.fine, count: 70))
        #expect(again.slots == list.slots && again.fine == list.fine)
        #expect(list.remove(slot: 9) && !list.remove(slot: 9) && !list.remove(slot: 1))
        #expect(list.count == 69 && list.slots[3] == 69 * 3)
    }

    @Test("what is added and taken out leaves the bytes of what stays", arguments: fines)
    func changes(fine: WalkCode?) {
        let rows = ListRows(count: 100, dimension: 33, seed: 2)
        let layout = ListLayout(metric: .l2, dimension: 33, fine: fine)
        var list = rows.list(layout)
        for row in (0..<100).reversed() where row >= 40 { list.remove(slot: UInt32(row) * 3) }
        let fresh = rows.list(layout, 0..<40)
        #expect(list.coarse == fresh.coarse && list.fine == fresh.fine)
        for row in 0..<40 { list.remove(slot: UInt32(row) * 3) }
        #expect(list.count == 0 && list.coarse.isEmpty && list.fine.isEmpty)
    }

    @Test("bytes of another length are no list", arguments: fines)
    func malformed(fine: WalkCode?) {
        let rows = ListRows(count: 33, dimension: 20, seed: 3)
        let layout = ListLayout(metric: .cosine, dimension: 20, fine: fine)
        let list = rows.list(layout)
        for count in [-1, 0, 32, 65, .max, .min] {
            #expect(Self.read(layout, list.coarse, list.fine, count: count) == nil)
        }
        #expect(Self.read(layout, list.coarse.dropLast(), list.fine, count: 33) == nil)
        #expect(Self.read(layout, list.coarse, list.fine + [0], count: 33) == nil)
        let query = ListQuery(layout)
        let centroids = rows.centroids(layout, lists: 1)
        query.prepare(rows[0], k: 5, kept: 5, centroids: centroids, probes: 1)
        let probe = query.probes[0]
        let isScanned = list.coarse.withUnsafeBytes { coarse in
            list.fine.withUnsafeBytes { fine in
                query.scan(probe, coarse: coarse, fine: fine, count: 97)
            }
        }
        #expect(!isScanned && query.candidates().isEmpty)
    }

    @Test("arbitrary bytes of the right length end no process")
    func arbitrary() {
        var random = SplitMix64(seed: 4)
        let rows = ListRows(count: 40, dimension: 24, seed: 4)
        for metric in Self.metrics {
            for fine in Self.fines {
                let layout = ListLayout(metric: metric, dimension: 24, fine: fine)
                let centroids = rows.centroids(layout, lists: 4)
                let query = ListQuery(layout)
                query.prepare(rows[0], k: 10, kept: 20, centroids: centroids, probes: 4)
                for probe in query.probes {
                    let (coarse, fine) = (
                        layout.coarseBytes(entries: 50), layout.fineBytes(entries: 50)
                    )
                    let bytes = (0..<coarse + fine).map { _ in
                        UInt8.random(in: 0...255, using: &random)
                    }
                    bytes.withUnsafeBytes { bytes in
                        _ = query.scan(
                            probe, coarse: UnsafeRawBufferPointer(rebasing: bytes[..<coarse]),
                            fine: UnsafeRawBufferPointer(rebasing: bytes[coarse...]), count: 50)
                    }
                }
                #expect(query.candidates().count <= 20)
            }
        }
    }

    @Test("all lists hold the nearest rows among their candidates", arguments: metrics, fines)
    func candidates(metric: WalkMetric, fine: WalkCode?) {
        let rows = ListRows(count: 2_000, dimension: 48, seed: 5)
        let layout = ListLayout(metric: metric, dimension: 48, fine: fine)
        let lists = SortedLists(rows, layout, lists: 16)
        let query = ListQuery(layout)
        var found = 0
        for number in 0..<50 {
            let vector = rows.query(number)
            query.prepare(
                vector, k: 10, kept: fine == nil ? 300 : 40, centroids: lists.centroids, probes: 16)
            lists.scan(query)
            #expect(query.scanned == 2_000)
            let candidates = Set(query.candidates().map { Int($0) / 3 })
            found += rows.nearest(vector, metric, k: 10).count { candidates.contains($0) }
        }
        #expect(found >= 497, "\(found) of 500")
    }

    @Test("only what passes a filter is a candidate", arguments: metrics)
    func passing(metric: WalkMetric) {
        let rows = ListRows(count: 500, dimension: 16, seed: 6)
        let layout = ListLayout(metric: metric, dimension: 16, fine: .int8)
        let lists = SortedLists(rows, layout, lists: 5)
        let query = ListQuery(layout)
        let passing = SlotBitmap((0..<500).filter { $0 % 7 == 0 }.map { UInt32($0) * 3 })
        query.prepare(rows[0], k: 10, kept: 100, centroids: lists.centroids, probes: 5)
        lists.scan(query, passing: passing)
        #expect(Set(query.candidates()) == Set(passing.slots))
    }

    @Test("every tier finds the same candidates", arguments: metrics, fines)
    func tiers(metric: WalkMetric, fine: WalkCode?) {
        let rows = ListRows(count: 1_000, dimension: 40, seed: 8)
        let layout = ListLayout(metric: metric, dimension: 40, fine: fine)
        let lists = SortedLists(rows, layout, lists: 12)
        let oracle = ListQuery(layout, tier: .scalar)
        for tier in KernelTier.allCases where tier.isAvailable && tier != .scalar {
            let query = ListQuery(layout, tier: tier)
            var shared = 0
            for number in 0..<30 {
                let vector = rows.query(number)
                for one in [oracle, query] {
                    one.prepare(vector, k: 10, kept: 20, centroids: lists.centroids, probes: 5)
                    lists.scan(one)
                }
                #expect(query.probes.map(\.list) == oracle.probes.map(\.list), "\(tier)")
                #expect(query.scanned == oracle.scanned)
                shared += Set(query.candidates()).intersection(oracle.candidates()).count
            }
            // Sums of floats are rounded otherwise, which may change places at the end.
            #expect(shared >= 30 * 20 - 6, "\(tier): \(shared)")
        }
    }

    @Test("training gives the same lists on one thread and on several")
    func trainingThreads() throws {
        let rows = ListRows(count: 6_000, dimension: 12, seed: 9)
        let layout = ListLayout(metric: .l2, dimension: 12, fine: nil)
        let sample = rows.rows.flatMap(\.self)
        let one = try ListCentroids.train(layout, sample: sample, lists: 300, seed: 3, threads: 1)
        let two = try ListCentroids.train(layout, sample: sample, lists: 300, seed: 3, threads: 2)
        #expect(one?.count == 300 && one?.centroids == two?.centroids)
    }

    @Test("lists in one piece are searched like those apart, one query or many at a time")
    func inMemory() {
        let rows = ListRows(count: 3_000, dimension: 32, seed: 10)
        let layout = ListLayout(metric: .l2, dimension: 32, fine: .int8)
        let lists = SortedLists(rows, layout, lists: 20)
        let flat = rows.rows.flatMap(\.self)
        for assignments in 1...2 {
            let whole = ListsInMemory(
                layout, centroids: lists.centroids, rows: flat, count: 3_000,
                assignments: assignments, threads: 2)
            var together: [ListQuery] = []
            var alone: [[UInt32]] = []
            for number in 0..<40 {
                let query = ListQuery(layout)
                query.rowsMayRepeat = assignments > 1
                query.prepare(
                    rows.query(number), k: 10, kept: 30, centroids: lists.centroids, probes: 6)
                whole.scan(query)
                let found = query.candidates()
                #expect(Set(found).count == found.count, "no row twice")
                alone.append(Array(found.prefix(10)))
                if assignments == 1 {
                    let apart = ListQuery(layout)
                    apart.prepare(
                        rows.query(number), k: 10, kept: 30, centroids: lists.centroids, probes: 6)
                    lists.scan(apart)
                    #expect(apart.candidates() == found.map { $0 * 3 })
                }
                query.prepare(
                    rows.query(number), k: 10, kept: 30, centroids: lists.centroids, probes: 6)
                together.append(query)
            }
            whole.scan(together)
            for (query, expected) in zip(together, alone) {
                #expect(Array(query.candidates().prefix(10)) == expected)
            }
        }
    }

    static func read(
        _ layout: ListLayout, _ coarse: some Collection<UInt8>, _ fine: [UInt8], count: Int
    ) -> ListBuffer? {
        Array(coarse).withUnsafeBytes { coarse in
            fine.withUnsafeBytes { ListBuffer(layout, coarse: coarse, fine: $0, count: count) }
        }
    }
}
