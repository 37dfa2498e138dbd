/// Who is connected: what `SHOW SESSIONS` lists.
///
/// A server hands its list to the sessions it opens; an embedded session answers its own line.
package protocol SessionListing: Sendable {
    /// One line for each session at this moment, in the order of their numbers. May be called from
    /// any thread.
    func sessions() -> [SessionDescription]
}

/// One session, as `SHOW SESSIONS` shows it. No literal, parameter or row of its user is in it.
package struct SessionDescription: Sendable, Hashable {
    package enum State: String, Sendable, Hashable, CaseIterable {
        case idle
        case running
        /// Open, and no statement runs.
        case inTransaction = "in transaction"
        case waitingForWriter = "waiting for the writer"
        /// Accepted, and no thread is free.
        case waitingForThread = "waiting for a thread"
    }

    /// Unique while the server runs.
    package var id: Int
    /// The client's address, `unix` for a socket file, `embedded` without a server.
    package var peer: String
    package var state: State
    /// The running statement with `?` for each of its literals; `nil` where none runs.
    package var statement: String?
    /// Milliseconds since that statement was accepted.
    package var runningMilliseconds: Int64?
    package var ageMilliseconds: Int64
    /// Requests answered.
    package var requests: Int
    package var bytesIn: Int
    package var bytesOut: Int
    /// Bytes of requests, `COPY` data and replies that are held for it.
    package var bytesInFlight: Int

    package init(
        id: Int, peer: String, state: State, statement: String? = nil,
        runningMilliseconds: Int64? = nil, ageMilliseconds: Int64 = 0, requests: Int = 0,
        bytesIn: Int = 0, bytesOut: Int = 0, bytesInFlight: Int = 0
    ) {
        self.id = id
        self.peer = peer
        self.state = state
        self.statement = statement
        self.runningMilliseconds = runningMilliseconds
        self.ageMilliseconds = ageMilliseconds
        self.requests = requests
        self.bytesIn = bytesIn
        self.bytesOut = bytesOut
        self.bytesInFlight = bytesInFlight
    }
}
