package import NeedletailCore
import Synchronization

/// Failures of work that no statement asked for, which would otherwise be told to nobody.
package final class BackgroundFailures: Sendable {
    /// What was being done, in a few words, and why it failed.
    package typealias Observer = @Sendable (String, DatabaseError) -> Void

    private let observer = Mutex<Observer?>(nil)

    /// Has `observer` told of every failure from now on, on the thread that failed.
    package func observe(_ observer: @escaping Observer) {
        self.observer.withLock { $0 = observer }
    }

    /// Runs `body`; a failure is reported, unless it is that of being stopped.
    func reporting<T>(
        _ work: String, _ body: () throws(DatabaseError) -> T
    ) -> T? {
        do throws(DatabaseError) {
            return try body()
        } catch {
            if error.code != .queryCanceled { observer.withLock { $0 }?(work, error) }
            return nil
        }
    }
}
