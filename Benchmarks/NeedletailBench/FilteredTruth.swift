import Needletail

/// The rows that satisfy a predicate, and the exact answers among them.
struct FilteredTruth {
    /// What an exact answer is held against.
    struct Answer {
        let count: Int
        /// The distance of its last row.
        let limit: Double?
    }

    let table: AttributeTable
    let k: Int
    let vectors: [[Float]]
    /// The keys of the rows that satisfy the predicate.
    let matches: Set<Int64>
    /// Of each of the vectors.
    let answers: [Answer]
    private let condition: String

    /// - Parameter predicate: `nil` searches all rows.
    init(
        _ table: AttributeTable, predicate: String?, k: Int, vectors: [[Float]]
    ) throws {
        (self.table, self.k, self.vectors) = (table, k, vectors)
        // A line of its own, so that a comment at its end does not swallow the bracket.
        condition = predicate.map { "WHERE (\($0)\n)" } ?? ""
        var matches: Set<Int64> = []
        let cursor = try table.database.cursor("SELECT id FROM t \(condition)")
        while let row = try cursor.next() {
            if let id = Self.id(row) { matches.insert(id) }
        }
        self.matches = matches
        let exact = try table.database.prepare(
            Self.sql(table, Self.columns(table), condition, k, "WITH (exact)"))
        answers = try vectors.map { vector in
            let right = try exact.query(vector)
            return Answer(count: right.count, limit: right.last.flatMap(Self.distance))
        }
    }

    /// A key and a distance, as ``id(_:)`` and ``distance(_:)`` read them.
    var columns: String { Self.columns(table) }

    /// A search under the predicate.
    func sql(_ columns: String, _ contract: String) -> String {
        Self.sql(table, columns, condition, k, contract)
    }

    private static func columns(_ table: AttributeTable) -> String {
        "id, v \(table.sign) $1 AS d"
    }

    private static func sql(
        _ table: AttributeTable, _ columns: String, _ condition: String, _ k: Int,
        _ contract: String
    ) -> String {
        "SELECT \(columns) FROM t \(condition) ORDER BY v \(table.sign) $1 LIMIT \(k) \(contract)"
    }

    static func id(_ row: Row) -> Int64? {
        if case .int(let id) = row[0] { return id }
        return nil
    }

    static func distance(_ row: Row) -> Double? {
        if case .double(let distance) = row[1] { return distance }
        return nil
    }
}
