import NeedletailCore
import Synchronization

/// A session that answers from a table of prepared answers, and writes down what it was asked.
final class FakeSession: StatementSession {
    struct Answer: Sendable {
        var columns: [Column] = []
        var rows: [[Value]] = []
        var summary: StatementSummary
        /// Thrown after the rows.
        var failure: DatabaseError?
        var isCopyOut = false
        /// Reads all of its input first; every line is a row.
        var readsInput = false
        /// Runs until it is cancelled.
        var isEndless = false
    }

    struct Asked: Sendable, Hashable {
        let sql: String
        let parameters: Parameters
    }

    private struct State: Sendable {
        var answers: [String: Answer]
        var asked: [Asked] = []
        var givenInput: [String] = []
        var received: [UInt8] = []
        var transaction = TransactionState.idle
        var isCancelled = false
        var cancels = 0
    }

    private let state: Mutex<State>

    init(_ answers: [String: Answer] = [:]) { state = Mutex(State(answers: answers)) }

    var asked: [String] { state.withLock { $0.asked.map(\.sql) } }
    var askedWithParameters: [Asked] { state.withLock { $0.asked } }
    /// The statements that were given something to read.
    var givenInput: [String] { state.withLock { $0.givenInput } }
    /// Everything COPY read.
    var received: String { state.withLock { String(decoding: $0.received, as: UTF8.self) } }
    var transactionState: TransactionState { state.withLock { $0.transaction } }
    var isCancelled: Bool { state.withLock { $0.isCancelled } }
    var cancels: Int { state.withLock { $0.cancels } }

    func cancel() {
        state.withLock {
            $0.isCancelled = true
            $0.cancels += 1
        }
    }

    func close() {}

    func start(
        _ sql: String, parameters: Parameters, input: (any CopyInput)?
    ) throws(DatabaseError) -> any RunningStatement {
        let hasInput = input != nil
        let answer = state.withLock { state in
            state.asked.append(Asked(sql: sql, parameters: parameters))
            if hasInput { state.givenInput.append(sql) }
            state.isCancelled = false
            switch sql {
            case "BEGIN": state.transaction = .open
            case "COMMIT", "ROLLBACK": state.transaction = .idle
            default: break
            }
            return state.answers[sql]
        }
        if let answer { return FakeStatement(answer, session: self, input: input) }
        let word = String(sql.prefix { $0.isLetter }).uppercased()
        if ["BEGIN", "COMMIT", "ROLLBACK", "SET", "CREATE", "DROP", "INSERT"].contains(word) {
            let summary = StatementSummary(tag: word == "INSERT" ? "INSERT 0 1" : word)
            return FakeStatement(Answer(summary: summary), session: self, input: input)
        }
        state.withLock { if $0.transaction == .open { $0.transaction = .aborted } }
        let range = SourceRange(0, word.utf8.count)
        throw DatabaseError(
            .syntaxError, "syntax error at \"\(word)\"", hint: "Nobody prepared an answer.",
            position: range)
    }

    fileprivate func receive(_ bytes: [UInt8]) {
        state.withLock { $0.received.append(contentsOf: bytes) }
    }
}

private final class FakeStatement: RunningStatement {
    private let answer: FakeSession.Answer
    private let session: FakeSession
    private let input: (any CopyInput)?
    private var position = 0
    private let rowsDone = Atomic<Int>(0)
    private(set) var summary: StatementSummary

    init(_ answer: FakeSession.Answer, session: FakeSession, input: (any CopyInput)?) {
        self.answer = answer
        self.session = session
        self.input = input
        summary = answer.summary
    }

    var columns: [Column] { answer.columns }
    var isCopyOut: Bool { answer.isCopyOut }
    var progress: StatementProgress {
        StatementProgress(rowsDone: rowsDone.load(ordering: .relaxed))
    }

    func next() throws(DatabaseError) -> [Value]? {
        if answer.readsInput { try readInput() }
        if answer.isEndless {
            while !session.isCancelled {}
            throw DatabaseError(.queryCanceled, "the statement was cancelled")
        }
        if position < answer.rows.count {
            position += 1
            return answer.rows[position - 1]
        }
        if let failure = answer.failure { throw failure }
        return nil
    }

    private func readInput() throws(DatabaseError) {
        var rows = 0
        while let bytes = try input?.read() {
            session.receive(bytes)
            rows += bytes.count { $0 == 0x0A }
            rowsDone.store(rows, ordering: .relaxed)
        }
        summary.tag = "COPY \(rows)"
        summary.rowCount = rows
    }

    func close() {}
}

extension FakeSession.Answer {
    /// A result of `SELECT`.
    static func rows(
        _ columns: [(String, ValueType)], _ rows: [[Value]], plan: String? = nil, visited: Int = 0
    ) -> Self {
        Self(
            columns: columns.map { Column(name: $0.0, type: $0.1) }, rows: rows,
            summary: StatementSummary(
                tag: "SELECT \(rows.count)", rowCount: rows.count, plan: plan, visited: visited,
                elapsedNanoseconds: 210_000))
    }

    static func tag(_ tag: String) -> Self { Self(summary: StatementSummary(tag: tag)) }
}
