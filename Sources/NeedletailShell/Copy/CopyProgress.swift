import Synchronization

/// Bytes read of a known total, counted by one thread and read by another.
final class CopyProgress: Sendable {
    private let done = Atomic<Int>(0)
    private let total: Int?

    init(total: Int?) { self.total = total }

    func add(_ bytes: Int) { done.add(bytes, ordering: .relaxed) }

    /// Share read, 0 to 1, where the total is known.
    var fraction: Double? {
        guard let total, total > 0 else { return nil }
        return min(Double(done.load(ordering: .relaxed)) / Double(total), 1)
    }
}
