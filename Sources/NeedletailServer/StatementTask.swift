import NeedletailCore
import NeedletailWire
import Synchronization

/// The session of one connection, opened when it is first needed.
///
/// Opened, used and closed by work of the pool, one piece at a time; a connection that never sends
/// a statement costs no session.
final class SessionHolder: Sendable {
    private let open: @Sendable () throws(DatabaseError) -> any StatementSession
    private let session = Mutex<(any StatementSession)?>(nil)

    init(open: @escaping @Sendable () throws(DatabaseError) -> any StatementSession) {
        self.open = open
    }

    /// `nil` where it was not needed yet.
    var opened: (any StatementSession)? { session.withLock { $0 } }

    func get() throws(DatabaseError) -> any StatementSession {
        if let session = opened { return session }
        let opened = try open()
        session.withLock { $0 = opened }
        return opened
    }

    /// Whether its statement waits for the one writer. May be asked from any thread.
    var isWaitingForWriter: Bool { session.withLock { $0 }?.isWaitingForWriter ?? false }

    /// Rolls back what is open.
    func close() {
        let closed = session.withLock { session in
            defer { session = nil }
            return session
        }
        closed?.close()
    }
}

/// One request between its start and its end: the run, its data, and a cancellation that may come
/// before there is a run.
final class StatementTask: Sendable {
    let feed: CopyFeed
    var sql: String { request.sql }
    private let request: StatementRequest
    private let holder: SessionHolder
    private let state = Mutex(State())

    private struct State {
        var run: StatementRun?
        var isCancelled = false
    }

    /// Bytes of reply after which a run hands over what it has.
    static let stepBytes = 64 << 10

    init(_ request: StatementRequest, holder: SessionHolder, feed: CopyFeed) {
        self.request = request
        self.holder = holder
        self.feed = feed
    }

    /// Runs on a thread of the pool, once at a time.
    func advance(in lane: WorkerPool.Lane) -> StatementStep {
        feed.enter(lane)
        do throws(DatabaseError) {
            return try currentRun().advance(budgetBytes: Self.stepBytes)
        } catch {
            return .ended([], StatementOutcome(error: error))
        }
    }

    /// The first step, on an event loop; `nil` where the request is to be advanced on a thread of
    /// the pool.
    func advanceBriefly() -> StatementStep? {
        guard let session = holder.opened, !state.withLock({ $0.isCancelled }) else { return nil }
        let run = StatementRun(request, session: session, input: feed)
        guard let step = run.advanceBriefly(budgetBytes: Self.stepBytes) else { return nil }
        if case .more = step { state.withLock { $0.run = run } }
        return step
    }

    /// From any thread, repeatedly.
    func cancel() {
        let run = state.withLock { state in
            state.isCancelled = true
            return state.run
        }
        run?.cancel()
    }

    private func currentRun() throws(DatabaseError) -> StatementRun {
        if let run = state.withLock({ $0.run }) { return run }
        let run = StatementRun(request, session: try holder.get(), input: feed)
        let isCancelled = state.withLock { state in
            state.run = run
            return state.isCancelled
        }
        if isCancelled { run.cancel() }
        return run
    }
}
