import Needletail
import NeedletailKernels

/// Searches under one predicate by one contract: whether their answers are right, what they cost.
struct FilteredSearch {
    /// What the answers to all queries were like.
    struct Answers {
        var matches = 0
        /// How many of the queries had which plan: one statement may have several.
        var plans: [String: Int] = [:]
        /// Of each query, the share of the exact answer that was found, counted by distance.
        var recalls: [Double] = []
        /// Answers with fewer rows than the exact one, or than `k` and the matches allow.
        var short = 0
        /// Rows that do not satisfy the predicate, or came twice.
        var wrong = 0
        var visited = 0

        /// The plan of most queries.
        var plan: String? { plans.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
        /// The share of the queries that had it.
        var planShare: Double {
            Double(plans.values.max() ?? 0) / Double(max(1, recalls.count))
        }
        var recall: Double { recalls.reduce(0, +) / Double(max(1, recalls.count)) }
    }

    /// The seconds of each query of the best pass, and of the whole pass.
    struct Times {
        let each: [Double]
        let total: Double

        var mean: Double { each.reduce(0, +) / Double(max(1, each.count)) }
        var rate: Double { Double(each.count) / total }
    }

    private let truth: FilteredTruth
    private let contract: String
    private static let passes = 3
    private static let warming = 20
    private static let coldSearches = 5
    private static let explained = 20

    init(_ truth: FilteredTruth, contract: String) {
        (self.truth, self.contract) = (truth, contract)
    }

    private var table: AttributeTable { truth.table }

    private func sql(_ columns: String) -> String { truth.sql(columns, contract) }

    /// Against exact searches.
    func verify() throws -> Answers {
        var answers = Answers()
        answers.matches = truth.matches.count
        let found = try table.database.prepare(sql(truth.columns))
        for (vector, right) in zip(truth.vectors, truth.answers) {
            let answer = try found.query(vector)
            answers.visited += answer.summary.visited
            if let plan = answer.summary.plan { answers.plans[plan, default: 0] += 1 }
            var seen: Set<Int64> = []
            var hits = 0
            for row in answer {
                guard let id = FilteredTruth.id(row), truth.matches.contains(id),
                    seen.insert(id).inserted
                else {
                    answers.wrong += 1
                    continue
                }
                if let limit = right.limit, let distance = FilteredTruth.distance(row),
                    distance <= limit
                {
                    hits += 1
                }
            }
            // Rows without a distance, as zeros by cosine, are in no answer at all.
            if answer.count < min(truth.k, right.count) { answers.short += 1 }
            answers.recalls.append(
                right.count == 0 ? 1 : Double(min(hits, right.count)) / Double(right.count))
        }
        return answers
    }

    /// With what a database remembers of earlier searches; the best of several passes.
    func time(threads: Int) throws -> Times {
        let (statement, vectors) = (try table.database.prepare(sql("id")), truth.vectors)
        for vector in vectors.prefix(Self.warming) { _ = try statement.query(vector) }
        var best: Times?
        for _ in 0..<Self.passes {
            let start = ContinuousClock.now
            let parts = ScanPool.shared.map(parts: threads, threads: threads) { part in
                Result<[Double], any Error> {
                    var seconds: [Double] = []
                    for query in stride(from: part, to: vectors.count, by: threads) {
                        let start = ContinuousClock.now
                        _ = try statement.query(vectors[query])
                        seconds.append(Measure.seconds(since: start))
                    }
                    return seconds
                }
            }
            let total = Measure.seconds(since: start)
            let times = Times(each: try parts.flatMap { try $0.get() }, total: total)
            if best.map({ total < $0.total }) ?? true { best = times }
        }
        return best ?? Times(each: [], total: 1)
    }

    /// The median seconds of a search right after a commit that changed a row in a column that no
    /// filter reads; a row that does not match, where there is one.
    func cold() throws -> Double {
        let statement = try table.database.prepare(sql("id"))
        let row = table.ids.first { !truth.matches.contains($0) } ?? table.ids[0]
        let seconds = try truth.vectors.prefix(Self.coldSearches).enumerated().map { turn, vector in
            try table.database.execute(
                "UPDATE t SET \(AttributeTable.touched) = $1 WHERE id = $2", turn, row)
            let start = ContinuousClock.now
            _ = try statement.query(vector)
            return Measure.seconds(since: start)
        }
        return Measure.quantile(seconds, 0.5)
    }

    /// Distances computed for a query, the mean of a few; `nil` where EXPLAIN does not tell.
    func distances() throws -> Double? {
        let asked = truth.vectors.prefix(Self.explained)
        var sum: Int?
        for vector in asked {
            let told = try table.database.query(
                "EXPLAIN (ANALYZE, FORMAT JSON) " + sql("id"), vector)
            if case .json(let plan)? = told.first?[0], let some = Self.total("Distances", plan) {
                sum = (sum ?? 0) + some
            }
        }
        return sum.map { Double($0) / Double(asked.count) }
    }

    /// The sum of all numbers called `name` in a plan.
    private static func total(_ name: String, _ json: JSON) -> Int? {
        switch json {
        case .array(let elements):
            let found = elements.compactMap { total(name, $0) }
            return found.isEmpty ? nil : found.reduce(0, +)
        case .object(let object):
            let found = object.members.compactMap { member -> Int? in
                if member.key == name, case .int(let value) = member.value { return Int(value) }
                return total(name, member.value)
            }
            return found.isEmpty ? nil : found.reduce(0, +)
        default: return nil
        }
    }
}
