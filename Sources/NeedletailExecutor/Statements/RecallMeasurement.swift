import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// `RECALL n FOR query`: what the search of a query finds and costs at several settings, with
/// stored vectors in place of the query's own.
///
/// The filter, the limit and the snapshot are the query's. A row whose vector is the query does not
/// count, neither as found nor as missed: every search finds it.
struct RecallMeasurement {
    static let columns: [Column] =
        [Column(name: "setting", type: .text)]
        + ["recall", "worst", "p50_ms", "p99_ms", "compared"].map {
            Column(name: $0, type: .double)
        } + [Column(name: "note", type: .text)]

    /// The samples of one table at one commit are always the same.
    private static let seed: UInt64 = 1
    private static let widths = [16, 32, 64, 128, 256, 512, 1_000]
    private static let probes = [1, 2, 4, 8, 16, 32, 64, 128, 256]
    private static let targets = [0.9, 0.95, 0.99]

    private let search: ExactSearch
    /// As the statement says.
    private let own: QueryOptions
    private let sampleCount: Int
    private let run: PlanRun
    private let reader: TableReader

    /// A stored vector and what it finds by comparing every row.
    private struct Sample {
        let slot: UInt32
        let vector: Value
        var truth: [TopK.Candidate] = []
    }

    /// What one setting came to.
    private struct Measured {
        let setting: String
        let isOwn: Bool
        var recalls: [Double] = []
        var nanoseconds: [Int64] = []
        /// Codes and stored vectors.
        var compared = 0

        var recall: Double { recalls.reduce(0, +) / Double(max(1, recalls.count)) }
        var meanCompared: Double { Double(compared) / Double(max(1, recalls.count)) }

        func milliseconds(at share: Double) -> Double {
            let sorted = nanoseconds.sorted()
            guard !sorted.isEmpty else { return 0 }
            let place = Int((share * Double(sorted.count)).rounded(.up)) - 1
            return Double(sorted[min(max(place, 0), sorted.count - 1)]) / 1e6
        }
    }

    /// Errors: 22023 where the query has no search, or the number of samples is out of range.
    init(_ recall: BoundRecall, _ run: PlanRun) throws(DatabaseError) {
        self.run = run
        own = recall.query.options
        var query = recall.query
        query.options = query.options.asWide
        guard var search = try Planner.plan(query).search else {
            throw DatabaseError(
                .invalidParameter, "RECALL measures a search, and this query has none",
                hint: "Write a query that orders rows by their distance from a vector.",
                position: recall.sampleCount.range)
        }
        // How many lists to probe says that lists are searched.
        if own.values[.probes] != nil {
            search.index = try Planner.plan(recall.query).search?.index
        }
        self.search = search
        reader = try run.scope.reader(search.table)
        let count = try run.expressions.compile(recall.sampleCount)(run, [])
        guard case .int(let number) = count, (1...Int64(Limits.recallSamplesMax)).contains(number)
        else {
            throw DatabaseError(
                .invalidParameter,
                "RECALL samples 1 to \(Limits.recallSamplesMax) rows",
                position: recall.sampleCount.range)
        }
        sampleCount = Int(number)
    }

    func rows() throws(DatabaseError) -> [[Value]] {
        var samples = try chooseSamples()
        for place in samples.indices {
            let found = try nearest(samples[place], QueryOptions.exact, run.separate())
            samples[place].truth = found.filter { $0.slot != samples[place].slot }
        }
        var measured = [try measure(own, name: ownName, isOwn: true, samples)]
        for (name, options) in settings where name != measured[0].setting {
            measured.append(try measure(options, name: name, isOwn: false, samples))
        }
        let target = try run.valuesOf(own).recall ?? SearchOptions.recallDefault
        let best = measured.indices.filter { measured[$0].recall >= target }
            .min { measured[$0].compared < measured[$1].compared }
        run.counters.notices.append(notice(samples.count, target, best.map { measured[$0] }))
        return measured.indices.map { row(measured[$0], isBest: $0 == best) }
    }

    // MARK: Samples

    private func chooseSamples() throws(DatabaseError) -> [Sample] {
        var random = SplitMix64(seed: Self.seed)
        var slots = Array(try reader.liveSlots().slots)
        let rows = reader.rows(needed: ColumnSelection([search.column]))
        var samples: [Sample] = []
        var taken = 0
        while samples.count < sampleCount, taken < slots.count {
            slots.swapAt(taken, Int.random(in: taken..<slots.count, using: &random))
            let vector = try rows.row(at: Slot(slots[taken]))[search.column]
            if !vector.isNull { samples.append(Sample(slot: slots[taken], vector: vector)) }
            taken += 1
        }
        return samples
    }

    // MARK: Settings

    /// What the statement asks for, as it would be written.
    private var ownName: String {
        if own.isExact || search.index == nil { return "exact" }
        let options = try? run.valuesOf(own)
        let isOfLists = search.index?.method == .ivf
        if isOfLists, let probes = options?.probes { return "probes = \(probes)" }
        if !isOfLists, let width = options?.efSearch { return "ef_search = \(width)" }
        if let recall = options?.recall { return "recall = \(recall)" }
        if isOfLists, let probes = run.probes { return "probes = \(probes)" }
        if !isOfLists, let width = run.efSearch { return "ef_search = \(width)" }
        return "recall = \(SearchOptions.recallDefault)"
    }

    private var settings: [(name: String, options: QueryOptions)] {
        guard let index = search.index else { return [("exact", .exact)] }
        let width = index.method == .ivf ? QueryOptions.Name.probes : .efSearch
        var settings: [(name: String, options: QueryOptions)] = []
        for target in Self.targets {
            var options = own.asWide
            options.values[.recall] = .constant(.double(target), .double)
            settings.append(("recall = \(target)", options))
        }
        for number in index.method == .ivf ? Self.probes : Self.widths {
            var options = own.asWide
            options.values[width] = .constant(.int(Int64(number)), .bigint)
            settings.append(("\(width.rawValue) = \(number)", options))
        }
        return settings + [("exact", .exact)]
    }

    // MARK: Measuring

    private func measure(
        _ options: QueryOptions, name: String, isOwn: Bool, _ samples: [Sample]
    ) throws(DatabaseError) -> Measured {
        var measured = Measured(setting: name, isOwn: isOwn)
        for sample in samples {
            try run.cancellation.check()
            let own = run.separate()
            let start = MonotonicClock.nanoseconds()
            let found = try nearest(sample, options, own)
            measured.nanoseconds.append(MonotonicClock.nanoseconds() - start)
            measured.recalls.append(Self.recall(of: found, sample))
            measured.compared += own.counters.work.codes + own.counters.work.distances
        }
        return measured
    }

    /// Share of the true answer; a row as near as its last is as good.
    private static func recall(of found: [TopK.Candidate], _ sample: Sample) -> Double {
        guard let limit = sample.truth.last?.distance else { return 1 }
        let hits = found.count { $0.slot != sample.slot && $0.distance <= limit }
        return Double(min(hits, sample.truth.count)) / Double(sample.truth.count)
    }

    private func nearest(
        _ sample: Sample, _ options: QueryOptions, _ run: PlanRun
    ) throws(DatabaseError) -> [TopK.Candidate] {
        var search = search
        search.options = options
        if options.isExact { search.index = nil }
        search.query = .constant(sample.vector, search.table.columns[search.column].type)
        let compiled = CompiledExactSearch(search, run.expressions)
        return try ExactSearchRun(compiled, reader: reader, run).nearest()
    }

    // MARK: Telling

    private func row(_ measured: Measured, isBest: Bool) -> [Value] {
        var notes: [String] = measured.isOwn ? ["current"] : []
        if isBest { notes.append("suggested") }
        return [
            .text(measured.setting), .double(measured.recall),
            .double(measured.recalls.min() ?? 1), .double(measured.milliseconds(at: 0.5)),
            .double(measured.milliseconds(at: 0.99)), .double(measured.meanCompared),
            notes.isEmpty ? .null : .text(notes.joined(separator: ", ")),
        ]
    }

    private func notice(_ count: Int, _ target: Double, _ best: Measured?) -> Notice {
        let sampled =
            "sampled \(CountText.plural(count, "stored vector", "stored vectors")) with seed "
            + "\(Self.seed), each without its own row"
        guard count > 0, let best else { return Notice("00000", sampled) }
        return Notice(
            "00000", sampled,
            hint: best.isOwn
                ? "The setting reaches recall \(target) with the fewest comparisons of these."
                : "WITH (\(best.setting)) reaches recall \(target) with the fewest comparisons.")
    }
}

extension QueryOptions {
    /// Nothing is left to an index, and nothing cuts it short.
    static var exact: QueryOptions {
        var options = QueryOptions()
        options.isExact = true
        return options
    }

    /// The same without what says how widely to search.
    var asWide: QueryOptions {
        var options = self
        options.isExact = false
        options.values[.recall] = nil
        options.values[.efSearch] = nil
        options.values[.probes] = nil
        return options
    }
}

extension PlanRun {
    /// What `options` say in this execution.
    func valuesOf(_ options: QueryOptions) throws(DatabaseError) -> SearchOptions {
        try SearchOptions(options, parameters: parameters)
    }
}
