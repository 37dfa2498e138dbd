import NeedletailCore
import NeedletailWire

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The threads that run statements.
///
/// Two lanes. Work in the **ordinary** lane (a statement that begins outside a transaction) runs on
/// at most `size` threads at once. Work in the **urgent** lane belongs to a session that has
/// something open, a transaction or a half-read result, for which ordinary work may be waiting: it
/// never queues, since a thread beyond `size` is started for it where none is free. So the writer
/// can always commit. Threads beyond `size` are at most as many as there are connections, and end
/// as soon as they have nothing to do.
final class WorkerPool: Sendable {
    enum Lane: Sendable {
        case ordinary
        case urgent
    }

    typealias Work = @Sendable (Lane) -> Void

    private struct State: Sendable {
        var ordinary = FIFO<Work>()
        var urgent = FIFO<Work>()
        var ordinaryRunning = 0
        var threads = 0
        var sleeping = 0
        /// Woken, or started, and not yet at the queues.
        var arriving = 0
        /// How many of the sleeping are to wake.
        var calls = 0
        var isStopping = false
    }

    private let size: Int
    /// Ordinary work that may wait.
    private let waitingMax: Int
    private let state = Monitor(State())

    init(size: Int, waitingMax: Int) {
        precondition(size > 0, "a pool has at least one thread")
        self.size = size
        self.waitingMax = waitingMax
    }

    /// Runs `work` soon, in the order of its coming: since a connection submits one statement at a
    /// time, connections take turns. Not after ``stop(waitingMilliseconds:)``.
    ///
    /// - Returns: false for ordinary work that is one too many to wait; it is dropped.
    @discardableResult
    func submit(_ lane: Lane, _ work: @escaping Work) -> Bool {
        let called = state.look { state -> Int? in
            switch lane {
            case .ordinary:
                let free = max(0, size - state.ordinaryRunning)
                guard state.ordinary.count < waitingMax + free else { return nil }
                state.ordinary.append(work)
            case .urgent: state.urgent.append(work)
            }
            return call(&state)
        }
        state.wake(called ?? 0)
        return called != nil
    }

    /// Sleeps in `body`, on a thread of this pool that runs work of `lane`, without taking the
    /// place of work that could run meanwhile.
    func sleep<Result>(in lane: Lane, _ body: () -> Result) -> Result {
        guard lane == .ordinary else { return body() }
        let called = state.look { state in
            state.ordinaryRunning -= 1
            return call(&state)
        }
        state.wake(called)
        defer { state.look { $0.ordinaryRunning += 1 } }
        return body()
    }

    /// Ends all threads once the queues are empty; tells whether they did in time.
    func stop(waitingMilliseconds: Int64) -> Bool {
        state.change { state in
            state.isStopping = true
            state.calls += state.sleeping
            state.arriving += state.sleeping
            state.sleeping = 0
        }
        return state.wait(milliseconds: waitingMilliseconds) { $0.threads == 0 }
    }

    /// Starts as many threads as there is work that may run; returns how many to wake besides.
    private func call(_ state: inout State) -> Int {
        var called = 0
        let mayRun =
            state.urgent.count + max(0, min(state.ordinary.count, size - state.ordinaryRunning))
        while state.arriving < mayRun {
            if state.sleeping > 0 {
                state.sleeping -= 1
                state.calls += 1
                called += 1
            } else if DetachedThread.start(stackBytes: stackBytes, { self.work() }) == 0 {
                state.threads += 1
            } else {
                // Out of threads: whoever finishes next takes the work.
                return called
            }
            state.arriving += 1
        }
        return called
    }

    private func work() {
        state.look { $0.arriving -= 1 }
        while let (lane, work) = next() {
            work(lane)
            if lane == .ordinary { state.look { $0.ordinaryRunning -= 1 } }
        }
        // Whoever waits for the last thread to end must look again.
        state.change { _ in }
    }

    /// The next work, after a sleep if there is none; `nil` when the thread is to end.
    private func next() -> (Lane, Work)? {
        var isAsleep = false
        return state.wait { state -> (Lane, Work)?? in
            if isAsleep {
                guard state.calls > 0 else { return nil }
                state.calls -= 1
                state.arriving -= 1
                isAsleep = false
            }
            if let work = state.urgent.popFirst() { return (.urgent, work) }
            if state.ordinaryRunning < size, let work = state.ordinary.popFirst() {
                state.ordinaryRunning += 1
                return (.ordinary, work)
            }
            if state.isStopping || state.threads > size {
                state.threads -= 1
                return .some(nil)
            }
            isAsleep = true
            state.sleeping += 1
            return nil
        }
    }
}

/// Bytes of stack of a thread that runs statements.
private let stackBytes = 4 << 20
