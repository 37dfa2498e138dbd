package import NeedletailCore
import Synchronization

/// A session that understands a handful of made-up statements, for tests of whatever runs sessions.
///
/// | statement | does |
/// |---|---|
/// | `ONE` | two rows of an integer and a double |
/// | `ROWS n` | n rows: `1`, `'row 1'` and so on |
/// | `WIDE n` | n rows of about 1,000 bytes |
/// | `ECHO` | its parameters as one row |
/// | `TYPES` | a row with a value of every type |
/// | `EMPTY` | two columns, no rows |
/// | `INSERT` | one row changed |
/// | `PLAN` | a row, with everything a summary can have |
/// | `FAIL code` | fails at the start, pointing at the code |
/// | `FAILAFTER n` | fails after n rows |
/// | `SLOW` | runs until it is cancelled, or released |
/// | `COPY FROM STDIN` | counts lines; a line `bad` fails |
/// | `COPY TO STDOUT n` | n lines of text |
/// | `BEGIN COMMIT ROLLBACK` | as ever |
/// | `BRIEF …` | what follows, also on a thread that others wait for |
/// | `BRIEF LATE n` | n rows, but on such a thread it fails after one and is overdue |
package final class ScriptedSession: StatementSession {
    struct State {
        var transaction = TransactionState.idle
        var statements: [String] = []
        var isCancelled = false
        var isReleased = false
        var isClosed = false
        var slowStarted = 0
        var briefStarted = 0
        var isOverdue = false
        var rowsProduced = 0
    }

    let state = Mutex(State())

    package init() {}

    /// Every statement that was started, in order.
    package var statements: [String] { state.withLock { $0.statements } }
    package var isClosed: Bool { state.withLock { $0.isClosed } }
    /// How many `SLOW` statements have started.
    package var slowStarted: Int { state.withLock { $0.slowStarted } }
    /// How many statements have started on a thread that others wait for.
    package var briefStarted: Int { state.withLock { $0.briefStarted } }
    package var isOverdue: Bool { state.withLock { $0.isOverdue } }
    /// Rows that were pulled out of it.
    package var rowsProduced: Int { state.withLock { $0.rowsProduced } }

    /// Lets `SLOW` statements end well.
    package func release() { state.withLock { $0.isReleased = true } }

    package var transactionState: TransactionState { state.withLock { $0.transaction } }

    package func cancel() { state.withLock { $0.isCancelled = true } }

    package func close() { state.withLock { $0.isClosed = true } }

    package func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        var words = sql.split { $0 == " " || $0 == "\n" }.map(String.init)
        if words.first == "BRIEF" { words.removeFirst() }
        if words.first == "LATE" { words[0] = "ROWS" }
        let verb = words.first ?? ""
        let isAborted = state.withLock { state in
            state.statements.append(sql)
            state.isCancelled = false
            state.isOverdue = false
            return state.transaction == .aborted
        }
        if isAborted, verb != "ROLLBACK", verb != "COMMIT" {
            throw DatabaseError(
                .abortedTransaction, "the transaction is aborted", hint: "Send ROLLBACK.")
        }
        do throws(DatabaseError) {
            return try ScriptedStatement(
                verb: verb, words: words, parameters: parameters, input: input, session: self)
        } catch {
            abort()
            throw error
        }
    }

    package func startBriefly(
        _ sql: String, parameters: Parameters
    ) throws(DatabaseError) -> (any RunningStatement)? {
        guard sql.hasPrefix("BRIEF "), transactionState == .idle else { return nil }
        let isLate = sql.hasPrefix("BRIEF LATE")
        let started = try start(
            isLate ? "FAILAFTER 1" : sql, parameters: parameters, input: nil)
        state.withLock {
            $0.briefStarted += 1
            $0.isOverdue = isLate
        }
        return started
    }

    /// Runs nothing: answers `KEYED key` with the count of sets. One that begins with `FAIL` fails.
    package func startOnce(
        _ key: String, _ sql: String, parameters: Parameters, batch: [Parameters]?
    ) throws(DatabaseError) -> any RunningStatement {
        let keyed = "KEYED \(key) \(batch?.count ?? 1)"
        return try start(sql.hasPrefix("FAIL") ? sql : keyed, parameters: .none, input: nil)
    }

    /// Knows commits up to 7.
    package func requireCommit(_ sequence: UInt64) throws(DatabaseError) {
        guard sequence > 7 else { return }
        throw DatabaseError(
            .lockNotAvailable, "commit \(sequence) is not there; the newest is 7",
            hint: "Wait for it.")
    }

    func abort() {
        state.withLock { if $0.transaction == .open { $0.transaction = .aborted } }
    }
}
