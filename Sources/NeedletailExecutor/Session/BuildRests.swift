/// Indexes whose last builds in the background failed: they are not tried again at once, for a
/// build that ends with a full disk has cost as much as one that succeeds.
struct BuildRests {
    private static let nanosecondsMin: Int64 = 100_000_000
    /// Of doublings: rests end at less than two minutes.
    private static let doublingsMax = 10

    private var failures: [String: (count: Int, until: Int64)] = [:]

    func isResting(_ index: String) -> Bool {
        failures[index].map { MonotonicClock.nanoseconds() < $0.until } ?? false
    }

    mutating func succeeded(_ index: String) { failures[index] = nil }

    mutating func failed(_ index: String) {
        let count = failures[index]?.count ?? 0
        let rest = Self.nanosecondsMin << Int64(min(count, Self.doublingsMax))
        failures[index] = (count + 1, MonotonicClock.nanoseconds() + rest)
    }
}
