import NeedletailCore
import NeedletailWire

/// A conversation of which everything is chosen: requests good and bad, where the bytes are cut,
/// what each statement answers and when, what the client takes, timers, and the end. After every
/// event the state machine is held against what it promises.
package struct FuzzedSession {
    var choices: Choices
    var machine: SessionStateMachine
    let limits: SessionLimits
    var now: Int64 = 0

    // What the owner of the connection knows.
    var input: [UInt8] = []
    var run: Run?
    var unflushed = 0
    var transaction = TransactionState.idle
    var isClosed = false
    var isOutputClosed = false
    var isReleased = false
    var isReadingPaused = false
    var isInputClosed = false
    /// The end was not the client's orderly one, so not everything is answered.
    var isCutShort = false

    // What was asked and what was answered.
    /// No line is anything but a whole line of JSON, so that every request is understood.
    let isPure: Bool
    var asked: [String] = []
    var answered: [String: Int] = [:]
    var started: Set<String> = []
    var rest: [UInt8] = []
    var nextName = 0
    var openCopies: [String] = []
    /// What is wrong, told once.
    var complaint: String?

    /// The statement that runs.
    struct Run {
        var request: StatementRequest
        /// Told to go on, and has not come back.
        var isActive = true
        var isCopy: Bool
        var isOpen = false
        var hasEnded = false
        var failure: DatabaseError?
        var backlog = 0
    }

    private static let eventsMax = 400

    /// Runs one conversation.
    ///
    /// - Returns: what the machine did that it must not; `nil` where all is well.
    package static func run(_ choices: Choices) -> String? {
        var session = FuzzedSession(choices)
        return session.converse()
    }

    private init(_ choices: Choices) {
        var choices = choices
        var limits = SessionLimits()
        limits.requestsInFlight = choices.pick([1, 2, 5, 128])
        limits.outboundBytes = choices.pick([1, 200, 4_096])
        limits.copyBacklogBytes = choices.pick([1, 64, 4_096])
        limits.readAheadBytes = choices.pick([1, 256])
        limits.lineBytes = choices.pick([150, 4_000])
        limits.idleInTransactionMilliseconds = 1_000
        limits.idleMilliseconds = choices.pick([nil, 3_000])
        limits.stalledMilliseconds = 5_000
        self.limits = limits
        isPure = choices.next(2) == 0
        self.choices = choices
        machine = SessionStateMachine(limits: limits, boundary: SemicolonBoundary(), now: 0)
    }

    mutating func complain(_ text: String) {
        if complaint == nil { complaint = text }
    }

    mutating func converse() -> String? {
        var events = 0
        while !isReleased, complaint == nil, events < Self.eventsMax {
            step()
            events += 1
        }
        // The client stops sending; all that was begun may end.
        if !isInputClosed { closeInput() }
        while !isReleased, complaint == nil, events < 10 * Self.eventsMax {
            settle()
            events += 1
        }
        if complaint == nil {
            if !isReleased || !isClosed { complain("it does not end") }
            checkAnswers()
        }
        return complaint
    }

    // MARK: Events

    mutating func step() {
        switch choices.next(20) {
        case 0...4: if !isInputClosed { input += line() }
        case 5...8: deliver(choices.next(40) + 1)
        case 9: deliver(input.count)
        case 10...12: advance(mayGoOn: true)
        case 13: flush(choices.next(200) + 1)
        case 14: flush(unflushed)
        case 15: openCopy()
        case 16: consume()
        case 17:
            now += Int64(choices.pick([0, 1, 60, 999, 1_001]))
            event { $0.tick(now: $1) }
        case 18:
            if let deadline = machine.nextDeadline { now = max(now, deadline) }
            event { $0.tick(now: $1) }
        default: end()
        }
    }

    /// Rare ways to end.
    mutating func end() {
        switch choices.next(40) {
        case 0: closeInput()
        case 1:
            isCutShort = true
            isInputClosed = true
            isClosed = true
            event { $0.connectionLost(now: $1) }
        case 2:
            isCutShort = true
            event { $0.shutdown(now: $1) }
        case 3:
            isCutShort = true
            event { $0.shutdownNow(now: $1) }
        default: break
        }
    }

    /// Whatever is left to do, and when nothing is, the passage of time.
    mutating func settle() {
        if run?.isActive == true {
            consume()
            advance(mayGoOn: false)
        }
        flush(unflushed)
        now += 20
        event { $0.tick(now: $1) }
    }

    mutating func event(_ body: (inout SessionStateMachine, Int64) -> Void) {
        body(&machine, now)
        perform()
    }

    mutating func deliver(_ count: Int) {
        guard !isInputClosed, !isReadingPaused else { return }
        let piece = Array(input.prefix(count))
        guard !piece.isEmpty else { return }
        input.removeFirst(piece.count)
        event { $0.received(piece, now: $1) }
    }

    mutating func closeInput() {
        // What was written is delivered first, also where reading was paused: a socket would.
        let piece = input
        input = []
        if !piece.isEmpty { event { $0.received(piece, now: $1) } }
        isInputClosed = true
        event { $0.inputClosed(now: $1) }
    }

    mutating func flush(_ count: Int) {
        let taken = min(count, unflushed)
        guard taken > 0, !isClosed else { return }
        unflushed -= taken
        event { $0.flushed(taken, now: $1) }
    }

    // MARK: The statement

    mutating func openCopy() {
        guard let current = run, current.isCopy, current.isActive, !current.isOpen else { return }
        run?.isOpen = true
        event { $0.copyOpened(now: $1) }
    }

    mutating func consume() {
        guard let current = run, current.isOpen, current.backlog > 0 else { return }
        run?.backlog = 0
        event { $0.copyConsumed(current.backlog, now: $1) }
    }

    /// The run comes back, with more to say or at its end.
    mutating func advance(mayGoOn: Bool) {
        guard let current = run, current.isActive else { return }
        // A COPY that waits for data does not come back by itself.
        if current.isOpen, !current.hasEnded, current.failure == nil { return }
        if mayGoOn, choices.next(3) == 0 {
            run?.isActive = false
            let bytes = reply(to: current.request, isLast: false)
            event { $0.advanced(.more(bytes), now: $1) }
            return
        }
        var outcome = StatementOutcome(transaction: transaction)
        // A COPY that succeeds has had its data.
        let isUnfed = current.isCopy && !(current.isOpen && current.hasEnded)
        let fails = current.failure != nil || isUnfed || (mayGoOn && choices.next(4) == 0)
        switch current.request.sql {
        case "BEGIN" where !fails: outcome.transaction = .open
        case "COMMIT", "ROLLBACK": outcome.transaction = .idle
        default: if fails, transaction == .open { outcome.transaction = .aborted }
        }
        var bytes: [UInt8] = []
        if fails {
            outcome.error =
                current.failure
                ?? DatabaseError(.divisionByZero, "division by zero", hint: "Divide by more.")
        } else if !isRollback(current.request) {
            bytes = reply(to: current.request, isLast: true)
        }
        transaction = outcome.transaction
        run = nil
        event { $0.advanced(.ended(bytes, outcome), now: $1) }
    }

    /// One of the machine's own, which nobody is told of.
    func isRollback(_ request: StatementRequest) -> Bool {
        request.id == nil && request.sql == "ROLLBACK"
    }

    func reply(to request: StatementRequest, isLast: Bool) -> [UInt8] {
        guard let id = request.id else { return Array((isLast ? "OK\n" : "row\n").utf8) }
        return Array("{\"id\":\(id),\(isLast ? "\"done\":\"X\"" : "\"rows\":[]")}\n".utf8)
    }

    // MARK: What the machine wants

    mutating func perform() {
        for action in machine.takeActions() {
            if isClosed, !isLate(action) { complain("\(action) after the end") }
            perform(action)
        }
        checkBounds()
    }

    /// After the connection is gone a run may still be told to stop.
    func isLate(_ action: SessionAction) -> Bool {
        switch action {
        case .cancel, .copyFail, .resume, .releaseSession: true
        default: false
        }
    }

    mutating func perform(_ action: SessionAction) {
        switch action {
        case .write(let bytes):
            if isClosed || isOutputClosed { complain("bytes after the end") }
            unflushed += bytes.count
            take(bytes)
        case .start(let request):
            if run != nil { complain("a statement starts while another runs") }
            if isReleased || isClosed { complain("a statement starts after the end") }
            note(started: request)
            run = Run(request: request, isCopy: request.sql == "COPY FROM STDIN")
        case .resume:
            if run == nil || run?.isActive == true { complain("a run that is not paused resumes") }
            run?.isActive = true
        case .cancel: if run == nil { complain("nothing is cancelled") }
        case .copyData(let bytes):
            if run == nil { complain("data for nothing") }
            run?.backlog += bytes.count
        case .copyEnd:
            if run == nil { complain("data of nothing ends") }
            run?.hasEnded = true
        case .copyFail(let error):
            if run == nil { complain("data of nothing fails") }
            run?.failure = error
        case .pauseReading:
            if isReadingPaused { complain("reading is paused twice") }
            isReadingPaused = true
        case .resumeReading:
            if !isReadingPaused { complain("reading resumes twice") }
            isReadingPaused = false
        case .closeOutput:
            if isOutputClosed || unflushed > 0 { complain("the output closes twice, or early") }
            isOutputClosed = true
            isCutShort = true
        case .close:
            if isClosed { complain("it closes twice") }
            // A client that takes nothing is left with what it did not take.
            if unflushed > 0 { isCutShort = true }
            if !isInputClosed { isCutShort = true }
            isClosed = true
        case .releaseSession:
            if isReleased || run != nil || !isClosed { complain("the session is released early") }
            isReleased = true
        }
    }

    mutating func note(started request: StatementRequest) {
        // Others are not asked for once only.
        guard case .string(let name)? = request.id, name.hasPrefix("r") else { return }
        if !started.insert(name).inserted { complain("request \(name) starts twice") }
    }

    mutating func checkBounds() {
        // One more where a COPY starves; a plain line may hold several statements.
        let most = limits.requestsInFlight + 1 + Self.statementsPerLine
        if machine.requestsInFlight > most {
            complain("\(machine.requestsInFlight) requests are in flight, over \(most)")
        }
        if !isClosed, run == nil || run.map({ !isRollback($0.request) }) == true,
            machine.isInTransaction != (transaction != .idle)
        {
            complain("the transaction is \(transaction), and the machine does not know")
        }
    }
}
