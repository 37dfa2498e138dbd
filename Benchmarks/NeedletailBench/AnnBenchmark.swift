import Needletail
import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// The bare graph on arrays: build time, memory and the curve of recall and rate, one query at a
/// time.
struct AnnBenchmark {
    private let data: BenchmarkData
    private let parameters: BuildParameters
    private let code: WalkCode
    private static let efforts = [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512]

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        let codes: [String: WalkCode] = [
            "auto": .int8, "f32": .f32, "f16": .f16, "int8": .int8, "int4": .int4, "bit": .signs,
        ]
        guard let code = codes[options.text("codes") ?? "auto"] else {
            throw DatabaseError(.invalidParameter, "--codes is auto, f32, f16, int8, int4 or bit")
        }
        self.code = code
        parameters = BuildParameters(
            m: try options.integer("m", 16),
            efConstruction: try options.integer("ef-construction", 200),
            threads: try options.integer("build-threads", 2))
    }

    func run() throws {
        let (base, queries, metric, k) = (data.base, data.queries, data.metric, data.k)
        let layout = CodeLayout(
            kind: code, metric: WalkMetric(metric), dimension: base.dimension)
        let before = Measure.residentBytes()
        let start = ContinuousClock.now
        let (rows, dimension) = (base, base.dimension)
        let built = GraphBuilder.build(
            count: base.count, layout: layout, parameters: parameters
        ) { row, vector in
            vector.update(from: rows[row], count: dimension)
            return UInt32(row)
        }
        guard let graph = built else { return }
        let seconds = Measure.seconds(since: start)
        let grown = Measure.residentBytes() - before
        let truth = GroundTruth(base: base, queries: queries, metric: metric, k: k)
        var points: [String] = []
        for effort in Self.efforts where effort >= k || effort == Self.efforts[0] {
            let point = measure(graph, layout, ef: max(effort, k), truth)
            points.append(
                "[\(effort), \(Measure.rounded(point.recall, 5)), "
                    + "\(Measure.rounded(point.rate, 1))]"
            )
            if point.recall > 0.9999 { break }
        }
        print(
            "{\"lib\": \"needletail-\(code)\", \"data\": \"\(data.name)\", "
                + "\"build_s\": \(Measure.rounded(seconds, 2)), "
                + "\"rss_mb\": \(Measure.rounded(Double(grown) / 1e6, 1)), "
                + "\"pts\": [\(points.joined(separator: ", "))]}")
    }

    private func measure(
        _ graph: GraphMemory, _ layout: CodeLayout, ef: Int, _ truth: GroundTruth
    ) -> (recall: Double, rate: Double) {
        let (base, queries, metric, k) = (data.base, data.queries, data.metric, data.k)
        let search = RescoredSearch(graph, layout, base: base, metric: metric)
        var answers = [[Int]](repeating: [], count: queries.count)
        var best = Double.infinity
        for _ in 0..<3 {
            let start = ContinuousClock.now
            for query in 0..<queries.count {
                answers[query] = search.nearest(queries[query], k: k, ef: ef)
            }
            best = min(best, Measure.seconds(since: start))
        }
        var hits = 0
        for query in 0..<queries.count {
            hits += truth.hits(
                answers[query], query: query, base: base, queries: queries, metric: metric)
        }
        return (Double(hits) / Double(queries.count * truth.k), Double(queries.count) / best)
    }
}

/// A walk on codes, with the distances of what may be among the nearest computed from the vectors.
final class RescoredSearch {
    private let graph: GraphMemory
    private let base: VectorFileData
    private let kernel: DistanceKernel
    private let query: WalkQuery
    private let scratch = WalkScratch()
    private let rows: UnsafeMutablePointer<UInt32>
    private let distances: UnsafeMutablePointer<Double>

    init(_ graph: GraphMemory, _ layout: CodeLayout, base: VectorFileData, metric: Metric) {
        self.graph = graph
        self.base = base
        query = WalkQuery(layout)
        // By cosine the rows have length 1 here.
        let exact: Metric = metric == .cosine ? .innerProduct : metric
        guard let kernel = DistanceKernel(metric: exact, element: .f32, dimension: base.dimension)
        else { preconditionFailure("the dimension of a file that was read is in range") }
        self.kernel = kernel
        rows = .allocate(capacity: 4_096)
        distances = .allocate(capacity: 4_096)
    }

    deinit {
        rows.deallocate()
        distances.deallocate()
    }

    func nearest(_ vector: UnsafePointer<Float>, k: Int, ef: Int) -> [Int] {
        graph.prepare(query, vector)
        let count = graph.search(query, ef: ef, k: k, scratch: scratch, into: rows).count
        let prepared = PreparedQuery(kernel, bytes: vector)
        kernel.gather(
            prepared, base: base.components, stride: kernel.rowBytes, rows: rows, count: count,
            into: distances)
        let order = (0..<count).sorted { (distances[$0], rows[$0]) < (distances[$1], rows[$1]) }
        return order.prefix(k).map { Int(rows[$0]) }
    }
}
