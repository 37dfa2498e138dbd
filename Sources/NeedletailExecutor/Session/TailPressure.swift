import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailStorage
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Slows writers down where they add rows to the tail of an index faster than they are taken in:
/// a tail without end would cost every search.
package final class TailPressure: Sendable {
    /// Rows of each tail when it was last looked at.
    private let tails = Mutex<[UInt32: Int]>([:])
    private static let rowsMax = 131_072
    private static let codeBytesMax = 128 << 20
    private static let nanosecondsPerRowMax = 2_000_000.0
    private static let sliceMicroseconds: UInt32 = 5_000

    /// How long the writer of `rows` waits: more and more from the longest tail that costs nothing
    /// to twice as long a one.
    package static func nanoseconds(rows: Int, tailCount: Int, codeBytes: Int) -> Int64 {
        let free = min(rowsMax, codeBytesMax / max(1, codeBytes))
        let excess = min(1, max(0, Double(tailCount - free) / Double(max(1, free))))
        return Int64(excess * Double(rows) * nanosecondsPerRowMax)
    }

    /// Waits on the thread of a writer, which has committed and holds nothing, until its rows are
    /// paid for or the tail is taken in.
    func wait(_ index: IndexDefinition, _ engine: Engine) throws(DatabaseError) {
        guard engine.segments.isUnderWay(index.id) else { return }
        let scope = try engine.readScope()
        var isOpen = true
        defer { if isOpen { scope.close() } }
        guard let state = try engine.segments.usableState(of: index, try scope.view) else { return }
        let count = state.tail.count
        let known = tails.withLock { tails in
            defer { tails[index.id] = count }
            return tails[index.id] ?? count
        }
        let pause = Self.nanoseconds(
            rows: max(0, count - known), tailCount: count,
            codeBytes: state.segments.first?.layout.recordBytes ?? 0)
        // A snapshot would keep the files of segments.
        scope.close()
        isOpen = false
        let end = MonotonicClock.nanoseconds() + pause
        while MonotonicClock.nanoseconds() < end, engine.segments.isUnderWay(index.id) {
            usleep(Self.sliceMicroseconds)
        }
    }
}
