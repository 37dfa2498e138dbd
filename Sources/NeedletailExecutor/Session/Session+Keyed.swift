import NeedletailCatalog
package import NeedletailCore
import NeedletailPlanner
import NeedletailStorage
import NeedletailSyntax

/// Writes that a key names, so that each is done once.
extension Session {
    package func startOnce(
        _ key: String, _ sql: String, parameters: Parameters, batch: [Parameters]?
    ) throws(DatabaseError) -> any RunningStatement {
        try guarded { () throws(DatabaseError) in
            let size = key.utf8.count
            guard 1...Limits.idempotencyKeyBytesMax ~= size else {
                throw DatabaseError(
                    .invalidParameter, "an idempotency key is \(size) bytes long",
                    hint: "It has 1 to \(Limits.idempotencyKeyBytesMax) bytes.")
            }
            let prepared = try engine.prepare(sql)
            if prepared.statement.kind == .commit, batch == nil { return try commitOnce(key) }
            // Only its end is accepted of a transaction that failed.
            if case .aborted = transaction {
                return try start(prepared, parameters: parameters)
            }
            guard case .none = transaction else {
                throw DatabaseError(
                    .activeTransaction,
                    "a statement inside a transaction cannot have an idempotency key",
                    hint: "Give the key to the COMMIT: it names the whole transaction.")
            }
            let started = try startOnce(
                key, prepared, sets: batch ?? [parameters], isBatch: batch != nil)
            began([started])
            return started
        }
    }

    private func startOnce(
        _ key: String, _ prepared: PreparedText, sets: [Parameters], isBatch: Bool
    ) throws(DatabaseError) -> any RunningStatement {
        endCurrent()
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        guard !prepared.statement.kind.concernsSession else { throw Self.changesNothing }
        var digest = StatementDigest()
        digest.add(prepared.text, sets)
        let name = KeyedStatement.KeyName(key: key, digest: digest.hash)
        let scope = try engine.readScope()
        defer { scope.close() }
        // Before names are looked up: a repeated DROP TABLE finds its table gone. And before the
        // writer is asked for, so that it answers where nothing can be written.
        if let known = try scope.view.keyedCommit(key) {
            return ReadyStatement(try known.answer(to: name))
        }
        let compiled = try prepared.compiled(for: scope.catalog)
        switch compiled.bound.kind.need {
        case .session, .read: throw Self.changesNothing
        case .load:
            throw DatabaseError(
                .notSupported, "COPY cannot have an idempotency key: it commits in parts",
                hint: "Put it into a transaction and give the key to its COMMIT, or send a batch "
                    + "of INSERT.")
        case .write:
            if case .analyze = compiled.bound.kind {
                throw DatabaseError(
                    .notSupported, "ANALYZE cannot have an idempotency key",
                    hint: "Leave the key out: ANALYZE may be repeated.")
            }
        }
        try requireWritable()
        let environment = environment()
        let keyed = KeyedStatement(
            name: name, prepared: prepared, columns: compiled.columns, sets: sets,
            isBatch: isBatch, environment: environment)
        return WriteStatement(
            columns: compiled.columns, engine: engine, environment: environment,
            work: keyed.run)
    }

    private static var changesNothing: DatabaseError {
        DatabaseError(
            .invalidParameter,
            "an idempotency key names a write, and this statement changes nothing",
            hint: "Leave the key out: the statement may be repeated.")
    }

    /// `COMMIT` of a transaction that `key` names, or the question whether it was.
    private func commitOnce(_ key: String) throws(DatabaseError) -> any RunningStatement {
        endCurrent()
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        switch transaction {
        case .none: return try askWhetherCommitted(key)
        case .aborted: return try start("COMMIT", parameters: .none, input: nil)
        case .undecided, .reading, .writing: break
        }
        do throws(DatabaseError) {
            let name = KeyedStatement.KeyName(key: key, digest: written.hash)
            if let known = try keyedCommit(name) {
                let answer = try known.answer(to: name, isTransaction: true)
                rollback()
                return ReadyStatement(answer)
            }
            let sequence = try commit()
            return ReadyStatement(
                columns: [], rows: [],
                summary: StatementSummary(tag: "COMMIT", commitSequence: sequence))
        } catch {
            // As after any COMMIT that failed, no transaction is left open.
            rollback()
            throw error
        }
    }

    /// What the open transaction's snapshot knows of a key; one that it does not know is written,
    /// where the transaction has written anything.
    private func keyedCommit(
        _ name: KeyedStatement.KeyName
    ) throws(DatabaseError) -> KeyedCommit? {
        guard case .writing(let writing) = transaction else {
            return try readingScope().view.keyedCommit(name.key)
        }
        return try writing.pinned.run { writer throws(DatabaseError) in
            if let known = try writer.unflushedView.keyedCommit(name.key) { return known }
            try writer.putKeyedCommit(
                name.key,
                KeyedCommit(
                    digest: name.digest, isTransaction: true, sequence: writer.sequence,
                    committed: WallClock.now, tag: "COMMIT", rowCount: 0))
            return nil
        }
    }

    /// Answers as the `COMMIT` with this key did. Looked up with the writer held as well: by then
    /// no transaction that wrote before is still on its way.
    private func askWhetherCommitted(_ key: String) throws(DatabaseError) -> any RunningStatement {
        var known = try engine.store.beginRead().view.keyedCommit(key)
        if known == nil, !engine.store.options.isReadOnly {
            let transaction = try engine.store.beginWrite(
                timeoutMilliseconds: settings.integer("lock_timeout"))
            known = try transaction.view.keyedCommit(key)
            transaction.rollback()
        }
        guard let known else {
            throw DatabaseError(
                .noActiveTransaction,
                "no transaction is open, and none has committed with the key \"\(key)\"",
                hint: "Nothing of it was written: run it again, with this key on its COMMIT.")
        }
        guard known.isTransaction else { throw known.mismatch(key) }
        return ReadyStatement(try KeyedAnswer(known))
    }
}

extension ReadyStatement {
    /// An answer that was given before.
    convenience init(_ answer: KeyedAnswer) {
        self.init(columns: answer.columns, rows: answer.rows, summary: answer.summary)
    }
}
