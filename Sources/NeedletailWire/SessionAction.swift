package import NeedletailCore

/// What the owner of a connection does next, in the order given.
package enum SessionAction: Sendable {
    /// Send these whole lines; report them with ``SessionStateMachine/flushed(_:now:)`` once the
    /// system has taken them.
    case write([UInt8])
    /// Authorise the request, make a ``StatementRun`` of it and advance it once.
    case start(StatementRequest)
    /// Advance the run once more.
    case resume
    /// Call ``StatementRun/cancel()``.
    case cancel
    /// Hand these bytes to the run's `CopyInput`.
    case copyData([UInt8])
    /// The run's `CopyInput` ends after what it was given.
    case copyEnd
    /// The run's `CopyInput` throws this error.
    case copyFail(DatabaseError)
    case pauseReading
    case resumeReading
    /// Half-close: nothing more will be written.
    case closeOutput
    /// Close the connection. All that was written has been flushed, or the client is gone.
    case close
    /// No run is active and none will be: close the session, which rolls back what is open.
    case releaseSession
}
