import NeedletailCore

/// The right to start the one write transaction of an environment, in this process and among all.
/// Given back when the last reference goes.
package final class WriterPermit: Sendable {
    let environment: StorageEnvironment

    /// Waits in line. Throws 55P03 once `milliseconds` have passed, 25006 where nothing may be
    /// written, and what `whileWaiting` throws, which is called again and again meanwhile.
    init(
        _ environment: StorageEnvironment, timeoutMilliseconds milliseconds: Int,
        whileWaiting: () throws(DatabaseError) -> Void = {}
    ) throws(DatabaseError) {
        guard let processLock = environment.processLock else {
            throw DatabaseError(
                .readOnlyTransaction, "the database was opened for reading only",
                hint: "Reopen it without isReadOnly.")
        }
        let deadline = Deadline(milliseconds: milliseconds)
        guard
            try environment.writerLock.acquire(
                milliseconds: milliseconds, whileWaiting: whileWaiting)
        else {
            throw Self.timeout(milliseconds, holder: "another transaction")
        }
        do throws(DatabaseError) {
            guard try processLock.acquire(until: deadline, whileWaiting: whileWaiting) else {
                throw Self.timeout(milliseconds, holder: "another process")
            }
        } catch {
            environment.writerLock.release()
            throw error
        }
        self.environment = environment
    }

    deinit {
        environment.processLock?.release()
        environment.writerLock.release()
    }

    private static func timeout(_ milliseconds: Int, holder: String) -> DatabaseError {
        DatabaseError(
            .lockNotAvailable, "\(holder) kept the writer for \(milliseconds) ms",
            hint: "Retry, or raise lock_timeout.")
    }
}
