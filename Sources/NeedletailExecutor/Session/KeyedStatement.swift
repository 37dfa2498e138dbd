import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// A writing statement that is its own transaction and has a key: the key is looked up once the
/// writer is held, and written with the rows.
struct KeyedStatement {
    /// A key and what it stands for.
    struct KeyName {
        let key: String
        let digest: Hash128
    }

    let name: KeyName
    let prepared: PreparedText
    let columns: [Column]
    let sets: [Parameters]
    let isBatch: Bool
    let environment: StatementEnvironment

    /// What was answered before, or what is answered now, with the key written.
    func run(in scope: TransactionScope) throws(DatabaseError) -> WriteStatement.Outcome {
        guard let writer = scope.writer else {
            throw DatabaseError(.internalError, "a keyed statement runs without a writer")
        }
        if let known = try writer.unflushedView.keyedCommit(name.key) {
            let answer = try known.answer(to: name)
            return (answer.rows, answer.summary, nil)
        }
        var kind: BoundKind?
        var answer = KeyedAnswer(
            columns: columns, rows: [], summary: StatementSummary(tag: "BATCH 0"))
        for (place, set) in sets.enumerated() {
            do throws(DatabaseError) {
                let compiled = try prepared.compiled(for: scope.catalog)
                kind = compiled.bound.kind
                let statement = try ScopedStatement(
                    compiled, parameters: set, scope: scope, environment: environment)
                answer.rows += try statement.remainingRows()
                answer.summary =
                    place == 0 ? statement.summary : answer.summary.adding(statement.summary)
            } catch {
                throw isBatch ? error.inBatch(element: place) : error
            }
        }
        try writer.putKeyedCommit(
            name.key,
            KeyedCommit(
                digest: name.digest, isTransaction: false, sequence: writer.sequence,
                committed: WallClock.now, tag: answer.summary.tag,
                rowCount: answer.summary.rowCount, answer: try answer.stored()))
        return (answer.rows, answer.summary, kind)
    }
}

extension KeyedCommit {
    /// The answer that this commit gave.
    ///
    /// Errors: 22023 where the key was given to something else.
    func answer(
        to name: KeyedStatement.KeyName, isTransaction: Bool = false
    ) throws(DatabaseError) -> KeyedAnswer {
        guard self.isTransaction == isTransaction, digest == name.digest else {
            throw mismatch(name.key)
        }
        return try KeyedAnswer(self)
    }

    func mismatch(_ key: String) -> DatabaseError {
        let what =
            isTransaction
            ? "a transaction with other statements or parameters"
            : "another statement, or other parameters"
        return DatabaseError(
            .invalidParameter,
            "the key \"\(key)\" belongs to \(what): commit \(sequence), \(tag)",
            hint: "Nothing was changed now. Give every write a key of its own, and repeat one "
                + "exactly as it was.")
    }
}
