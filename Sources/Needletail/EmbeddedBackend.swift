import NeedletailCatalog
import NeedletailCore
import NeedletailExecutor
import NeedletailStorage

/// Runs statements in this process, on the thread that calls.
final class EmbeddedBackend: DatabaseBackend {
    let engine: Engine
    let options: DatabaseOptions
    let threads = StatementThreads()

    init(_ engine: Engine, options: DatabaseOptions) {
        self.engine = engine
        self.options = options
    }

    /// - Parameter listing: who else there is, for `SHOW SESSIONS`.
    func newSession(listing: (any SessionListing)? = nil) -> Session {
        Session(
            engine, lockTimeoutMilliseconds: options.lockTimeoutMilliseconds,
            statementTimeoutMilliseconds: options.statementTimeoutMilliseconds, listing: listing)
    }

    func prepare(_ sql: String) throws(DatabaseError) -> PreparedStatement {
        PreparedStatement(sql, compiled: try engine.prepare(sql), backend: self)
    }

    func run(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption?
    ) throws(DatabaseError) -> ResultSet {
        let session = newSession()
        let statement = try start(source, parameters, in: session)
        guard let interruption else { return try ResultSet(reading: statement) }
        try interruption.arm { session.cancel() }
        defer { interruption.disarm() }
        return try ResultSet(reading: statement)
    }

    func open(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption
    ) throws(DatabaseError) -> RowCursor {
        let session = newSession()
        let statement = try start(source, parameters, in: session)
        try interruption.arm { session.cancel() }
        return RowCursor(statement, interruption: interruption)
    }

    private func start(
        _ source: StatementSource, _ parameters: Parameters, in session: Session
    ) throws(DatabaseError) -> any RunningStatement {
        switch source {
        case .text(let sql): try session.start(sql, parameters: parameters, input: nil)
        case .prepared(let statement):
            try session.start(
                try engine.prepared(statement), parameters: parameters, isLast: true)
        }
    }

    func run(
        _ statement: PreparedStatement, batch sets: [Parameters], _ interruption: Interruption?
    ) throws(DatabaseError) -> [ResultSet] {
        guard !sets.isEmpty else { return [] }
        let prepared = try engine.prepared(statement)
        // Gone, it rolls back.
        let session = newSession()
        try session.begin(for: prepared)
        defer { interruption?.disarm() }
        var results: [ResultSet] = []
        var mayShare = true
        while results.count < sets.count {
            do throws(DatabaseError) {
                let rest = sets[results.count...]
                let together = mayShare ? try session.startBatch(prepared, sets: rest) : nil
                mayShare = together != nil
                if let together {
                    for statement in together {
                        try interruption?.arm { session.cancel() }
                        results.append(try ResultSet(reading: statement))
                    }
                } else {
                    let started = try session.start(prepared, parameters: sets[results.count])
                    try interruption?.arm { session.cancel() }
                    results.append(try ResultSet(reading: started))
                }
            } catch {
                throw error.inBatch(element: results.count)
            }
        }
        if let sequence = try session.commit() {
            for place in results.indices { results[place].summary.commitSequence = sequence }
        }
        return results
    }

    func read<T>(
        _ interruption: Interruption?, _ body: (Snapshot) throws -> T
    ) throws -> T {
        let scope = try engine.readScope()
        defer { scope.close() }
        let cancellation = Cancellation()
        try interruption?.arm { cancellation.cancel() }
        defer { interruption?.disarm() }
        return try body(Snapshot(ScopedRunner(scope, engine: engine, cancellation: cancellation)))
    }

    func write<T>(
        _ interruption: Interruption?, _ body: (Transaction) throws -> T
    ) throws -> T {
        let transaction = try engine.store.beginWrite(
            timeoutMilliseconds: options.lockTimeoutMilliseconds)
        let scope = try engine.writeScope(transaction.writer)
        let cancellation = Cancellation()
        try interruption?.arm { cancellation.cancel() }
        defer { interruption?.disarm() }
        let statements = Transaction(
            ScopedRunner(scope, engine: engine, cancellation: cancellation))
        let result = try body(statements)
        try statements.checkIntact()
        try scope.flush()
        _ = try transaction.commit()
        engine.noteCommit()
        return result
    }
}

extension Engine {
    /// What was made of `statement` when it was prepared; of one that is of another kind of
    /// database, what is made of its text.
    func prepared(_ statement: PreparedStatement) throws(DatabaseError) -> PreparedText {
        if let known = statement.compiled as? PreparedText { return known }
        return try prepare(statement.text)
    }
}
