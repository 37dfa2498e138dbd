#if FAISS
    import CFaissOracle
    import NeedletailIndex
    import NeedletailKernels
    import Testing

    @Suite("Inverted lists beside FAISS")
    struct ListOracleTests {
        private static let (rowCount, dimension, lists, queries, k) = (20_000, 24, 256, 200, 10)

        /// The same centroids, the same rows, as many lists looked into: what FAISS finds with
        /// whole vectors is found through codes too, once candidates are ranked by their rows.
        @Test(
            "with the same centroids the answers are those of FAISS's IVF",
            arguments: [1, 4, 16, 64], ListTests.fines)
        func sameAnswers(probes: Int, fine: WalkCode?) throws {
            let rows = ListRows(count: Self.rowCount, dimension: Self.dimension, seed: 21)
            let layout = ListLayout(metric: .l2, dimension: Self.dimension, fine: fine)
            let flat = rows.rows.flatMap(\.self)
            let centroids = rows.centroids(layout, lists: Self.lists)
            let oracle = try Self.oracle(flat, centroids, rows, probes)
            let index = ListsInMemory(
                layout, centroids: centroids, rows: flat, count: Self.rowCount, threads: 2)
            let query = ListQuery(layout)
            // Nothing is given up for an estimate.
            query.confidence = 8
            var shared = 0
            for number in 0..<Self.queries {
                let vector = rows.query(number)
                query.prepare(
                    vector, k: Self.k, kept: fine == nil ? 400 : 40, centroids: centroids,
                    probes: probes)
                index.scan(query)
                let nearest = query.candidates().map { row in
                    (row, Self.squaredDistance(vector, rows[Int(row)]))
                }.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.prefix(Self.k)
                shared += nearest.count { oracle[number].contains(Int64($0.0)) }
            }
            let wanted = oracle.reduce(0) { $0 + $1.count }
            // Centroids are compared by codes of 8 bits: of two that are as near as these can tell,
            // the other list may be looked into, which matters most where there is only one.
            let least = probes == 1 ? 0.97 : 0.99
            #expect(
                Double(shared) >= least * Double(wanted), "\(shared) of \(wanted) rows of FAISS's")
        }

        private static func oracle(
            _ flat: [Float], _ centroids: ListCentroids, _ rows: ListRows, _ probes: Int
        ) throws -> [Set<Int64>] {
            var ids = [Int64](repeating: -1, count: queries * k)
            let asked = (0..<queries).flatMap { rows.query($0) }
            let isAnswered = flat.withUnsafeBufferPointer { flat in
                centroids.centroids.withUnsafeBufferPointer { centers in
                    // SAFETY: the counts are those of the arrays.
                    var lists = nt_oracle_lists(
                        dimension: dimension, row_count: rowCount, list_count: centroids.count,
                        rows: flat.baseAddress, centroids: centers.baseAddress)
                    return nt_oracle_search(&lists, asked, queries, probes, k, &ids)
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
