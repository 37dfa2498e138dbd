import Synchronization

/// A wish to end what runs, from another thread, which may come before there is anything to end.
package final class Interruption: Sendable {
    private struct State {
        var isRequested = false
        var stop: (@Sendable () -> Void)?
    }

    private let state = Mutex(State())

    package init() {}

    package var isRequested: Bool { state.withLock { $0.isRequested } }

    /// Ends what is under way with 57014, and all that is begun with it later. From any thread.
    package func request() {
        // With the lock held, so that nothing is stopped after it was disarmed.
        state.withLock { state in
            state.isRequested = true
            state.stop?()
        }
    }

    /// Lets a request call `stop`, which must be quick, until ``disarm()`` or the next such call.
    ///
    /// - Throws: 57014 where the request was made already.
    package func arm(_ stop: @escaping @Sendable () -> Void) throws(DatabaseError) {
        let isRequested = state.withLock { state in
            state.stop = stop
            return state.isRequested
        }
        guard !isRequested else {
            throw DatabaseError(.queryCanceled, "the statement was cancelled")
        }
    }

    package func disarm() { state.withLock { $0.stop = nil } }
}
