import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// Clustered vectors, and graphs over them.
struct GraphFixture {
    let vectors: [[Float]]
    let layout: CodeLayout
    let graph: GraphMemory

    init(
        _ vectors: [[Float]], metric: WalkMetric = .l2, code: WalkCode = .int8,
        parameters: BuildParameters = BuildParameters(m: 8, efConstruction: 64)
    ) {
        self.vectors = vectors
        layout = CodeLayout(kind: code, metric: metric, dimension: vectors.first?.count ?? 1)
        let built = GraphBuilder.build(
            count: vectors.count, layout: layout, parameters: parameters
        ) { row, vector in
            vector.update(from: vectors[row], count: vectors[row].count)
            return UInt32(row)
        }
        guard let built else { preconditionFailure("nothing stops this build") }
        graph = built
    }

    /// `count` vectors around `centers` centres.
    static func clustered(
        _ count: Int, dimension: Int, centers: Int = 20, seed: UInt64
    ) -> [[Float]] {
        var random = SplitMix64(seed: seed)
        let middle = (0..<centers).map { _ in
            (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        }
        return (0..<count).map { _ in
            let center = middle[Int.random(in: 0..<centers, using: &random)]
            return center.map { $0 + Float.random(in: -0.3...0.3, using: &random) }
        }
    }

    /// Rows in the order of a search.
    func search(_ vector: [Float], ef: Int, k: Int) -> [Int] {
        let query = WalkQuery(layout)
        query.prepare(vector)
        var rows = [UInt32](repeating: 0, count: 2 * max(ef, 1))
        let count = graph.search(query, ef: ef, k: k, scratch: WalkScratch(), into: &rows).count
        return rows.prefix(count).map(Int.init)
    }

    /// The nearest `k` rows by the vectors themselves.
    func exact(_ vector: [Float], k: Int) -> [Int] {
        Array(vectors.indices.sorted { distance(vector, $0) < distance(vector, $1) }.prefix(k))
    }

    func distance(_ vector: [Float], _ row: Int) -> Double {
        let other = vectors[row]
        switch layout.metric {
        case .l2:
            return zip(vector, other).reduce(0) { $0 + Double($1.0 - $1.1) * Double($1.0 - $1.1) }
        case .innerProduct:
            return -zip(vector, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        case .cosine:
            let dot = zip(vector, other).reduce(0) { $0 + Double($1.0) * Double($1.1) }
            let squares = other.reduce(0) { $0 + Double($1) * Double($1) }
            return squares == 0 ? 0 : -dot / squares.squareRoot()
        }
    }

    /// Share of the right answers among the best `k` found, rescored.
    func recall(queries: [[Float]], ef: Int, k: Int) -> Double {
        var hits = 0
        for query in queries {
            let right = exact(query, k: k)
            let limit = distance(query, right[right.count - 1]) + 1e-6
            let found = search(query, ef: ef, k: k)
            hits += min(k, Set(found).count { distance(query, $0) <= limit })
        }
        return Double(hits) / Double(queries.count * k)
    }
}
