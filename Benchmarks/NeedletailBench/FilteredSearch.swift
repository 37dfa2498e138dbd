import Needletail
import NeedletailKernels

/// Searches under one predicate: whether their answers are right, what they cost.
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

    private let table: AttributeTable
    private let condition: String
    private let k: Int
    private let contract: String
    /// The keys of the rows that satisfy the predicate.
    private let matches: Set<Int64>
    private static let passes = 3
    private static let warming = 20
    private static let coldSearches = 5
    private static let explained = 20

    /// - Parameter predicate: `nil` searches all rows.
    init(
        _ table: AttributeTable, predicate: String?, k: Int, contract: String
    ) throws {
        (self.table, self.k, self.contract) = (table, k, contract)
        // A line of its own, so that a comment at its end does not swallow the bracket.
        condition = predicate.map { "WHERE (\($0)\n)" } ?? ""
        var matches: Set<Int64> = []
        let cursor = try table.database.cursor("SELECT id FROM t \(condition)")
        while let row = try cursor.next() {
            if let id = Self.id(row) { matches.insert(id) }
        }
        self.matches = matches
    }

    private func sql(_ columns: String, _ contract: String) -> String {
        "SELECT \(columns) FROM t \(condition) ORDER BY v \(table.sign) $1 LIMIT \(k) \(contract)"
    }

    /// Against exact searches.
    func verify(_ vectors: [[Float]]) throws -> Answers {
        var answers = Answers()
        answers.matches = matches.count
        let columns = "id, v \(table.sign) $1 AS d"
        let found = try table.database.prepare(sql(columns, contract))
        let exact = try table.database.prepare(sql(columns, "WITH (exact)"))
        for vector in vectors {
            let right = try exact.query(vector)
            let answer = try found.query(vector)
            answers.visited += answer.summary.visited
            if let plan = answer.summary.plan { answers.plans[plan, default: 0] += 1 }
            var seen: Set<Int64> = []
            var hits = 0
            let limit = right.last.flatMap(Self.distance)
            for row in answer {
                guard let id = Self.id(row), matches.contains(id), seen.insert(id).inserted else {
                    answers.wrong += 1
                    continue
                }
                if let limit, let distance = Self.distance(row), distance <= limit { hits += 1 }
            }
            // Rows without a distance, as zeros by cosine, are in no answer at all.
            if answer.count < min(k, right.count) { answers.short += 1 }
            answers.recalls.append(
                right.isEmpty ? 1 : Double(min(hits, right.count)) / Double(right.count))
        }
        return answers
    }

    /// With what a database remembers of earlier searches; the best of several passes.
    func time(_ vectors: [[Float]], threads: Int) throws -> Times {
        let statement = try table.database.prepare(sql("id", contract))
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
    func cold(_ vectors: [[Float]]) throws -> Double {
        let statement = try table.database.prepare(sql("id", contract))
        let row = table.ids.first { !matches.contains($0) } ?? table.ids[0]
        let seconds = try vectors.prefix(Self.coldSearches).enumerated().map { turn, vector in
            try table.database.execute(
                "UPDATE t SET \(AttributeTable.touched) = $1 WHERE id = $2", turn, row)
            let start = ContinuousClock.now
            _ = try statement.query(vector)
            return Measure.seconds(since: start)
        }
        return Measure.quantile(seconds, 0.5)
    }

    /// Distances computed for a query, the mean of a few; `nil` where EXPLAIN does not tell.
    func distances(_ vectors: [[Float]]) throws -> Double? {
        let asked = vectors.prefix(Self.explained)
        var sum: Int?
        for vector in asked {
            let told = try table.database.query(
                "EXPLAIN (ANALYZE, FORMAT JSON) " + sql("id", contract), vector)
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

    private static func id(_ row: Row) -> Int64? {
        if case .int(let id) = row[0] { return id }
        return nil
    }

    private static func distance(_ row: Row) -> Double? {
        if case .double(let distance) = row[1] { return distance }
        return nil
    }
}
