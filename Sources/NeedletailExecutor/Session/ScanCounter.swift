import Synchronization

/// What passes over vectors have read, of all statements together.
package final class ScanCounter: Sendable {
    private let counted = Atomic<Int>(0)

    /// Blocks of vectors that were compared whole, however many queries shared the pass.
    package var blocks: Int { counted.load(ordering: .relaxed) }

    func add(blocks: Int) { counted.add(blocks, ordering: .relaxed) }
}
