import NeedletailCatalog
package import NeedletailCore
import NeedletailStorage
import NeedletailSyntax

/// One statement with several sets of parameters, whose searches are run together.
extension Session {
    package func startBatch(
        _ sql: String, sets: ArraySlice<Parameters>
    ) throws(DatabaseError) -> [any RunningStatement]? {
        guard sets.count > 1, let prepared = try? engine.prepare(sql) else { return nil }
        return try startBatch(prepared, sets: sets)
    }

    /// As ``startBatch(_:sets:)``, of a statement that was parsed before.
    package func startBatch(
        _ prepared: PreparedText, sets: ArraySlice<Parameters>
    ) throws(DatabaseError) -> [any RunningStatement]? {
        // A snapshot is taken for a query alone: a transaction that writes first must not be held
        // to one that is older than its turn.
        guard sets.count > 1, case .select = prepared.statement.kind else { return nil }
        switch transaction {
        case .none, .aborted: return nil
        case .undecided, .reading, .writing: break
        }
        endCurrent()
        cancellation.begin(timeoutMilliseconds: settings.statementTimeoutMilliseconds)
        let started = try guarded { () throws(DatabaseError) in
            if case .writing(let writing) = transaction {
                return try startPinned(prepared, sets, writing)
            }
            let scope = try readingScope()
            return try searched(prepared, sets, in: scope)?.map { execution in
                ReadStatement(
                    execution, scope: nil, progress: execution.environment.progress,
                    session: self) as any RunningStatement
            }
        }
        if let started { began(started) }
        return started
    }

    package func runTogether(
        _ body: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard case .writing(let writing) = transaction else { return try body() }
        try writing.pinned.run { _ throws(DatabaseError) in try body() }
    }

    private func startPinned(
        _ prepared: PreparedText, _ sets: ArraySlice<Parameters>, _ writing: WritingTransaction
    ) throws(DatabaseError) -> [any RunningStatement]? {
        let executions = try writing.pinned.run { _ throws(DatabaseError) -> [Execution]? in
            try searched(prepared, sets, in: writing.scope)
        }
        return executions.map { executions in
            zip(executions, sets).map { execution, set in
                PinnedStatement(
                    execution.statement, parameters: set, writing: writing,
                    environment: execution.environment, session: self,
                    running: ScopedStatement(execution))
            }
        }
    }

    /// Begins a transaction that runs `prepared` first: one that writes must not be held to a
    /// snapshot from before its turn.
    package func begin(for prepared: PreparedText) throws(DatabaseError) {
        switch prepared.statement.kind {
        case .insert, .upsert, .update, .delete: try beginTransaction(.readWrite)
        default: try beginTransaction(nil)
        }
    }

    /// Executions for the first of `sets`, whose searches are done; those that were stopped will
    /// search again. `nil` where there are not two.
    private func searched(
        _ prepared: PreparedText, _ sets: ArraySlice<Parameters>, in scope: TransactionScope
    ) throws(DatabaseError) -> [Execution]? {
        // What is wrong with the statement, or with a set, starting it alone will tell.
        guard let compiled = try? prepared.compiled(for: scope.catalog),
            let search = compiled.sharedSearch, let reader = try? scope.reader(search.table),
            let rowCount = try? reader.rowCount()
        else { return nil }
        func execution(_ set: Parameters) throws(DatabaseError) -> Execution {
            try Execution(
                compiled, parameters: set, scope: scope, environment: environment())
        }
        var executions: [Execution] = []
        var searches: [ExactSearchRun] = []
        var results = 0
        for set in sets.prefix(Limits.sharedSearchesMax) {
            do throws(DatabaseError) {
                let next = try execution(set)
                let wanted = try search.count.value(next.run) ?? rowCount
                results = results.addedClamped(min(wanted, rowCount))
                guard results <= Limits.sharedResultsMax else { break }
                searches.append(try ExactSearchRun(search, reader: reader, next.run))
                executions.append(next)
            } catch {
                break
            }
        }
        guard executions.count > 1 else { return nil }
        let start = MonotonicClock.nanoseconds()
        let found = ExactSearchRun.nearest(of: searches)
        try cancellation.checkRequest()
        let elapsed = MonotonicClock.nanoseconds() - start
        for (place, set) in sets.prefix(executions.count).enumerated() {
            // What was counted until it was stopped would be counted twice.
            if found[place] == nil { executions[place] = try execution(set) }
            executions[place].take(
                found[place], of: search, nanoseconds: elapsed / Int64(executions.count))
        }
        return executions
    }
}
