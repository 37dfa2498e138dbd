import Needletail
import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// Many queries at once over the bare inverted lists: how many a second, for batches of several
/// sizes, at the fewest lists that reach a recall.
struct BatchBenchmark {
    private let data: BenchmarkData
    private let search: ListSearch.Settings
    private let sizes: [Int]
    private let threads: [Int]
    private let recall: Double

    init(_ options: Options) throws {
        data = try BenchmarkData(options)
        search = try ListSearch.Settings(options, data)
        func numbers(_ name: String, _ fallback: String) throws -> [Int] {
            try (options.text(name) ?? fallback).split(separator: ",").map { text in
                guard let number = Int(text), (1...65_536).contains(number) else {
                    throw DatabaseError(
                        .invalidParameter, "--\(name) takes numbers from 1 on, with commas")
                }
                return number
            }
        }
        sizes = try numbers("batch", "1,16,256")
        threads = try numbers("threads", "1,2")
        recall = Double(options.text("recall") ?? "0.95") ?? 0.95
    }

    func run() throws {
        let index = try search.build(data)
        let truth = GroundTruth(
            base: data.base, queries: data.queries, metric: data.metric, k: data.k)
        for probes in ListBenchmark.probes where probes <= index.centroids.count {
            let single = ListSearch(index, data, search, probes: probes)
            let answers = (0..<data.queries.count).map { single.nearest(data.queries[$0]) }
            let found = truth.recall(answers, data)
            guard found >= recall else { continue }
            for threads in threads {
                for size in sizes { try report(index, probes, threads, size, truth) }
            }
            return
        }
        throw DatabaseError(.invalidParameter, "no number of lists has a recall of \(recall)")
    }

    private func report(
        _ index: ListsInMemory, _ probes: Int, _ threads: Int, _ size: Int, _ truth: GroundTruth
    ) throws {
        let batch = ListBatch(index, data, search, probes: probes, size: size, threads: threads)
        let (answers, seconds) = batch.run()
        Measure.report([
            "lib": "needletail-ivf-\(search.name)", "data": data.name,
            "lists": index.centroids.count, "probes": probes, "batch": size, "threads": threads,
            "recall": truth.recall(answers, data),
            "qps": Double(data.queries.count) / seconds,
        ])
    }
}

/// All queries in batches of one size. The queries of a batch are parted among threads; each part
/// shares what it reads of the lists.
private final class ListBatch {
    private let index: ListsInMemory
    private let data: BenchmarkData
    private let size: Int
    private let threads: Int
    private let searches: [ListSearch]

    init(
        _ index: ListsInMemory, _ data: BenchmarkData, _ settings: ListSearch.Settings, probes: Int,
        size: Int, threads: Int
    ) {
        self.index = index
        self.data = data
        self.size = min(size, data.queries.count)
        self.threads = threads
        searches = (0..<self.size).map { _ in ListSearch(index, data, settings, probes: probes) }
    }

    /// The answers, and the least of three times that all took.
    func run() -> ([[Int]], seconds: Double) {
        var answers: [[Int]] = []
        var best = Double.infinity
        for _ in 0..<3 {
            answers = []
            answers.reserveCapacity(data.queries.count)
            let start = ContinuousClock.now
            for first in stride(from: 0, to: data.queries.count, by: size) {
                answers += answer(first..<min(first + size, data.queries.count))
            }
            best = min(best, Measure.seconds(since: start))
        }
        return (answers, best)
    }

    private func answer(_ range: Range<Int>) -> [[Int]] {
        let (index, queries) = (index, data.queries)
        nonisolated(unsafe) let searches = searches
        let parts = min(threads, range.count)
        let found = ScanPool.shared.map(parts: parts, threads: threads) { part in
            let places = range.count * part / parts..<range.count * (part + 1) / parts
            let own = searches[places]
            for place in places { searches[place].prepare(queries[range.lowerBound + place]) }
            if own.count == 1, let only = own.first {
                index.scan(only.query)
            } else {
                index.scan(own.map(\.query))
            }
            return places.map { searches[$0].ranked(queries[range.lowerBound + $0]) }
        }
        return found.flatMap(\.self)
    }
}
