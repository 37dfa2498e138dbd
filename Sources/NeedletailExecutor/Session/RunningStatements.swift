import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// A statement whose result is there from the start.
final class ReadyStatement: RunningStatement {
    let columns: [Column]
    let summary: StatementSummary
    let isCopyOut = false
    private var rows: IndexingIterator<[[Value]]>

    init(columns: [Column], rows: [[Value]], summary: StatementSummary) {
        self.columns = columns
        self.rows = rows.makeIterator()
        self.summary = summary
    }

    var progress: StatementProgress { StatementProgress(rowsDone: summary.rowCount) }

    func next() throws(DatabaseError) -> [Value]? { rows.next() }

    func close() {}
}

/// A statement that streams from a snapshot.
final class ReadStatement: RunningStatement {
    private let execution: Execution
    /// Its own snapshot, given up at the end; `nil` where the snapshot is the transaction's.
    private let ownScope: TransactionScope?
    private let progressCounter: ProgressCounter
    private weak var session: Session?
    /// Told how long it took.
    private let prepared: PreparedText?
    private let deadline: Int64
    private var isOpen = true
    private var finalSummary: StatementSummary?

    init(
        _ execution: Execution, scope: TransactionScope?, progress: ProgressCounter,
        session: Session?, prepared: PreparedText? = nil
    ) {
        self.execution = execution
        ownScope = scope
        progressCounter = progress
        self.session = session
        self.prepared = prepared
        deadline =
            MonotonicClock.nanoseconds() + Int64(Limits.cursorAgeSecondsMax) * 1_000_000_000
    }

    deinit { close() }

    var columns: [Column] { execution.statement.columns }
    var isCopyOut: Bool { execution.statement.isCopyOut }
    var summary: StatementSummary { finalSummary ?? execution.summary }
    var progress: StatementProgress { progressCounter.progress }

    func next() throws(DatabaseError) -> [Value]? {
        guard isOpen else { return nil }
        do throws(DatabaseError) {
            if ownScope != nil, MonotonicClock.nanoseconds() > deadline {
                throw DatabaseError(
                    .queryCanceled,
                    "the cursor was open for more than \(Limits.cursorAgeSecondsMax) s",
                    hint: "read faster, or fetch pages by primary key: an old snapshot keeps "
                        + "the file from reusing space")
            }
            if let row = try execution.next() { return row }
        } catch {
            close()
            session?.statementFailed()
            throw error
        }
        close()
        prepared?.took(nanoseconds: summary.elapsedNanoseconds)
        return nil
    }

    func close() {
        guard isOpen else { return }
        isOpen = false
        finalSummary = execution.summary
        execution.finish()
        ownScope?.close()
    }
}

/// A writing statement that is its own transaction: all of it happens at the first ``next()``.
final class WriteStatement: RunningStatement {
    /// What the transaction came to, and the kind of statement that was run in it, if one was.
    typealias Outcome = (rows: [[Value]], summary: StatementSummary, kind: BoundKind?)

    let columns: [Column]
    let isCopyOut = false
    private let engine: Engine
    private let environment: StatementEnvironment
    private let work: (TransactionScope) throws(DatabaseError) -> Outcome
    private var rows: IndexingIterator<[[Value]]>?
    private(set) var summary = StatementSummary(tag: "")
    private var isClosed = false

    /// - Parameter work: what is done once the writer is held.
    init(
        columns: [Column], engine: Engine, environment: StatementEnvironment,
        work: @escaping (TransactionScope) throws(DatabaseError) -> Outcome
    ) {
        self.columns = columns
        self.engine = engine
        self.environment = environment
        self.work = work
    }

    convenience init(
        _ prepared: PreparedText, columns: [Column], parameters: Parameters, engine: Engine,
        environment: StatementEnvironment
    ) {
        self.init(columns: columns, engine: engine, environment: environment) {
            scope throws(DatabaseError) in
            let compiled = try prepared.compiled(for: scope.catalog)
            let statement = try ScopedStatement(
                compiled, parameters: parameters, scope: scope, environment: environment)
            return (
                rows: try statement.remainingRows(), summary: statement.summary,
                kind: compiled.bound.kind
            )
        }
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
        let (outcome, sequence) = try engine.write(
            timeoutMilliseconds: timeout, cancellation: environment.cancellation, work)
        summary = outcome.summary
        if let kind = outcome.kind {
            try VectorIndexKeeper(
                engine: engine, cancellation: environment.cancellation,
                lockTimeoutMilliseconds: timeout, progress: environment.progress
            ).finish(kind)
        }
        // What was done before has the sequence of then.
        if summary.commitSequence == nil { summary.commitSequence = sequence }
        summary.elapsedNanoseconds = MonotonicClock.nanoseconds() - start
        return outcome.rows
    }
}

/// A statement inside a transaction that holds the writer: it runs on the transaction's thread, a
/// batch of rows at a time.
final class PinnedStatement: RunningStatement {
    private static let batchRows = 256

    private let compiled: CompiledStatement
    private let parameters: Parameters
    private let writing: WritingTransaction
    private let environment: StatementEnvironment
    private weak var session: Session?
    /// Touched on the transaction's thread only.
    private var running: ScopedStatement?
    private var batch: IndexingIterator<[[Value]]> = [].makeIterator()
    private var isAtEnd = false
    private(set) var summary = StatementSummary(tag: "")

    init(
        _ compiled: CompiledStatement, parameters: Parameters, writing: WritingTransaction,
        environment: StatementEnvironment, session: Session, running: ScopedStatement? = nil
    ) {
        self.running = running
        self.compiled = compiled
        self.parameters = parameters
        self.writing = writing
        self.environment = environment
        self.session = session
    }

    deinit { close() }

    var columns: [Column] { compiled.columns }
    var isCopyOut: Bool { compiled.isCopyOut }
    var progress: StatementProgress { environment.progress.progress }

    func next() throws(DatabaseError) -> [Value]? {
        if let row = batch.next() { return row }
        guard !isAtEnd else { return nil }
        do throws(DatabaseError) {
            let rows = try writing.pinned.run { _ throws(DatabaseError) in try fetch() }
            batch = rows.makeIterator()
        } catch {
            isAtEnd = true
            session?.statementFailed()
            throw error
        }
        return batch.next()
    }

    private func fetch() throws(DatabaseError) -> [[Value]] {
        let statement: ScopedStatement
        if let running {
            statement = running
        } else {
            statement = try ScopedStatement(
                compiled, parameters: parameters, scope: writing.scope, environment: environment)
            running = statement
        }
        var rows: [[Value]] = []
        while rows.count < Self.batchRows {
            guard let row = try statement.next() else {
                isAtEnd = true
                summary = statement.summary
                running = nil
                break
            }
            rows.append(row)
        }
        return rows
    }

    func close() {
        isAtEnd = true
        batch = [].makeIterator()
        guard running != nil, writing.pinned.isOpen else { return }
        // Cursors of the transaction must be closed on its thread.
        _ = try? writing.pinned.run { _ in running = nil }
    }
}

/// `COPY … FROM` outside of a transaction: commits after every batch of rows.
final class LoadStatement: RunningStatement {
    let columns: [Column] = []
    let isCopyOut = false
    private let prepared: PreparedText
    private let parameters: Parameters
    private let engine: Engine
    private let environment: StatementEnvironment
    private var isDone = false
    private(set) var summary = StatementSummary(tag: "COPY 0")

    init(
        _ prepared: PreparedText, parameters: Parameters, engine: Engine,
        environment: StatementEnvironment
    ) {
        self.prepared = prepared
        self.parameters = parameters
        self.engine = engine
        self.environment = environment
    }

    var progress: StatementProgress { environment.progress.progress }

    func next() throws(DatabaseError) -> [Value]? {
        guard !isDone else { return nil }
        isDone = true
        let timeout = environment.settings.integer("lock_timeout")
        var load: CopyLoad?
        var isMore = true
        var last: UInt64?
        while isMore {
            let (more, sequence) = try engine.write(
                timeoutMilliseconds: timeout, cancellation: environment.cancellation
            ) {
                scope throws(DatabaseError) in
                let compiled = try prepared.compiled(for: scope.catalog)
                guard case .copyFrom(let copy) = compiled.bound.kind else { return false }
                let running: CopyLoad
                if let load {
                    running = load
                } else {
                    running = try CopyLoad(
                        copy, compiled: compiled, parameters: parameters,
                        environment: environment)
                    load = running
                }
                return try running.loadBatch(into: scope)
            }
            (isMore, last) = (more, sequence)
            load?.batchCommitted()
        }
        if let finished = load?.summary { summary = finished }
        summary.commitSequence = last
        return nil
    }

    func close() { isDone = true }
}

extension CompiledStatement {
    var isCopyOut: Bool {
        if case .copyTo(let copy) = bound.kind { return copy.destination == .stream }
        return false
    }
}
