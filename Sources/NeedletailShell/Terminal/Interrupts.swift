import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The write end of the signal pipe, where the handler finds it.
private let signalPipe = Atomic<Int32>(-1)

/// Signals as events: Control-C cancels the running statement or wakes whoever waits for input,
/// a resized window wakes the editor, and a request to end first gives the terminal back.
///
/// The handler only writes a byte to a pipe; a thread of its own does the work, because cancelling
/// takes locks that no signal handler may take.
final class Interrupts: Sendable {
    static let shared = Interrupts()

    private struct State: Sendable {
        var running: (any StatementSession)?
        var restore: (@Sendable () -> Void)?
        var endsWhenIdle = true
        var wasInterrupted = false
        var didCancel = false
        var wasResized = false
    }

    private let state = Mutex(State())
    private let signals = Pipe()
    private let wake = Pipe()

    /// Becomes readable when a waiting reader should look at ``takeInterrupt()`` and
    /// ``takeResize()``.
    var wakeDescriptor: Int32 { wake.reader }

    private init() {}

    /// Takes over SIGINT, SIGWINCH, SIGTERM and SIGHUP. More calls change nothing.
    func install() {
        guard signalPipe.load(ordering: .relaxed) < 0 else { return }
        signalPipe.store(signals.writer, ordering: .sequentiallyConsistent)
        _ = WorkerThread { [self] in
            while let signal = signals.readByte() { handle(Int32(signal)) }
        }
        for number in [SIGINT, SIGWINCH, SIGTERM, SIGHUP] { _ = signal(number, onSignal) }
    }

    /// Whether Control-C ends the process when no statement runs, as it should in scripts.
    func setEndsWhenIdle(_ ends: Bool) { state.withLock { $0.endsWhenIdle = ends } }

    /// What gives the terminal back should the process have to end now.
    func setRestore(_ restore: (@Sendable () -> Void)?) {
        state.withLock { $0.restore = restore }
    }

    /// While `body` runs, Control-C cancels the statement of `session`.
    func whileRunning<Result>(_ session: any StatementSession, _ body: () -> Result) -> Result {
        state.withLock {
            $0.running = session
            $0.didCancel = false
        }
        defer { state.withLock { $0.running = nil } }
        return body()
    }

    /// Whether Control-C cancelled the statement that ran last.
    var didCancel: Bool { state.withLock { $0.didCancel } }

    /// Whether Control-C was pressed since the last call, no statement running.
    func takeInterrupt() -> Bool {
        wake.drain()
        return state.withLock { state in
            defer { state.wasInterrupted = false }
            return state.wasInterrupted
        }
    }

    /// Whether the window was resized since the last call.
    func takeResize() -> Bool {
        wake.drain()
        return state.withLock { state in
            defer { state.wasResized = false }
            return state.wasResized
        }
    }

    /// Sleeps. Returns early, and true, at Control-C.
    func sleep(milliseconds: Int) -> Bool {
        let clock = ContinuousClock()
        let end = clock.now + .milliseconds(milliseconds)
        while true {
            let left = (end - clock.now) / .milliseconds(1)
            guard left > 0 else { return takeInterrupt() }
            var waiting = pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0)
            // SAFETY: one pollfd is passed, as counted.
            _ = poll(&waiting, 1, Int32(clamping: Int(left.rounded(.up))))
            if takeInterrupt() { return true }
        }
    }

    /// Waits until `descriptor` can be read. Returns early, and true, at Control-C.
    func isInterrupted(waitingFor descriptor: Int32) -> Bool {
        while true {
            if takeInterrupt() { return true }
            var waiting = [
                pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0),
            ]
            // SAFETY: the array holds the two entries counted.
            let count = poll(&waiting, 2, -1)
            if count > 0, waiting[0].revents != 0 { return false }
        }
    }

    private func handle(_ signal: Int32) {
        if signal == SIGWINCH {
            state.withLock { $0.wasResized = true }
            return wake.writeByte()
        }
        let (running, ends, restore) = state.withLock { ($0.running, $0.endsWhenIdle, $0.restore) }
        if signal == SIGINT, let running {
            state.withLock { $0.didCancel = true }
            return running.cancel()
        }
        if signal == SIGINT, !ends {
            state.withLock { $0.wasInterrupted = true }
            return wake.writeByte()
        }
        restore?()
        _exit(128 + signal)
    }
}

private let onSignal: @convention(c) (Int32) -> Void = { number in
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    // SAFETY: one byte is read from a local variable; `write` may be called in a handler.
    _ = write(signalPipe.load(ordering: .relaxed), &byte, 1)
    errno = saved
}

/// A pipe for single bytes between threads of this process.
private final class Pipe: Sendable {
    let reader: Int32
    let writer: Int32

    init() {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two places that `pipe` fills.
        _ = pipe(&ends)
        (reader, writer) = (ends[0], ends[1])
        for end in ends {
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        // A full pipe must not block whoever wakes: one byte waiting is enough.
        _ = fcntl(writer, F_SETFL, O_NONBLOCK)
    }

    func writeByte() {
        var byte: UInt8 = 1
        // SAFETY: one byte is read from a local variable.
        _ = write(writer, &byte, 1)
    }

    /// The next byte; waits for it. `nil` where the pipe is of no use.
    func readByte() -> UInt8? {
        var byte: UInt8 = 0
        while true {
            // SAFETY: one byte is written to a local variable.
            let count = read(reader, &byte, 1)
            if count == 1 { return byte }
            if count < 0, errno == EINTR { continue }
            return nil
        }
    }

    /// Reads what is there, without waiting.
    func drain() {
        var waiting = pollfd(fd: reader, events: Int16(POLLIN), revents: 0)
        // SAFETY: one pollfd is passed, as counted.
        while poll(&waiting, 1, 0) > 0, waiting.revents & Int16(POLLIN) != 0 {
            guard readByte() != nil else { return }
        }
    }
}
