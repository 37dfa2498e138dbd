import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage
import NeedletailSyntax

/// Where a statement runs: in the open transaction, or in one of its own.
extension Session {
    func begin(
        _ prepared: PreparedText, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        let environment = environment(input: input)
        switch transaction {
        case .none:
            return try beginAlone(prepared, parameters: parameters, environment: environment)
        case .undecided, .reading:
            let scope = try readingScope()
            let compiled = try prepared.compiled(for: scope.catalog)
            if compiled.bound.kind.need == .read {
                return ReadStatement(
                    try Execution(
                        compiled, parameters: parameters, scope: scope, environment: environment),
                    scope: nil, progress: environment.progress, session: self)
            }
            return try beginPinned(
                prepared, parameters: parameters, environment: environment,
                writing: try writingTransaction())
        case .writing(let writing):
            return try beginPinned(
                prepared, parameters: parameters, environment: environment, writing: writing)
        case .aborted:
            throw DatabaseError(.abortedTransaction, "the transaction is aborted")
        }
    }

    /// Starts a query whose shape was met before, in a transaction of its own.
    ///
    /// - Returns: `nil` where the text has to be read for itself; its errors are found then.
    func beginByShape(_ sql: String) -> ReadStatement? {
        guard case .none = transaction, let shape = LiteralShape(sql),
            let known = engine.known(shape), let scope = try? engine.readScope()
        else { return nil }
        guard
            let compiled = known.compiled(
                for: scope.catalog, original: sql, values: shape.values)
        else {
            scope.close()
            return nil
        }
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        let environment = environment()
        guard
            let execution = try? Execution(
                compiled, parameters: .positional(shape.values), scope: scope,
                environment: environment)
        else {
            scope.close()
            return nil
        }
        return ReadStatement(
            execution, scope: scope, progress: environment.progress, session: nil)
    }

    private func beginAlone(
        _ prepared: PreparedText, parameters: Parameters, environment: StatementEnvironment
    ) throws(DatabaseError) -> any RunningStatement {
        let scope = try engine.readScope()
        var isHandedOver = false
        defer { if !isHandedOver { scope.close() } }
        let compiled = try prepared.compiled(for: scope.catalog)
        switch compiled.bound.kind.need {
        case .session, .read:
            let execution = try Execution(
                compiled, parameters: parameters, scope: scope, environment: environment)
            isHandedOver = true
            return ReadStatement(
                execution, scope: scope, progress: environment.progress, session: nil,
                prepared: prepared)
        case .write:
            try requireWritable()
            if case .analyze(let tables) = compiled.bound.kind {
                return AnalyzeStatement(tables, engine: engine, environment: environment)
            }
            return WriteStatement(
                prepared, columns: compiled.columns, parameters: parameters, engine: engine,
                environment: environment)
        case .load:
            try requireWritable()
            return LoadStatement(
                prepared, parameters: parameters, engine: engine, environment: environment)
        }
    }

    private func beginPinned(
        _ prepared: PreparedText, parameters: Parameters, environment: StatementEnvironment,
        writing: WritingTransaction
    ) throws(DatabaseError) -> any RunningStatement {
        let compiled = try writing.pinned.run { _ throws(DatabaseError) in
            try prepared.compiled(for: writing.scope.catalog)
        }
        if compiled.bound.kind.need != .read { written.add(prepared.text, [parameters]) }
        return PinnedStatement(
            compiled, parameters: parameters, writing: writing, environment: environment,
            session: self)
    }

    func requireWritable() throws(DatabaseError) {
        guard settings.boolean("default_transaction_read_only") else { return }
        throw Self.readOnly
    }

    private static var readOnly: DatabaseError {
        DatabaseError(
            .readOnlyTransaction, "cannot write in a read-only transaction",
            hint: "begin with BEGIN READ WRITE, or SET default_transaction_read_only = off")
    }

    /// The snapshot of the open transaction, taken now if need be.
    func readingScope() throws(DatabaseError) -> TransactionScope {
        switch transaction {
        case .reading(let reading): return reading.scope
        case .undecided(let started, let isReadOnly):
            let scope = try engine.readScope()
            transaction = .reading(
                ReadingTransaction(scope: scope, started: started, isReadOnly: isReadOnly))
            return scope
        case .none, .writing, .aborted:
            throw DatabaseError(.internalError, "no snapshot belongs to this transaction")
        }
    }

    /// Makes the open transaction the writer.
    ///
    /// Errors: 25006 where it is read-only, 55P03 where the writer stays busy, 40001 where its
    /// snapshot is no longer the newest.
    func writingTransaction() throws(DatabaseError) -> WritingTransaction {
        let started: Timestamp
        var snapshot: UInt64?
        switch transaction {
        case .writing(let writing): return writing
        case .undecided(let time, let isReadOnly):
            guard !isReadOnly else { throw Self.readOnly }
            started = time
        case .reading(let reading):
            guard !reading.isReadOnly else { throw Self.readOnly }
            started = reading.started
            snapshot = try reading.scope.commitSequence()
        case .none, .aborted:
            throw DatabaseError(.internalError, "no transaction is open")
        }
        let pinned = try engine.beginPinnedWrite(
            timeoutMilliseconds: settings.integer("lock_timeout"), cancellation: cancellation)
        let engine = engine
        let scope = try pinned.run { writer throws(DatabaseError) in
            try engine.writeScope(writer)
        }
        let sequence = try pinned.run { writer in writer.sequence }
        if let snapshot, !engine.quietCommits.contain(snapshot + 1..<max(sequence, snapshot + 1)) {
            pinned.rollback()
            throw DatabaseError(
                .serializationFailure,
                "another transaction committed after this one took its snapshot",
                hint: "run the transaction again, or start it with BEGIN READ WRITE")
        }
        if case .reading(let reading) = transaction { reading.scope.close() }
        let writing = WritingTransaction(pinned: pinned, scope: scope, started: started)
        transaction = .writing(writing)
        return writing
    }
}
