package import NeedletailCore

/// One connection of the line protocol, without I/O, threads or a clock.
///
/// Events go in through the methods below, each with the time in milliseconds from any fixed
/// origin; what is to be done comes out of ``takeActions()``. No event traps, whatever arrives.
///
/// **Order.** Requests of a connection run one after another, as they arrived, and every line is
/// answered in its turn; only `cancel` acts at once (and is acknowledged in its turn). Lines are
/// taken only while all of this holds, else the connection is not read beyond a small read-ahead:
/// fewer than `requestsInFlight` requests wait or run; the client takes its replies; statements
/// take their `COPY` data; and no plain statement is unfinished, since the lines after it may be
/// its data.
///
/// **End.** A client that closes its sending side gets all its replies first. After a fatal error,
/// told in its turn, the rest of the input is dropped.
package struct SessionStateMachine: Sendable {
    package let limits: SessionLimits
    /// What all connections may hold.
    let budget: MemoryBudget
    var framer: LineFramer
    var boundary: any StatementBoundary
    var actions: [SessionAction] = []
    /// The time of the event being handled.
    var now: Int64

    // Input
    /// The first bytes are those of no other protocol.
    var isRecognised = false
    /// Lines of a plain `COPY` that failed are dropped up to its end marker.
    var isSkippingCopy = false
    var isReadingPaused = false
    var hasInputEnded = false
    /// The end of the input has been acted upon.
    var isInputFinished = false
    /// Told once everything before it is answered; no line is taken after it.
    var fatalFarewell: [UInt8]?

    // Requests
    var queue = FIFO<Entry>()
    var queuedCopyBytes = 0
    /// Bytes of what waits or runs.
    var requestBytes = 0
    /// Bytes of a statement whose end has not come.
    var openStatementBytes = 0
    /// What of ``heldBytes`` the budget knows.
    private var reportedBytes = 0
    var running: Running?
    /// Requests that ended and may still be sent data, which is dropped; newest last.
    var abandonedCopies: [RequestID] = []
    /// As the last request left it.
    package internal(set) var transaction = TransactionState.idle
    /// An idle transaction was rolled back and the client has not been told.
    var hasExpiredTransaction = false

    // Output and end
    var outboundBytes = 0
    var phase = Phase.open
    var isShuttingDown = false
    var hasReleasedSession = false
    private var refused: [DatabaseError.Code] = []
    /// When a line was last taken, a request ended, or a reply was flushed.
    var lastActivity: Int64
    /// When the client last took something, or something began to wait for it.
    var lastFlush: Int64

    enum Phase: Sendable, Equatable {
        case open
        /// Flush, half-close, then linger.
        case failing
        /// Read and drop, so that the client is not reset before it has read the error.
        case lingering(until: Int64)
        /// Flush, then close.
        case closing
        case closed
    }

    package init(
        limits: SessionLimits = SessionLimits(), budget: MemoryBudget = MemoryBudget(),
        boundary: any StatementBoundary, now: Int64
    ) {
        self.limits = limits
        self.budget = budget
        self.boundary = boundary
        self.now = now
        framer = LineFramer(lineBytesMax: limits.lineBytes)
        lastActivity = now
        lastFlush = now
    }

    /// What is to be done, in order; the list is then empty.
    package mutating func takeActions() -> [SessionAction] {
        var taken: [SessionAction] = []
        swap(&taken, &actions)
        return taken
    }

    /// Requests, and refused lines, that wait or run.
    package var requestsInFlight: Int { queue.count + (running == nil ? 0 : 1) }

    /// Bytes held for this connection: input, requests, `COPY` data, replies.
    package var heldBytes: Int {
        let copying = queuedCopyBytes + (running?.copyBytes ?? 0)
        return framer.heldBytes + openStatementBytes + requestBytes + copying + outboundBytes
    }

    /// Codes of what was turned away without being run, since the last call.
    package mutating func takeRefusals() -> [DatabaseError.Code] {
        defer { refused = [] }
        return refused
    }

    mutating func noteRefusal(_ code: DatabaseError.Code) { refused.append(code) }

    /// Whether a transaction is open, which others may be waiting for: its next statement must
    /// never queue behind theirs.
    package var isInTransaction: Bool { transaction != .idle }
}

// MARK: - Events

extension SessionStateMachine {
    /// Bytes arrived.
    package mutating func received(_ bytes: some Collection<UInt8>, now: Int64) {
        self.now = now
        guard phase == .open, !hasInputEnded, fatalFarewell == nil else { return }
        framer.append(bytes)
        proceed()
    }

    /// The client will send nothing more, but may still be reading.
    package mutating func inputClosed(now: Int64) {
        self.now = now
        hasInputEnded = true
        if case .lingering = phase { phase = .closing }
        proceed()
    }

    /// The connection is gone, in both directions.
    package mutating func connectionLost(now: Int64) {
        self.now = now
        abandon()
        proceed()
    }

    /// The system has taken `count` bytes of what was to be written.
    package mutating func flushed(_ count: Int, now: Int64) {
        self.now = now
        outboundBytes = max(0, outboundBytes - count)
        lastFlush = now
        lastActivity = now
        proceed()
    }

    /// The run that was started or resumed has come back.
    package mutating func advanced(_ step: StatementStep, now: Int64) {
        self.now = now
        guard let purpose = running?.purpose else { return }
        switch step {
        case .more(let bytes):
            if purpose == .request { write(bytes) }
            running?.isPaused = true
        case .ended(let bytes, let outcome):
            // Nobody has asked for a rollback of the server's own, so nobody is answered.
            if purpose == .request { write(bytes) }
            end(outcome)
        }
        proceed()
    }

    /// The run asks for `COPY` data for the first time.
    package mutating func copyOpened(now: Int64) {
        self.now = now
        guard running?.copy == .unopened else { return }
        running?.copy = .open
        if running?.cause != nil { failRunningCopy(StopCause.cancelled) }
        lastActivity = now
        proceed()
    }

    /// The run has used `count` bytes of its data.
    package mutating func copyConsumed(_ count: Int, now: Int64) {
        self.now = now
        guard let backlog = running?.copyBytes else { return }
        running?.copyBytes = max(0, backlog - count)
        lastActivity = now
        proceed()
    }

    /// Ends the connection with `error` before it has done anything, as one over the cap is.
    package mutating func refuse(_ error: DatabaseError, now: Int64) {
        self.now = now
        fatalFarewell = ErrorLine.json(error, id: nil)
        refused.append(error.code)
        proceed()
    }

    /// Stops starting requests: what runs may end, what waits or still comes is answered 57P03,
    /// then the connection closes.
    package mutating func shutdown(now: Int64) {
        self.now = now
        isShuttingDown = true
        proceed()
    }

    /// Also ends what still runs, with 57P01.
    package mutating func shutdownNow(now: Int64) {
        self.now = now
        isShuttingDown = true
        stopRunning(.shutdown)
        proceed()
    }

    /// The time of ``nextDeadline`` has come. Harmless at any other time.
    package mutating func tick(now: Int64) {
        self.now = now
        expire()
        proceed()
    }
}

// MARK: - What follows from them

extension SessionStateMachine {
    /// Does everything that the state allows; every event ends here.
    private mutating func proceed() {
        var hasMoved = true
        while hasMoved {
            hasMoved = takeLine()
            hasMoved = startNext() || hasMoved
        }
        failHopelessCopy()
        settle()
        resumeRunning()
        finishConnection()
        adjustReading()
        settle()
    }

    /// Tells the budget what this connection holds now.
    mutating func settle() {
        if phase == .closed { framer.discard() }
        let held = heldBytes
        if held != reportedBytes { budget.add(held - reportedBytes) }
        reportedBytes = held
    }

    mutating func write(_ bytes: [UInt8]) {
        guard !bytes.isEmpty, phase != .closed else { return }
        if outboundBytes == 0 { lastFlush = now }
        outboundBytes += bytes.count
        actions.append(.write(bytes))
    }

    /// Drops everything: the client is gone, or takes nothing.
    mutating func abandon() {
        phase = .closed
        queue.removeAll()
        requestBytes = running?.bytes ?? 0
        queuedCopyBytes = 0
        openStatementBytes = 0
        framer.discard()
        outboundBytes = 0
        stopRunning(.connectionLost)
    }

    /// Where the server's memory is used up, little may wait: a flush is all that frees it.
    var isOutboundFull: Bool {
        outboundBytes >= limits.outboundBytes
            || (outboundBytes >= limits.outboundShareBytes && budget.isExceeded)
    }

    private mutating func resumeRunning() {
        guard running?.isPaused == true, !isOutboundFull || running?.cause != nil else { return }
        running?.isPaused = false
        actions.append(.resume)
    }

    private mutating func finishConnection() {
        if phase == .open, running == nil, queue.isEmpty {
            if let fatalFarewell {
                write(fatalFarewell)
                phase = .failing
            } else if isInputFinished || isShuttingDown {
                phase = .closing
            }
        }
        if phase == .failing, outboundBytes == 0 {
            if hasInputEnded {
                phase = .closing
            } else {
                phase = .lingering(until: now + limits.lingerMilliseconds)
                actions.append(.closeOutput)
            }
        }
        if phase == .closing, outboundBytes == 0 {
            phase = .closed
            actions.append(.close)
        }
        if phase == .closed, running == nil, !hasReleasedSession {
            hasReleasedSession = true
            actions.append(.releaseSession)
        }
    }

    private mutating func adjustReading() {
        let shouldPause =
            phase == .open && fatalFarewell == nil && !hasInputEnded && !canTakeLine
            && framer.heldBytes >= limits.readAheadBytes
        guard shouldPause != isReadingPaused, phase != .closed else { return }
        isReadingPaused = shouldPause
        actions.append(shouldPause ? .pauseReading : .resumeReading)
    }
}
