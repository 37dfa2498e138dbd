import NeedletailCore

/// The right to write, inside one process: first come, first served, with a timeout.
///
/// Not tied to a thread: whoever acquires may pass the right on.
final class WriterLock: @unchecked Sendable {
    // SAFETY: all state is guarded by the monitor.
    private let monitor = Monitor()
    private var isHeld = false
    private var queue: [UInt64] = []
    private var lastTicket: UInt64 = 0

    /// How often whoever waits is asked whether to go on.
    private static let askMilliseconds = 20

    /// Waits for the right. Returns `false` if that took longer than `milliseconds`.
    ///
    /// - Parameter whileWaiting: called when the wait begins and every 20 ms, with the lock's own
    ///   state locked, so that it must be quick; ends the wait by throwing.
    func acquire(
        milliseconds: Int, whileWaiting: () throws(DatabaseError) -> Void = {}
    ) throws(DatabaseError) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        lastTicket &+= 1
        let ticket = lastTicket
        queue.append(ticket)
        let deadline = Deadline(milliseconds: milliseconds)
        while isHeld || queue.first != ticket {
            do throws(DatabaseError) {
                try whileWaiting()
            } catch {
                leave(ticket)
                throw error
            }
            if !monitor.wait(until: deadline.within(milliseconds: Self.askMilliseconds)),
                deadline.hasPassed
            {
                leave(ticket)
                return false
            }
        }
        queue.removeFirst()
        isHeld = true
        return true
    }

    private func leave(_ ticket: UInt64) {
        queue.removeAll { $0 == ticket }
        // The next in line may have been waiting for this ticket alone.
        monitor.wakeAll()
    }

    /// Gives the right to the next in line.
    func release() {
        monitor.lock()
        isHeld = false
        monitor.wakeAll()
        monitor.unlock()
    }
}
