import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// A writing statement that is its own transaction and has a key: the key is looked up once the
/// writer is held, and written with the rows. All of it happens at the first ``next()``.
final class KeyedStatement: RunningStatement {
    let columns: [Column]
    let isCopyOut = false
    private let prepared: PreparedText
    private let sets: [Parameters]
    private let isBatch: Bool
    private let name: KeyName
    private let engine: Engine
    private let environment: StatementEnvironment
    private var rows: IndexingIterator<[[Value]]>?
    private(set) var summary = StatementSummary(tag: "")
    private var isClosed = false

    /// A key and what it stands for.
    struct KeyName {
        let key: String
        let digest: Hash128
    }

    init(
        _ name: KeyName, _ prepared: PreparedText, columns: [Column], sets: [Parameters],
        isBatch: Bool, engine: Engine, environment: StatementEnvironment
    ) {
        self.name = name
        self.prepared = prepared
        self.columns = columns
        self.sets = sets
        self.isBatch = isBatch
        self.engine = engine
        self.environment = environment
    }

    var progress: StatementProgress { environment.progress.progress }

    func next() throws(DatabaseError) -> [Value]? {
        if rows == nil, !isClosed { rows = try run().makeIterator() }
        return rows?.next()
    }

    func close() {
        isClosed = true
        rows = nil
    }

    private func run() throws(DatabaseError) -> [[Value]] {
        let start = MonotonicClock.nanoseconds()
        let timeout = environment.settings.integer("lock_timeout")
        let (outcome, sequence) = try engine.write(timeoutMilliseconds: timeout) {
            scope throws(DatabaseError) in try runInside(scope)
        }
        summary = outcome.answer.summary
        if let kind = outcome.kind {
            try VectorIndexKeeper(
                engine: engine, cancellation: environment.cancellation,
                lockTimeoutMilliseconds: timeout, progress: environment.progress
            ).finish(kind)
        }
        // One that is repeated has the sequence of the first.
        if summary.commitSequence == nil { summary.commitSequence = sequence }
        summary.elapsedNanoseconds = MonotonicClock.nanoseconds() - start
        return outcome.answer.rows
    }

    /// What was answered before, or what is answered now, with the key written, and what kind of
    /// statement it was.
    private func runInside(
        _ scope: TransactionScope
    ) throws(DatabaseError) -> (answer: KeyedAnswer, kind: BoundKind?) {
        guard let writer = scope.writer else {
            throw DatabaseError(.internalError, "a keyed statement runs without a writer")
        }
        if let known = try writer.unflushedView.keyedCommit(name.key) {
            return (try known.answer(to: name), nil)
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
        return (answer, kind)
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
