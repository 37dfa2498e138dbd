package import Needletail

/// A sequence of transactions that a seed determines, and what the database must hold after any
/// number of them.
///
/// Transaction `i` stores, changes or deletes whole batches of rows, and notes in `progress` that
/// `i + 1` comes next; so whatever is found after a crash, one number says what it must be.
package struct CrashModel {
    package struct StoredRow: Hashable {
        package let batch: Int64
        package let note: Int64
        package let vector: [Float]
    }

    package static let schema = [
        "CREATE TABLE progress (id INT PRIMARY KEY, next BIGINT)",
        "INSERT INTO progress VALUES (1, 0)",
        """
        CREATE TABLE rows (id BIGINT PRIMARY KEY, batch BIGINT, note BIGINT, v vector(24),
            filler TEXT)
        """,
        "CREATE INDEX rows_batch ON rows (batch)",
        "CREATE INDEX rows_note ON rows USING bitmap (note)",
        "CREATE INDEX rows_sum ON rows ((batch + note))",
        "CREATE INDEX rows_v ON rows USING hnsw (v vector_l2_ops) WITH (m = 8)",
        "CREATE INDEX rows_lists ON rows USING ivf (v vector_l2_ops)",
    ]

    package static let batchRows: Int64 = 12

    private let seed: UInt64
    /// Transactions that ``rows`` reflects.
    package private(set) var next: Int64 = 0
    package private(set) var rows: [Int64: StoredRow] = [:]

    package init(seed: UInt64) { self.seed = seed }

    private enum Step {
        case insert
        case note(batch: Int64)
        case move(batch: Int64)
        case delete(batch: Int64)
    }

    private func step(_ index: Int64) -> Step {
        var random = SplitMix64(seed: seed &+ UInt64(bitPattern: index) &* 0x9E37_79B9)
        guard index > 2 else { return .insert }
        let batch = Int64.random(in: 0..<index, using: &random)
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<5: return .insert
        case 5, 6: return .note(batch: batch)
        case 7: return .move(batch: batch)
        default: return .delete(batch: batch)
        }
    }

    private static func vector(_ id: Int64, _ index: Int64) -> [Float] {
        (0..<24).map { Float((id &* 31 &+ index &* 17 &+ $0) % 97) / 7 }
    }

    /// Advances the model by one transaction.
    package mutating func advance() {
        let index = next
        next += 1
        switch step(index) {
        case .insert:
            for place in 0..<Self.batchRows {
                let id = index * Self.batchRows + place
                rows[id] = StoredRow(batch: index, note: 0, vector: Self.vector(id, index))
            }
        case .note(let batch):
            for (id, row) in rows where row.batch == batch {
                rows[id] = StoredRow(batch: batch, note: index, vector: row.vector)
            }
        case .move(let batch):
            for (id, row) in rows where row.batch == batch {
                rows[id] = StoredRow(
                    batch: batch, note: row.note, vector: Self.vector(0, index))
            }
        case .delete(let batch): rows = rows.filter { $0.value.batch != batch }
        }
    }

    /// Runs transaction `index` against `database`; durable when it returns.
    package func run(_ index: Int64, on database: Database) throws {
        try database.write { transaction in
            switch step(index) {
            case .insert:
                for place in 0..<Self.batchRows {
                    let id = index * Self.batchRows + place
                    let filler = String(repeating: "x", count: Int(id % 700))
                    try transaction.execute(
                        "INSERT INTO rows VALUES ($1, $2, 0, $3, $4)", id, index,
                        Self.vector(id, index), filler)
                }
            case .note(let batch):
                try transaction.execute(
                    "UPDATE rows SET note = $1 WHERE batch = $2", index, batch)
            case .move(let batch):
                try transaction.execute(
                    "UPDATE rows SET v = $1 WHERE batch = $2", Self.vector(0, index), batch)
            case .delete(let batch):
                try transaction.execute("DELETE FROM rows WHERE batch = $1", batch)
            }
            try transaction.execute("UPDATE progress SET next = $1 WHERE id = 1", index + 1)
        }
    }

    /// What one snapshot holds: how many transactions, and the rows.
    package static func stored(
        in database: Database
    ) throws -> (next: Int64, rows: [Int64: StoredRow]) {
        try database.read { snapshot in
            var next: Int64 = -1
            if case .int(let value)? = try snapshot.query("SELECT next FROM progress").first?[0] {
                next = value
            }
            var rows: [Int64: StoredRow] = [:]
            for row in try snapshot.query("SELECT id, batch, note, v FROM rows") {
                guard case .int(let id) = row[0], case .int(let batch) = row[1],
                    case .int(let note) = row[2], case .vector(let vector) = row[3]
                else { continue }
                rows[id] = StoredRow(batch: batch, note: note, vector: vector)
            }
            return (next, rows)
        }
    }
}
