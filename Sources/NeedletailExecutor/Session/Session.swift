import NeedletailCatalog
package import NeedletailCore
import NeedletailPlanner
import NeedletailStorage
import NeedletailSyntax
import Synchronization

/// One conversation with an embedded database: settings, and at most one open transaction.
///
/// Statements outside of `BEGIN … COMMIT` commit by themselves. A plain `BEGIN` reads until its
/// first writing statement and then becomes the writer, unless something was committed since its
/// snapshot (40001). After a failed statement only `ROLLBACK` is accepted (25P02).
///
/// One statement runs at a time, on the thread that asks for its rows; starting another ends it.
/// Only ``cancel()`` may be called from elsewhere.
package final class Session: StatementSession, @unchecked Sendable {
    // SAFETY: the contract above; `cancellation` is the only part that two threads touch.
    let engine: Engine
    let cancellation = Cancellation()
    private(set) var settings: SessionSettings
    /// Who else is connected; `nil` without a server.
    let listing: (any SessionListing)?
    /// When it was made, in the monotonic clock's nanoseconds.
    let begun = MonotonicClock.nanoseconds()
    var transaction = OpenTransaction.none
    /// Of what the open transaction has written, for a key on its COMMIT.
    var written = StatementDigest()
    /// How long a statement may take that was started briefly.
    package var briefPatienceNanoseconds = Int64(Limits.briefPatienceMilliseconds) * 1_000_000
    private weak var current: (any RunningStatement)?
    /// Of a batch, those that were started together.
    private var together: [WeakStatement] = []

    private struct WeakStatement {
        weak var statement: (any RunningStatement)?
    }

    /// - Parameters:
    ///   - statementTimeoutMilliseconds: the default of `statement_timeout`; 0 for no limit.
    ///   - listing: what `SHOW SESSIONS` answers; `nil` for this session alone.
    package init(
        _ engine: Engine, lockTimeoutMilliseconds: Int = Limits.lockTimeoutMillisecondsDefault,
        statementTimeoutMilliseconds: Int = 0, listing: (any SessionListing)? = nil
    ) {
        self.engine = engine
        self.listing = listing
        settings = SessionSettings(
            lockTimeoutMilliseconds: lockTimeoutMilliseconds,
            statementTimeoutMilliseconds: statementTimeoutMilliseconds)
    }

    deinit { rollback() }

    package var transactionState: TransactionState { transaction.state }

    package var isWaitingForWriter: Bool { cancellation.isWaitingForWriter }

    package func cancel() { cancellation.cancel() }

    package var isOverdue: Bool { cancellation.isOverdue }

    package func takeTime() { cancellation.loseHaste() }

    package func close() {
        endCurrent()
        rollback()
    }

    package func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        let known = engine.known(sql)
        if known == nil, parameters.isEmpty, let started = startByShape(sql) { return started }
        return try guarded { () throws(DatabaseError) in
            let prepared = if let known { known } else { try engine.prepare(sql) }
            return try start(prepared, parameters: parameters, input: input)
        }
    }

    package func startBriefly(
        _ sql: String, parameters: Parameters
    ) throws(DatabaseError) -> (any RunningStatement)? {
        guard case .none = transaction else { return nil }
        if let known = engine.known(sql) {
            guard known.isBrief else { return nil }
            return try start(known, parameters: parameters, isHasty: true)
        }
        // What has a shape looks one row up.
        guard parameters.isEmpty, let started = startByShape(sql) else { return nil }
        cancellation.hasten(nanoseconds: briefPatienceNanoseconds)
        return started
    }

    private func startByShape(_ sql: String) -> (any RunningStatement)? {
        guard let started = beginByShape(sql) else { return nil }
        endCurrent()
        current = started
        return started
    }

    /// Ends what was started before and is still running.
    func endCurrent() {
        current?.close()
        guard !together.isEmpty else { return }
        for one in together { one.statement?.close() }
        together = []
    }

    /// Whatever is started next ends `statements`.
    func began(_ statements: [any RunningStatement]) {
        together = statements.map { WeakStatement(statement: $0) }
    }

    /// Starts a statement that was parsed before.
    ///
    /// - Parameters:
    ///   - isLast: nothing is started here after it, which would have to end it.
    ///   - isHasty: others wait for the thread.
    package func start(
        _ prepared: PreparedText, parameters: Parameters, input: (any CopyInput)? = nil,
        isLast: Bool = false, isHasty: Bool = false
    ) throws(DatabaseError) -> any RunningStatement {
        endCurrent()
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        if isHasty { cancellation.hasten(nanoseconds: briefPatienceNanoseconds) }
        let statement = prepared.statement
        if case .aborted = transaction, !statement.kind.endsTransaction {
            throw DatabaseError(
                .abortedTransaction,
                "an earlier statement failed, so this transaction only accepts ROLLBACK",
                hint: "write ROLLBACK, then begin again")
        }
        let started: any RunningStatement
        if statement.kind.concernsSession {
            started = try runOnSession(prepared, parameters: parameters)
        } else {
            started = try guarded { () throws(DatabaseError) in
                try begin(prepared, parameters: parameters, input: input)
            }
        }
        // An object that somebody refers to weakly is slower from then on.
        if !isLast { current = started }
        return started
    }

    /// Anything that fails inside an open transaction aborts it.
    func guarded<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        do throws(DatabaseError) {
            return try body()
        } catch {
            statementFailed()
            throw error
        }
    }

    func statementFailed() {
        switch transaction {
        case .none, .aborted: break
        case .undecided, .reading, .writing:
            transaction.rollback()
            transaction = .aborted
        }
    }

    func environment(input: (any CopyInput)? = nil) -> StatementEnvironment {
        StatementEnvironment(
            settings: settings, cancellation: cancellation, databaseName: engine.name,
            store: engine.store, segments: engine.segments, masks: engine.masks,
            scans: engine.scans, now: transaction.started ?? WallClock.now,
            progress: ProgressCounter(), input: input)
    }

    // MARK: Transactions

    func beginTransaction(_ mode: TransactionMode?) throws(DatabaseError) {
        guard case .none = transaction else {
            throw DatabaseError(
                .activeTransaction, "a transaction is open already",
                hint: "COMMIT or ROLLBACK it first")
        }
        written = StatementDigest()
        let isReadOnly = mode == .readOnly || settings.boolean("default_transaction_read_only")
        switch mode {
        case .readWrite:
            transaction = .undecided(WallClock.now, isReadOnly: false)
            _ = try writingTransaction()
        case .readOnly:
            transaction = .undecided(WallClock.now, isReadOnly: true)
            _ = try readingScope()
        case nil:
            transaction = .undecided(WallClock.now, isReadOnly: isReadOnly)
        }
    }

    /// Makes the open transaction durable.
    ///
    /// - Returns: the commit sequence, where something was written.
    package func commit() throws(DatabaseError) -> UInt64? {
        defer {
            transaction = .none
            settings.endTransaction()
        }
        switch transaction {
        case .none, .undecided, .aborted: return nil
        case .reading(let reading):
            reading.scope.close()
            return nil
        case .writing(let writing):
            do throws(DatabaseError) {
                let sequence = try writing.commit()
                engine.noteCommit()
                return sequence
            } catch {
                writing.pinned.rollback()
                throw error
            }
        }
    }

    func rollback() {
        transaction.rollback()
        transaction = .none
        settings.endTransaction()
    }

    func set(
        _ name: String, to value: String?, isLocal: Bool
    ) throws(DatabaseError) -> Notice? {
        try settings.set(name, to: value, isLocal: isLocal)
    }

    func resetAllSettings() { settings.resetAll() }
}
