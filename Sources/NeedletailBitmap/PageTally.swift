/// The different pages of memory that somebody has read: how much of a database a statement
/// touches, however often it comes back. One thread at a time.
package final class PageTally {
    // SAFETY: addresses are only counted, nothing is read there.
    package static let pageBytes = 4_096
    private var pages: Set<UInt> = []

    package init() {}

    /// How many there are.
    package var count: Int { pages.count }

    /// Adds those of `count` bytes from `start` on.
    package func add(_ start: UnsafeRawPointer?, count: Int) {
        guard let start, count > 0 else { return }
        let first = UInt(bitPattern: start)
        let size = UInt(Self.pageBytes)
        for page in first / size...(first + UInt(count) - 1) / size { pages.insert(page) }
    }
}
