import NeedletailCore
import NeedletailSyntax
import NeedletailWire
import Synchronization

/// What is known of one connection from any thread: `SHOW SESSIONS` and the log read it.
final class ConnectionRecord: Sendable {
    /// From 1, in the order of arrival.
    let id: Int
    let peer: String
    private let holder: SessionHolder
    private let opened = ServerClock.milliseconds
    private let state = Mutex(State())

    private struct State: Sendable {
        var running: (sql: String, since: Int64)?
        var waitsForThread = false
        var isInTransaction = false
        var requests = 0
        var bytesIn = 0
        var bytesOut = 0
        var bytesInFlight = 0
    }

    init(id: Int, peer: String, holder: SessionHolder) {
        self.id = id
        self.peer = peer
        self.holder = holder
    }

    /// A statement was accepted; it waits for a thread until ``reachedThread()``.
    func started(_ sql: String) {
        let now = ServerClock.milliseconds
        state.withLock { state in
            state.running = (sql, now)
            state.waitsForThread = true
        }
    }

    func reachedThread() { state.withLock { $0.waitsForThread = false } }

    /// The statement has ended.
    ///
    /// - Returns: how many milliseconds it took, waiting included.
    func ended() -> Int64 {
        let now = ServerClock.milliseconds
        return state.withLock { state in
            defer { state.running = nil }
            state.requests += 1
            state.waitsForThread = false
            return state.running.map { now - $0.since } ?? 0
        }
    }

    func received(_ bytes: Int) { state.withLock { $0.bytesIn += bytes } }

    func sent(_ bytes: Int) { state.withLock { $0.bytesOut += bytes } }

    func update(bytesInFlight: Int, isInTransaction: Bool) {
        state.withLock { state in
            state.bytesInFlight = bytesInFlight
            state.isInTransaction = isInTransaction
        }
    }

    func description(now: Int64) -> SessionDescription {
        let state = state.withLock { $0 }
        let phase: SessionDescription.State =
            if state.running == nil {
                state.isInTransaction ? .inTransaction : .idle
            } else if state.waitsForThread {
                .waitingForThread
            } else {
                holder.isWaitingForWriter ? .waitingForWriter : .running
            }
        return SessionDescription(
            id: id, peer: peer, state: phase,
            statement: state.running.map { StatementShape.text(of: $0.sql) },
            runningMilliseconds: state.running.map { now - $0.since },
            ageMilliseconds: now - opened, requests: state.requests, bytesIn: state.bytesIn,
            bytesOut: state.bytesOut, bytesInFlight: state.bytesInFlight)
    }
}
