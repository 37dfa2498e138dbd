import NeedletailCore

/// Why a running statement was told to stop; words the error its client sees.
enum StopCause: Sendable, Equatable {
    case client
    case timeout(milliseconds: Int64)
    case shutdown
    case connectionLost

    /// What a statement that waits for data is told.
    static let cancelled = DatabaseError(.queryCanceled, "the statement was cancelled")

    /// What a request is told that a stopping server does not start any more.
    static let notStarted = DatabaseError(
        .cannotConnectNow, "the server is stopping and did not start the request",
        hint: "Connect again in a moment and send it again: nothing of it was done.")

    var error: DatabaseError {
        switch self {
        case .client:
            DatabaseError(
                .queryCanceled, "the request was cancelled by its client",
                hint: "Send it again if need be.")
        case .timeout(let milliseconds):
            DatabaseError(
                .queryCanceled, "timeout_ms of the request, \(milliseconds) ms, has passed",
                hint: "Raise timeout_ms, or make the statement cheaper (see EXPLAIN).")
        case .shutdown:
            DatabaseError(
                .adminShutdown, "the server is stopping and has cancelled the request",
                hint: "Connect again in a moment and repeat the request.")
        case .connectionLost:
            DatabaseError(
                .connectionFailure, "the client has gone", hint: "Connect again.")
        }
    }
}
