package import NeedletailCatalog
package import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax

/// A statement that runs inside a given transaction, on the thread that may use it.
package final class ScopedStatement: RunningStatement {
    private enum Work {
        case execution(Execution)
        case load(CopyLoad, TransactionScope)
    }

    private let compiled: CompiledStatement
    private let progressCounter: ProgressCounter
    private var work: Work?
    private var finalSummary: StatementSummary?

    init(
        _ compiled: CompiledStatement, parameters: Parameters, scope: TransactionScope,
        environment: StatementEnvironment
    ) throws(DatabaseError) {
        self.compiled = compiled
        progressCounter = environment.progress
        if case .copyFrom(let copy) = compiled.bound.kind {
            work = .load(
                try CopyLoad(
                    copy, compiled: compiled, parameters: parameters, environment: environment),
                scope)
        } else {
            work = .execution(
                try Execution(
                    compiled, parameters: parameters, scope: scope, environment: environment))
        }
    }

    /// Runs `prepared` inside a transaction that a caller's closure was given.
    ///
    /// Errors: 25001 for statements that begin or end transactions.
    package convenience init(
        _ prepared: PreparedText, parameters: Parameters, scope: TransactionScope, engine: Engine,
        started: Timestamp, cancellation: Cancellation
    ) throws(DatabaseError) {
        if prepared.statement.kind.concernsSession {
            throw DatabaseError(
                .activeTransaction,
                "this statement belongs to a session, not inside read { } or write { }",
                hint: "the closure is the transaction; for BEGIN and SET, use session()")
        }
        try self.init(
            try prepared.compiled(for: scope.catalog), parameters: parameters, scope: scope,
            environment: StatementEnvironment(
                settings: SessionSettings(), cancellation: cancellation,
                databaseName: engine.name, store: engine.store, segments: engine.segments,
                masks: engine.masks, scans: engine.scans, now: started,
                progress: ProgressCounter(), input: nil))
    }

    init(_ execution: Execution) {
        compiled = execution.statement
        progressCounter = execution.environment.progress
        work = .execution(execution)
    }

    package var columns: [Column] { compiled.columns }
    package var isCopyOut: Bool { compiled.isCopyOut }
    package var progress: StatementProgress { progressCounter.progress }

    package func next() throws(DatabaseError) -> [Value]? {
        switch work {
        case .execution(let execution):
            if let row = try execution.next() { return row }
        case .load(let load, let scope):
            _ = try load.loadAll(into: scope)
        case nil: return nil
        }
        close()
        return nil
    }

    /// All rows that have not been asked for yet.
    package func remainingRows() throws(DatabaseError) -> [[Value]] {
        var rows: [[Value]] = []
        while let row = try next() { rows.append(row) }
        return rows
    }

    package var summary: StatementSummary {
        switch work {
        case .execution(let execution): execution.summary
        case .load(let load, _): load.summary
        case nil: finalSummary ?? StatementSummary(tag: "")
        }
    }

    package func close() {
        finalSummary = summary
        if case .execution(let execution) = work { execution.finish() }
        work = nil
    }
}
