import Needletail
import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// The bare inverted lists on arrays: build time, memory and the curve of recall and rate over the
/// number of lists that are looked into, one query at a time.
struct ListBenchmark {
    private let data: BenchmarkData
    private let search: ListSearch.Settings
    private let isVerbose: Bool
    static let probes = [1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256]

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        search = try ListSearch.Settings(options, data)
        isVerbose = options.text("counts") != nil
    }

    func run() throws {
        let before = Measure.residentBytes()
        let start = ContinuousClock.now
        let index = try search.build(data)
        let seconds = Measure.seconds(since: start)
        let grown = Measure.residentBytes() - before
        let truth = GroundTruth(
            base: data.base, queries: data.queries, metric: data.metric, k: data.k)
        var points: [String] = []
        for probes in Self.probes where probes <= index.centroids.count {
            let searches = ListSearch(index, data, search, probes: probes)
            let point = measure(searches, truth)
            points.append(
                "[\(probes), \(Measure.rounded(point.recall, 5)), "
                    + "\(Measure.rounded(point.rate, 1))"
                    + (isVerbose ? ", \(searches.scanned), \(searches.refined)]" : "]"))
            if point.recall > 0.9995 { break }
        }
        print(
            "{\"lib\": \"needletail-ivf-\(search.name)\", \"data\": \"\(data.name)\", "
                + "\"lists\": \(index.centroids.count), "
                + "\"build_s\": \(Measure.rounded(seconds, 2)), "
                + "\"rss_mb\": \(Measure.rounded(Double(grown) / 1e6, 1)), "
                + "\"pts\": [\(points.joined(separator: ", "))]}")
    }

    private func measure(
        _ search: ListSearch, _ truth: GroundTruth
    ) -> (recall: Double, rate: Double) {
        let queries = data.queries
        var answers = [[Int]](repeating: [], count: queries.count)
        var best = Double.infinity
        for _ in 0..<3 {
            let start = ContinuousClock.now
            for query in 0..<queries.count { answers[query] = search.nearest(queries[query]) }
            best = min(best, Measure.seconds(since: start))
        }
        return (truth.recall(answers, data), Double(queries.count) / best)
    }
}

extension GroundTruth {
    /// The share of right answers among `answers`, one for each query.
    func recall(_ answers: [[Int]], _ data: BenchmarkData) -> Double {
        var found = 0
        for (query, answer) in answers.enumerated() {
            found += hits(
                answer, query: query, base: data.base, queries: data.queries, metric: data.metric)
        }
        return Double(found) / Double(max(1, answers.count * k))
    }
}

/// A search of lists by codes, with the distances of what may be among the nearest computed from
/// the vectors.
final class ListSearch {
    /// What is common to all searches of a benchmark.
    struct Settings {
        let lists: Int
        let fine: WalkCode?
        let kept: Int
        let confidence: Double
        let assignments: Int
        let threads: Int

        init(_ options: Options, _ data: BenchmarkData) throws {
            let codes: [String: WalkCode?] = [
                "auto": .int8, "int8": .int8, "int4": .int4, "f16": .f16, "f32": .f32, "none": nil,
            ]
            guard let fine = codes[options.text("codes") ?? "auto"] else {
                throw DatabaseError(
                    .invalidParameter, "--codes is auto, none, f32, f16, int8 or int4")
            }
            self.fine = fine
            lists = try options.integer(
                "lists", ListCentroids.lists(forRows: data.base.count))
            kept = try options.integer("kept", fine == nil ? 10 * data.k : data.k + 6)
            confidence = Double(options.text("confidence") ?? "1.9") ?? 1.9
            assignments = min(2, try options.integer("assign", 1))
            threads = try options.integer("build-threads", 2)
        }

        /// The second codes, and where it is so that rows are in two lists.
        var name: String {
            (fine.map { "\($0)" } ?? "bit") + (assignments > 1 ? "-2" : "")
        }

        func build(_ data: BenchmarkData) throws -> ListsInMemory {
            let layout = ListLayout(
                metric: WalkMetric(data.metric), dimension: data.base.dimension, fine: fine)
            let (base, dimension) = (data.base, data.base.dimension)
            let start = ContinuousClock.now
            let size = min(base.count, ListCentroids.sampleRows(lists: lists))
            var sample: [Float] = []
            sample.reserveCapacity(size * dimension)
            for row in 0..<size {
                let from = base[row * base.count / size]
                sample.append(contentsOf: UnsafeBufferPointer(start: from, count: dimension))
            }
            guard
                let centroids = try ListCentroids.train(
                    layout, sample: sample, lists: min(lists, size), seed: 1, threads: threads)
            else { throw DatabaseError(.internalError, "training was stopped") }
            let trained = Measure.seconds(since: start)
            let index = ListsInMemory(
                layout, centroids: centroids, rows: base.components, count: base.count,
                assignments: assignments, threads: threads)
            let all = Measure.seconds(since: start)
            Measure.note("trained in \(trained) s, filled in \(all - trained) s")
            return index
        }
    }

    private let index: ListsInMemory
    private let data: BenchmarkData
    private let settings: Settings
    private let probes: Int
    let query: ListQuery
    private let kernel: DistanceKernel
    private let distances: UnsafeMutablePointer<Double>
    private let rows: UnsafeMutablePointer<UInt32>
    /// Entries that were compared so far, and by their second codes.
    private(set) var scanned = 0
    private(set) var refined = 0

    init(_ index: ListsInMemory, _ data: BenchmarkData, _ settings: Settings, probes: Int) {
        self.index = index
        self.data = data
        self.settings = settings
        self.probes = probes
        query = ListQuery(index.layout)
        query.rowsMayRepeat = settings.assignments > 1
        query.confidence = Float(settings.confidence)
        // By cosine the rows have length 1 here.
        let exact: Metric = data.metric == .cosine ? .innerProduct : data.metric
        guard
            let kernel = DistanceKernel(
                metric: exact, element: .f32, dimension: data.base.dimension)
        else { preconditionFailure("the dimension of a file that was read is in range") }
        self.kernel = kernel
        distances = .allocate(capacity: max(settings.kept, data.k))
        rows = .allocate(capacity: max(settings.kept, data.k))
    }

    deinit {
        distances.deallocate()
        rows.deallocate()
    }

    func prepare(_ vector: UnsafePointer<Float>) {
        query.prepare(
            vector, k: data.k, kept: settings.kept, centroids: index.centroids, probes: probes)
    }

    func nearest(_ vector: UnsafePointer<Float>) -> [Int] {
        prepare(vector)
        index.scan(query)
        return ranked(vector)
    }

    func ranked(_ vector: UnsafePointer<Float>) -> [Int] {
        let count = query.candidateCount
        query.candidates(into: rows)
        let prepared = PreparedQuery(kernel, bytes: vector)
        kernel.gather(
            prepared, base: data.base.components, stride: kernel.rowBytes, rows: rows,
            count: count, into: distances)
        scanned += query.scanned
        refined += query.refined
        let order = (0..<count).sorted {
            (distances[$0], rows[$0]) < (distances[$1], rows[$1])
        }
        return order.prefix(data.k).map { Int(rows[$0]) }
    }
}
