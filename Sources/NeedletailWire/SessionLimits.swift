import NeedletailCore

/// What one connection may use. Times are in milliseconds; `nil` means never.
package struct SessionLimits: Sendable, Hashable {
    /// Bytes of one line.
    package var lineBytes = Limits.lineBytesMax
    /// Requests that wait or run; beyond it the connection is not read.
    package var requestsInFlight = Limits.requestsInFlightMax
    /// Bytes of requests that wait or run; beyond it the connection is not read.
    package var requestBytes = Limits.requestBytesInFlightMax
    /// Bytes of replies not yet taken by the client; beyond it statements pause and the connection
    /// is not read.
    package var outboundBytes = Limits.outboundBytesMax
    /// Bytes of `COPY` data not yet taken by the statement; beyond it the connection is not read.
    package var copyBacklogBytes = 4 << 20
    /// Bytes of replies that may wait while the server's memory is used up.
    package var outboundShareBytes = 64 << 10
    /// Bytes that are read ahead while no line may be taken.
    package var readAheadBytes = 64 << 10
    /// Without a request, the connection closes.
    package var idleMilliseconds: Int64?
    /// An open transaction without a request is rolled back.
    package var idleInTransactionMilliseconds: Int64? =
        Int64(Limits.idleInTransactionMillisecondsDefault)
    /// A client that takes nothing of a reply that waits for it loses the connection.
    package var stalledMilliseconds: Int64 = Int64(Limits.cursorAgeSecondsMax) * 1_000
    /// How long the rest of the input is read and dropped after a fatal error, so that the client
    /// gets to see the error.
    package var lingerMilliseconds: Int64 = 2_000

    package init() {}
}
