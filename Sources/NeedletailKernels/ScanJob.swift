/// One call of ``ScanPool``: which parts are left, and what to do with a part.
///
/// Guarded by the pool's lock, but for ``perform(_:)``.
final class ScanJob: @unchecked Sendable {
    // SAFETY: all fields are read and written under the pool's lock, as the comment above says.
    private let parts: Int
    private let helpers: Int
    private var body: (@Sendable (Int) -> Void)?
    private var nextPart = 0
    /// Parts that have not come back.
    var unfinished: Int
    /// Threads of the pool that are working on it, or are about to look for more of it.
    var helpersInside = 0

    init(parts: Int, helpers: Int, body: @escaping @Sendable (Int) -> Void) {
        self.parts = parts
        self.helpers = helpers
        self.body = body
        unfinished = parts
    }

    /// Whether one more thread may join.
    var wantsHelper: Bool { nextPart < parts && helpersInside < helpers }

    func claim() -> Int? {
        guard nextPart < parts else { return nil }
        nextPart += 1
        return nextPart - 1
    }

    /// Runs a claimed part, without the lock: `body` does not change until every part is back.
    ///
    /// Not inlined, so that no reference to the closure outlives the call.
    @inline(never)
    func perform(_ part: Int) { body?(part) }

    func forget() { body = nil }
}
