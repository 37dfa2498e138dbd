import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// A running `COPY … FROM`: reads rows and stores them, a batch at a time.
final class CopyLoad {
    private let copy: BoundCopyFrom
    private let environment: StatementEnvironment
    private let assembler: RowAssembler
    private let start = MonotonicClock.nanoseconds()
    private var reader: CopyReader
    private var values: [Value?] = []
    private var stored = 0
    /// Rows that are durable, whatever happens next.
    private var committed = 0
    private var skipped = 0
    private var firstSkipped: String?
    private var isDone = false

    init(
        _ copy: BoundCopyFrom, compiled: CompiledStatement, parameters: Parameters,
        environment: StatementEnvironment
    ) throws(DatabaseError) {
        self.copy = copy
        self.environment = environment
        let values = try ParameterBinding.values(parameters, for: compiled.bound.parameters)
        let context = EvaluationContext(parameters: values, environment: environment)
        assembler = RowAssembler(
            table: copy.table, targets: copy.targets, defaults: copy.defaults,
            checks: copy.checks, compiler: ExpressionCompiler(), context: context)
        reader = try CopyReader(copy, input: environment.input)
    }

    /// Stores the rows up to the batch size. Returns whether there may be more.
    func loadBatch(into scope: TransactionScope) throws(DatabaseError) -> Bool {
        let writer = try scope.tableWriter(copy.table, indexes: copy.indexes)
        let end = stored + max(1, copy.options.batchRows)
        do throws(DatabaseError) {
            while stored < end {
                guard try loadRow(writer) else {
                    isDone = true
                    break
                }
                if stored % 256 == 0 {
                    try environment.cancellation.check()
                    report()
                }
            }
        } catch {
            throw explained(error)
        }
        report()
        return !isDone
    }

    /// Stores all rows inside one transaction.
    func loadAll(into scope: TransactionScope) throws(DatabaseError) -> StatementSummary {
        while try loadBatch(into: scope) {}
        return summary
    }

    /// Told when everything stored so far is durable.
    func batchCommitted() { committed = stored }

    var summary: StatementSummary {
        var notices: [Notice] = []
        if skipped > 0 {
            notices.append(
                Notice(
                    .badCopyFormat, "\(skipped) rows were skipped; the first: \(firstSkipped ?? "")"
                ))
        }
        return StatementSummary(
            tag: "COPY \(stored)", rowCount: stored, notices: notices,
            elapsedNanoseconds: MonotonicClock.nanoseconds() - start)
    }

    private func loadRow(_ writer: TableWriter) throws(DatabaseError) -> Bool {
        do throws(DatabaseError) {
            guard try reader.next(into: &values) else { return false }
            let row = try assembler.row(
                from: values.map { $0 ?? .null }, writer: writer,
                isMissing: { values[$0] == nil })
            _ = try writer.insert(row)
            stored += 1
        } catch {
            guard copy.options.skipsErrors, error.concernsOneRow else {
                throw located(error)
            }
            skipped += 1
            if firstSkipped == nil { firstSkipped = located(error).message }
        }
        return true
    }

    /// Names the line, unless the reader has.
    private func located(_ error: DatabaseError) -> DatabaseError {
        guard error.concernsOneRow, !error.message.hasPrefix("line ") else { return error }
        return DatabaseError(
            error.code, "line \(reader.lineNumber): \(error.message)", hint: error.hint)
    }

    private func explained(_ error: DatabaseError) -> DatabaseError {
        var error = error
        if committed > 0 {
            let kept = "the first \(committed) rows are stored"
            error.hint = error.hint.map { "\($0); \(kept)" } ?? kept
        }
        return error
    }

    private func report() {
        environment.progress.setRows(stored)
        environment.progress.setFraction(reader.fractionRead)
    }
}

extension DatabaseError {
    /// Whether the fault lies in the row at hand, so that the next may be fine.
    var concernsOneRow: Bool {
        ["22", "23", "42"].contains(code.classCode) || code == .programLimit
    }
}
