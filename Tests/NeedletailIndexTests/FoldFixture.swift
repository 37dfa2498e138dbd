import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// A graph that rows come to and go from; a row's slot is its place among all vectors.
struct FoldFixture {
    let vectors: [[Float]]
    let layout: CodeLayout
    var parameters: BuildParameters
    private(set) var live: [Int]
    private(set) var graph: GraphMemory
    private(set) var isFresh = true
    /// Sizes of what was held out of the last fold.
    private(set) var heldOut: [Int] = []

    init(
        _ vectors: [[Float]], live: [Int], metric: WalkMetric = .l2, code: WalkCode = .int8,
        parameters: BuildParameters = BuildParameters(m: 8, efConstruction: 64)
    ) {
        self.vectors = vectors
        self.live = live
        self.parameters = parameters
        layout = CodeLayout(kind: code, metric: metric, dimension: vectors.first?.count ?? 1)
        graph = Self.fresh(vectors, live, layout, parameters)
    }

    private static func fresh(
        _ vectors: [[Float]], _ live: [Int], _ layout: CodeLayout, _ parameters: BuildParameters
    ) -> GraphMemory {
        let built = GraphBuilder.build(
            count: live.count, layout: layout, parameters: parameters
        ) { row, vector in
            vector.update(from: vectors[live[row]], count: layout.dimension)
            return UInt32(live[row])
        }
        guard let built else { preconditionFailure("nothing stops this build") }
        return built
    }

    mutating func rebuild() { graph = Self.fresh(vectors, live, layout, parameters) }

    mutating func fold(without gone: some Collection<Int>, adding coming: some Collection<Int>) {
        let dead = Set(gone)
        let rows = (live.filter { !dead.contains($0) } + coming).sorted()
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
        let (vectors, dimension) = (vectors, layout.dimension)
        var heldOut: [Int] = []
        let folded = GraphBuilder.fold(
            into: graph, count: rows.count, layout: layout, parameters: parameters,
            rowOf: { places[Int($0)] }, heldOut: { heldOut.append($1.count) },
            row: { row, vector in
                vector.update(from: vectors[rows[row]], count: dimension)
                return UInt32(rows[row])
            })
        guard let folded else { preconditionFailure("nothing stops this fold") }
        (graph, isFresh, live) = (folded.graph, folded.isFresh, rows)
        self.heldOut = heldOut
    }

    func search(_ vector: [Float], ef: Int, k: Int) -> [Int] {
        let query = WalkQuery(layout)
        graph.prepare(query, vector)
        var rows = [UInt32](repeating: 0, count: 2 * max(ef, 1))
        let count = graph.search(query, ef: ef, k: k, scratch: WalkScratch(), into: &rows).count
        return rows.prefix(count).map(Int.init)
    }

    /// Share of the right answers among the best `k` found, rescored.
    func recall(queries: [[Float]], ef: Int, k: Int = 10) -> Double {
        var hits = 0
        for query in queries {
            let right = live.map { distance(query, $0) }.sorted()[k - 1] + 1e-6
            hits += min(k, search(query, ef: ef, k: k).count { distance(query, $0) <= right })
        }
        return Double(hits) / Double(queries.count * k)
    }

    private func distance(_ query: [Float], _ row: Int) -> Double {
        let other = vectors[row]
        var (product, own, apart) = (0.0, 0.0, 0.0)
        for place in query.indices {
            let (left, right) = (Double(query[place]), Double(other[place]))
            product += left * right
            own += right * right
            apart += (left - right) * (left - right)
        }
        switch layout.metric {
        case .cosine: return own == 0 ? 0 : -product / own.squareRoot()
        case .innerProduct: return -product
        default: return apart
        }
    }

    /// The slots of all rows of the graph.
    var slots: [Int] {
        var slots: [Int] = []
        graph.view.forEachRow { slot, _ in slots.append(Int(slot)) }
        return slots.sorted()
    }
}
