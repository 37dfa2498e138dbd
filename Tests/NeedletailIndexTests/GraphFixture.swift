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

    /// Bits, as components of 0 and 1, that differ in some places from one of `centers` centres.
    static func bits(
        _ count: Int, dimension: Int, centers: Int = 20, seed: UInt64
    ) -> [[Float]] {
        var random = SplitMix64(seed: seed)
        let middle = (0..<centers).map { _ in
            (0..<dimension).map { _ in Float(Int.random(in: 0...1, using: &random)) }
        }
        return (0..<count).map { _ in
            let center = middle[Int.random(in: 0..<centers, using: &random)]
            return center.map { Int.random(in: 0..<6, using: &random) == 0 ? 1 - $0 : $0 }
        }
    }

    /// Vectors as codes of this kind have them.
    static func vectors(
        for code: WalkCode, _ count: Int, dimension: Int, seed: UInt64
    ) -> [[Float]] {
        code == .bits
            ? bits(count, dimension: dimension, seed: seed)
            : clustered(count, dimension: dimension, seed: seed)
    }

    /// Rows in the order of a search.
    func search(_ vector: [Float], ef: Int, k: Int) -> [Int] {
        let query = WalkQuery(layout)
        graph.prepare(query, vector)
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
        func sum(_ term: (Double, Double) -> Double) -> Double {
            zip(vector, other).reduce(0) { $0 + term(Double($1.0), Double($1.1)) }
        }
        switch layout.metric {
        case .l2: return sum { ($0 - $1) * ($0 - $1) }
        case .innerProduct: return -sum { $0 * $1 }
        case .cosine:
            let squares = other.reduce(0) { $0 + Double($1) * Double($1) }
            return squares == 0 ? 0 : -sum { $0 * $1 } / squares.squareRoot()
        case .l1: return sum { abs($0 - $1) }
        case .hamming: return sum { $0 == $1 ? 0 : 1 }
        case .jaccard:
            let either = sum { max($0, $1) }
            return either == 0 ? 0 : 1 - sum { min($0, $1) } / either
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
