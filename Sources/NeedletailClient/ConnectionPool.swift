import NeedletailCore
import NeedletailWire

/// Connections to one server, made when they are wanted and lent to one user at a time.
final class ConnectionPool: Sendable {
    private struct Idle: Sendable {
        let session: RemoteSession
        let since: ContinuousClock.Instant
    }

    private struct State: Sendable {
        /// The one used last is the last.
        var idle: [Idle] = []
        /// Connections that exist or are being made, lent or not.
        var count = 0
        var isClosed = false
    }

    private let endpoint: Endpoint
    let options: ClientOptions
    private let state = Monitor(State())

    init(_ endpoint: Endpoint, _ options: ClientOptions) {
        self.endpoint = endpoint
        self.options = options
    }

    /// Connections that exist, lent or not.
    var count: Int { state.look { $0.count } }

    /// A connection that works as far as can be known without asking the server; it must be given
    /// back.
    ///
    /// Errors: 53400 where all of them stay in use, 08006 where the server does not answer, 57014
    /// where `interruption` is requested meanwhile.
    func take(_ interruption: Interruption?) throws(DatabaseError) -> RemoteSession {
        while let idle = try takeIdle(interruption) {
            let age = ContinuousClock.now - idle.since
            if age < .seconds(options.idleSecondsMax), idle.session.isFresh { return idle.session }
            drop(idle.session)
            // The place it had is free; others may take it meanwhile.
        }
        do throws(DatabaseError) {
            return try RemoteSession(endpoint, options)
        } catch {
            forget()
            throw error
        }
    }

    /// An idle connection, or `nil` where a new one may be made, whose place is then taken.
    private func takeIdle(_ interruption: Interruption?) throws(DatabaseError) -> Idle? {
        let milliseconds = Int64(options.waitMilliseconds)
        let deadline = ContinuousClock.now + .milliseconds(milliseconds)
        try interruption?.arm { [weak self] in self?.state.change { _ in } }
        defer { interruption?.disarm() }
        while true {
            let (idle, isFree, isClosed) = state.look { [options] state in
                if state.isClosed { return (nil as Idle?, false, true) }
                if let idle = state.idle.popLast() { return (idle, false, false) }
                guard state.count < options.connectionsMax else { return (nil, false, false) }
                state.count += 1
                return (nil, true, false)
            }
            if isClosed { throw Self.closed }
            if let idle { return idle }
            if isFree { return nil }
            let left = (deadline - ContinuousClock.now).components
            let wait = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
            let isOver = wait <= 0
            if isOver || interruption?.isRequested == true {
                throw isOver ? busy : DatabaseError(.queryCanceled, "the statement was cancelled")
            }
            _ = state.wait(milliseconds: wait) { [options] state in
                state.isClosed || !state.idle.isEmpty || state.count < options.connectionsMax
                    || interruption?.isRequested == true
            }
        }
    }

    /// Takes a connection back; what it has open is rolled back.
    func giveBack(_ session: RemoteSession) {
        if session.transactionState != .idle { _ = try? session.runToEnd("ROLLBACK") }
        let isKept = session.isFresh
        let isTaken = state.look { state in
            guard isKept, !state.isClosed else { return false }
            state.idle.append(Idle(session: session, since: .now))
            return true
        }
        if isTaken { state.wake(1) } else { drop(session) }
    }

    /// Waits, unless the pool is closed.
    func pause(milliseconds: Int64) {
        _ = state.wait(milliseconds: milliseconds) { $0.isClosed }
    }

    /// Closes what is idle, and what is lent once it comes back.
    func close() {
        let idle = state.change { state in
            state.isClosed = true
            state.count -= state.idle.count
            defer { state.idle = [] }
            return state.idle
        }
        for one in idle { one.session.close() }
    }

    private func drop(_ session: RemoteSession) {
        session.close()
        forget()
    }

    private func forget() {
        state.look { $0.count -= 1 }
        state.wake(1)
    }

    private var busy: DatabaseError {
        DatabaseError(
            .limitExceeded,
            "all \(options.connectionsMax) connections of the client were in use for "
                + "\(options.waitMilliseconds) ms",
            hint: "Raise connectionsMax, or hold them for a shorter time.")
    }

    private static let closed = DatabaseError(
        .connectionFailure, "the client is closed", hint: "Connect again.")
}

extension RemoteSession {
    /// Runs one statement that has no rows.
    @discardableResult
    func runToEnd(
        _ sql: String, interruption: Interruption? = nil
    ) throws(DatabaseError) -> StatementSummary {
        let statement = try begin(sql, .none, interruption: interruption)
        while try statement.next() != nil {}
        return statement.summary
    }
}
