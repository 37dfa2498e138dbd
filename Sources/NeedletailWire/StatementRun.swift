package import NeedletailCore
import Synchronization

/// What one stretch of work on a statement gave.
package enum StatementStep: Sendable {
    /// Whole lines of the reply; call ``StatementRun/advance(budgetBytes:)`` again once the
    /// connection has room.
    case more([UInt8])
    /// The last lines. An error is not among them: it is in the outcome, for the connection to
    /// word.
    case ended([UInt8], StatementOutcome)
}

/// How a request ended.
package struct StatementOutcome: Sendable {
    /// `nil` where it succeeded.
    package var error: DatabaseError?
    /// Present where it succeeded.
    package var summary: StatementSummary?
    package var transaction: TransactionState

    package init(
        error: DatabaseError? = nil, summary: StatementSummary? = nil,
        transaction: TransactionState = .idle
    ) {
        self.error = error
        self.summary = summary
        self.transaction = transaction
    }
}

/// One request on its way through a session, advanced in stretches by whichever thread is free.
///
/// Between stretches the statement stays open and no thread waits for it, so a client that does not
/// read costs its cursor and no more.
///
/// `@unchecked`: ``advance(budgetBytes:)`` is called by one thread at a time, each call after the
/// previous one returned, and owns everything but `interruption`, which has a lock.
package final class StatementRun: @unchecked Sendable {
    // SAFETY: one thread at a time, as said above; `interruption` has a lock.
    private let request: StatementRequest
    private let session: any StatementSession
    private let input: (any CopyInput)?
    private let interruption = Mutex(Interruption())

    private var reply: any Reply
    private var pending: [Parameters]
    private var nextItem = 0
    private var running: (any RunningStatement)?
    /// Started together with what runs, in the order of their sets.
    private var waiting: ArraySlice<any RunningStatement> = []
    private var mayShare: Bool
    private var hasStartedReply = false
    private var hasBegun = false
    private var ownsTransaction = false
    private var total: StatementSummary?

    private struct Interruption {
        var isCancelled = false
        /// Set before COMMIT and ROLLBACK of a batch, which must not be torn.
        var isFinishing = false
    }

    package init(
        _ request: StatementRequest, session: any StatementSession, input: (any CopyInput)? = nil
    ) {
        self.request = request
        self.session = session
        self.input = request.batch == nil ? input : nil
        reply = Self.reply(to: request)
        pending = request.batch ?? [request.parameters]
        mayShare = request.batch != nil
    }

    private static func reply(to request: StatementRequest) -> any Reply {
        guard let id = request.id else { return TableReply() }
        return JSONReply(id: id, vectors: request.vectors)
    }

    /// As ``advance(budgetBytes:)``, the first time, on a thread that others wait for: only where
    /// the session knows that the request takes little time and waits for nothing.
    ///
    /// - Returns: `nil` where that is not so, or proved wrong; nothing has happened then.
    package func advanceBriefly(budgetBytes: Int) -> StatementStep? {
        guard request.batch == nil, request.key == nil, request.after == nil, !hasStartedReply
        else { return nil }
        do {
            guard
                let statement = try session.startBriefly(
                    request.sql, parameters: request.parameters)
            else { return nil }
            nextItem = 1
            begin(statement)
            while reply.ready.count < budgetBytes {
                guard try makeProgress() else { return try finish() }
            }
            session.takeTime()
            return .more(reply.takeReady())
        } catch {
            guard session.isOverdue else { return fail(error) }
            running?.close()
            running = nil
            nextItem = 0
            hasStartedReply = false
            reply = Self.reply(to: request)
            return nil
        }
    }

    /// Works until about `budgetBytes` of reply are ready or the request has ended.
    package func advance(budgetBytes: Int) -> StatementStep {
        do {
            while reply.ready.count < budgetBytes {
                guard try makeProgress() else { return try finish() }
                guard request.batch != nil else { continue }
                // The first set has decided what transaction it is.
                try session.runTogether { () throws(DatabaseError) in
                    while reply.ready.count < budgetBytes, try makeProgress() {}
                }
            }
            return .more(reply.takeReady())
        } catch {
            return fail(error)
        }
    }

    /// Makes the request end with 57014 soon. May be called from any thread, at any time, and
    /// repeatedly.
    package func cancel() {
        interruption.withLock { state in
            guard !state.isFinishing else { return }
            state.isCancelled = true
            session.cancel()
        }
    }

    /// Takes one row, or starts one set. False where all is done.
    private func makeProgress() throws(DatabaseError) -> Bool {
        try checkInterruption()
        if let running {
            try pull(running)
        } else if nextItem < pending.count || isKeyedUnstarted {
            try startNext()
        } else {
            return false
        }
        return true
    }

    /// A batch without sets is a write like any other where a key names it.
    private var isKeyedUnstarted: Bool { request.key != nil && !hasStartedReply }

    private func checkInterruption() throws(DatabaseError) {
        if interruption.withLock({ $0.isCancelled }) {
            throw DatabaseError(
                .queryCanceled, "the statement was cancelled", hint: "Send it again if need be.")
        }
    }

    private func startNext() throws(DatabaseError) {
        if nextItem == 0, let sequence = request.after { try session.requireCommit(sequence) }
        if let key = request.key {
            // The session runs all sets itself: the key is looked up and written around them.
            nextItem = pending.count
            return begin(
                try session.startOnce(
                    key, request.sql, parameters: request.parameters, batch: request.batch))
        }
        if request.batch != nil, !hasBegun {
            hasBegun = true
            if session.transactionState == .idle {
                try runToEnd("BEGIN")
                ownsTransaction = true
            }
        }
        let statement: any RunningStatement
        do {
            if waiting.isEmpty, mayShare { try startTogether() }
            statement =
                if let next = waiting.popFirst() { next } else {
                    try session.start(request.sql, parameters: pending[nextItem], input: input)
                }
        } catch {
            throw located(error)
        }
        nextItem += 1
        begin(statement)
    }

    private func begin(_ statement: any RunningStatement) {
        running = statement
        if !hasStartedReply {
            hasStartedReply = true
            reply.start(columns: statement.columns, isCopyOut: statement.isCopyOut)
        }
    }

    /// Starts the next sets of a batch that share their work, if they do.
    private func startTogether() throws(DatabaseError) {
        let started = try session.startBatch(request.sql, sets: pending[nextItem...])
        waiting = (started ?? [])[...]
        mayShare = started != nil
    }

    private func pull(_ statement: any RunningStatement) throws(DatabaseError) {
        let values: [Value]?
        do {
            values = try statement.next()
        } catch {
            nextItem -= 1
            throw located(error)
        }
        if let values {
            reply.append(values)
            return
        }
        let summary = statement.summary
        running = nil
        statement.close()
        if request.batch != nil { reply.endSet() }
        total = total.map { $0.adding(summary) } ?? summary
    }

    private func finish() throws(DatabaseError) -> StatementStep {
        if ownsTransaction {
            interruption.withLock { $0.isFinishing = true }
            let committed = try runToEnd("COMMIT")
            ownsTransaction = false
            total?.commitSequence = committed.commitSequence
            total?.elapsedNanoseconds += committed.elapsedNanoseconds
        }
        let summary = total ?? StatementSummary(tag: "BATCH 0")
        let transaction = session.transactionState
        reply.finish(summary, transaction: transaction)
        return .ended(
            reply.takeReady(), StatementOutcome(summary: summary, transaction: transaction))
    }

    private func fail(_ error: DatabaseError) -> StatementStep {
        running?.close()
        running = nil
        for statement in waiting { statement.close() }
        waiting = []
        if ownsTransaction {
            ownsTransaction = false
            interruption.withLock { $0.isFinishing = true }
            // The first error is the one to tell; a session that cannot roll back is closed by its
            // connection, which rolls back too.
            _ = try? runToEnd("ROLLBACK")
        }
        return .ended(
            reply.takeReady(),
            StatementOutcome(error: error, transaction: session.transactionState))
    }

    @discardableResult
    private func runToEnd(_ sql: String) throws(DatabaseError) -> StatementSummary {
        let statement = try session.start(sql, parameters: .none, input: nil)
        defer { statement.close() }
        while try statement.next() != nil {}
        return statement.summary
    }

    /// Names the element of a batch that failed.
    private func located(_ error: DatabaseError) -> DatabaseError {
        // With a key the session has named it.
        guard request.batch != nil, request.key == nil else { return error }
        return error.inBatch(element: nextItem)
    }
}
