import NeedletailCore

/// Runs statements inside one transaction of a server.
final class RemoteScope: StatementRunner {
    private let session: RemoteSession
    private let interruption: Interruption?
    private weak var current: RemoteStatement?

    init(_ session: RemoteSession, _ interruption: Interruption?) {
        self.session = session
        self.interruption = interruption
    }

    func start(
        _ source: StatementSource, _ parameters: Parameters
    ) throws(DatabaseError) -> any RunningStatement {
        guard !StatementKind(source.text).concernsSession else {
            throw DatabaseError(
                .activeTransaction,
                "this statement belongs to a session, not inside read { } or write { }",
                hint: "the closure is the transaction; for BEGIN and SET, use session()")
        }
        // A connection runs one statement at a time, a closure may have several cursors open.
        current?.holdRest()
        let statement = try session.begin(source.text, parameters, interruption: interruption)
        current = statement
        return statement
    }

    /// Errors: 25P02 where the server has rolled back instead; 08006, with an unknown outcome,
    /// where the answer is lost.
    func commit() throws(DatabaseError) {
        current?.close()
        let summary = try session.runToEnd("COMMIT")
        guard summary.tag != "ROLLBACK" else {
            throw DatabaseError(
                .abortedTransaction, "an earlier statement of this closure failed",
                hint: "Let its error leave the closure, and run the closure again.")
        }
    }

    /// Ends what a cursor has left running.
    func end() { current?.close() }
}

/// A statement on a lent connection, which is given back as soon as it has ended.
final class LentStatement: RunningStatement {
    private let statement: RemoteStatement
    private var giveBack: (() -> Void)?

    init(_ statement: RemoteStatement, giveBack: @escaping () -> Void) {
        self.statement = statement
        self.giveBack = giveBack
        if statement.hasEnded { release() }
    }

    deinit { close() }

    var columns: [Column] { statement.columns }
    var isCopyOut: Bool { statement.isCopyOut }
    var summary: StatementSummary { statement.summary }
    var progress: StatementProgress { statement.progress }

    func next() throws(DatabaseError) -> [Value]? {
        do throws(DatabaseError) {
            let row = try statement.next()
            if statement.hasEnded { release() }
            return row
        } catch {
            release()
            throw error
        }
    }

    func close() {
        statement.close()
        release()
    }

    private func release() {
        giveBack?()
        giveBack = nil
    }
}
