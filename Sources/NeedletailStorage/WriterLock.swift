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

    /// Waits for the right. Returns `false` if that took longer than `milliseconds`.
    func acquire(milliseconds: Int) -> Bool {
        monitor.lock()
        defer { monitor.unlock() }
        lastTicket &+= 1
        let ticket = lastTicket
        queue.append(ticket)
        let deadline = Deadline(milliseconds: milliseconds)
        while isHeld || queue.first != ticket {
            guard monitor.wait(until: deadline) else {
                queue.removeAll { $0 == ticket }
                // The next in line may have been waiting for this ticket alone.
                monitor.wakeAll()
                return false
            }
        }
        queue.removeFirst()
        isHeld = true
        return true
    }

    /// Gives the right to the next in line.
    func release() {
        monitor.lock()
        isHeld = false
        monitor.wakeAll()
        monitor.unlock()
    }
}
