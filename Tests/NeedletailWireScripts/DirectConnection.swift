package import NeedletailCore
package import NeedletailWire

/// A state machine and a session joined without threads or sockets: what is sent is answered
/// before the call returns, on the caller's stack.
package final class DirectConnection {
    package private(set) var machine: SessionStateMachine
    /// Everything that was written.
    package private(set) var output: [UInt8] = []
    package private(set) var isClosed = false
    package private(set) var isReleased = false
    /// Pieces of input not yet delivered, oldest first.
    private var pieces: [ArraySlice<UInt8>] = []
    private var run: StatementRun?
    private let session: any StatementSession
    private var actions: [SessionAction] = []
    private var hasStep = false
    private var feed = Feed()

    struct Feed {
        var bytes: [[UInt8]] = []
        var isOpen = false
        var hasEnded = false
        var error: DatabaseError?
    }

    package init(
        limits: SessionLimits = SessionLimits(),
        boundary: any StatementBoundary = SemicolonBoundary(),
        session: any StatementSession = ScriptedSession()
    ) {
        self.session = session
        machine = SessionStateMachine(limits: limits, boundary: boundary, now: 0)
    }

    /// Sends `input` cut at the given offsets, then closes the sending side.
    package func converse(_ input: [UInt8], cutAt cuts: [Int] = []) {
        var start = 0
        for cut in cuts.sorted() + [input.count] where cut >= start && cut <= input.count {
            pieces.append(input[start..<cut])
            start = cut
        }
        while deliver() {}
    }

    /// Delivers the next piece, or the end of the input once; false after that.
    private func deliver() -> Bool {
        guard !isClosed, !machineHasEnded else { return false }
        if pieces.isEmpty {
            machineHasEnded = true
            machine.inputClosed(now: 0)
        } else {
            machine.received(pieces.removeFirst(), now: 0)
        }
        work()
        return true
    }

    private var machineHasEnded = false

    /// Does what the machine asks for until it asks for nothing.
    private func work() {
        while true {
            let more = machine.takeActions()
            if more.isEmpty { return }
            for action in more { perform(action) }
            guard hasStep, let run else { continue }
            hasStep = false
            let step = run.advance(budgetBytes: 64 << 10)
            if case .ended = step { self.run = nil }
            machine.advanced(step, now: 0)
        }
    }

    private func perform(_ action: SessionAction) {
        switch action {
        case .write(let bytes):
            output.append(contentsOf: bytes)
            machine.flushed(bytes.count, now: 0)
        case .start(let request):
            feed = Feed()
            run = StatementRun(request, session: session, input: DirectCopyInput(self))
            hasStep = true
        case .resume: hasStep = true
        case .cancel: run?.cancel()
        case .copyData(let bytes): feed.bytes.append(bytes)
        case .copyEnd: feed.hasEnded = true
        case .copyFail(let error): feed.error = error
        case .pauseReading, .resumeReading: break
        case .closeOutput: machine.inputClosed(now: 0)
        case .close: isClosed = true
        case .releaseSession: isReleased = true
        }
    }

    /// The next data of a `COPY`, delivering further input where none is there.
    fileprivate func readCopyData() throws(DatabaseError) -> [UInt8]? {
        if !feed.isOpen {
            feed.isOpen = true
            machine.copyOpened(now: 0)
        }
        while true {
            for action in machine.takeActions() { perform(action) }
            if let error = feed.error { throw error }
            if !feed.bytes.isEmpty {
                let bytes = feed.bytes.removeFirst()
                machine.copyConsumed(bytes.count, now: 0)
                return bytes
            }
            if feed.hasEnded { return nil }
            if pieces.isEmpty {
                guard !machineHasEnded else {
                    throw DatabaseError(.internalError, "a COPY waits for ever")
                }
                machineHasEnded = true
                machine.inputClosed(now: 0)
            } else {
                machine.received(pieces.removeFirst(), now: 0)
            }
        }
    }
}

private final class DirectCopyInput: CopyInput {
    private unowned let connection: DirectConnection

    init(_ connection: DirectConnection) { self.connection = connection }

    func read() throws(DatabaseError) -> [UInt8]? { try connection.readCopyData() }
}
