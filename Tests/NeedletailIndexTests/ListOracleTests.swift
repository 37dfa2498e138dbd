#if FAISS
    import CFaissOracle
    import NeedletailIndex
    import NeedletailKernels
    import Testing

    @Suite("Inverted lists beside FAISS")
    struct ListOracleTests {
        private static let (rowCount, dimension, lists, queries, k) = (20_000, 24, 256, 200, 10)

        /// The same centroids, rows and lists looked into: what FAISS finds with whole vectors is
        /// found through codes too, once candidates are ranked by their rows.
        @Test(
            "in the same lists the answers are those of FAISS's IVF",
            arguments: [1, 4, 16, 64], ListTests.fines)
        func sameAnswers(probes: Int, fine: WalkCode?) throws {
            let rows = ListRows(count: Self.rowCount, dimension: Self.dimension, seed: 21)
            let layout = ListLayout(metric: .l2, dimension: Self.dimension, fine: fine)
            let flat = rows.rows.flatMap(\.self)
            let centroids = rows.centroids(layout, lists: Self.lists)
            let index = ListsInMemory(
                layout, centroids: centroids, rows: flat, count: Self.rowCount, threads: 2)
            let query = ListQuery(layout)
            // Nothing is given up for an estimate.
            query.confidence = 8
            var probed: [Int64] = []
            var found: [[Int64]] = []
            for number in 0..<Self.queries {
                let vector = rows.query(number)
                query.prepare(
                    vector, k: Self.k, kept: fine == nil ? 400 : 40, centroids: centroids,
                    probes: probes)
                let lists = query.probes.map { Int($0.list) }
                expectNearest(lists, vector, centroids)
                probed += lists.map(Int64.init)
                index.scan(query)
                let nearest = query.candidates().map { row in
                    (row, Self.squaredDistance(vector, rows[Int(row)]))
                }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(Self.k)
                found.append(nearest.map { Int64($0.0) })
            }
            let oracle = try Self.oracle(flat, centroids, rows, probed, probes)
            let shared = zip(found, oracle).reduce(0) { $0 + $1.1.intersection($1.0).count }
            let wanted = oracle.reduce(0) { $0 + $1.count }
            #expect(
                Double(shared) >= 0.995 * Double(wanted), "\(shared) of \(wanted) rows of FAISS's")
        }

        /// Codes of 8 bits choose the lists, so that another may come in the place of one that is
        /// as near as these can tell.
        private func expectNearest(
            _ lists: [Int], _ vector: [Float], _ centroids: ListCentroids
        ) {
            let distances = (0..<centroids.count).map { place in
                let first = place * Self.dimension
                return Self.squaredDistance(
                    vector, Array(centroids.centroids[first..<first + Self.dimension]))
            }
            let least = distances.sorted().prefix(lists.count).reduce(0, +)
            let chosen = lists.reduce(0) { $0 + distances[$1] }
            #expect(Set(lists).count == lists.count && chosen <= least * 1.03)
        }

        private static func oracle(
            _ flat: [Float], _ centroids: ListCentroids, _ rows: ListRows, _ probed: [Int64],
            _ probes: Int
        ) throws -> [Set<Int64>] {
            var ids = [Int64](repeating: -1, count: queries * k)
            let asked = (0..<queries).flatMap { rows.query($0) }
            let isAnswered = flat.withUnsafeBufferPointer { flat in
                centroids.centroids.withUnsafeBufferPointer { centers in
                    // SAFETY: the counts are those of the arrays.
                    var lists = nt_oracle_lists(
                        dimension: dimension, row_count: rowCount, list_count: centroids.count,
                        rows: flat.baseAddress, centroids: centers.baseAddress)
                    return nt_oracle_search(&lists, asked, queries, probed, probes, k, &ids)
                }
            }
            try #require(isAnswered)
            return (0..<queries).map { query in
                Set(ids[query * k..<(query + 1) * k].filter { $0 >= 0 })
            }
        }

        private static func squaredDistance(_ left: [Float], _ right: [Float]) -> Float {
            zip(left, right).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
        }
    }
#endif
