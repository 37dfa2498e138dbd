import Synchronization

/// The commits of this process that change no row and no definition: segments and statistics. A
/// transaction whose snapshot is older than these alone may still become the writer.
///
/// Those of other processes are not known, and count as any other commit.
final class QuietCommits: Sendable {
    private let sequences = Mutex<[UInt64]>([])
    /// As many as may come about while a transaction thinks.
    private static let most = 1_024

    /// Notes the commit with number `sequence`.
    func note(_ sequence: UInt64) {
        sequences.withLock { sequences in
            if sequences.count == Self.most { sequences.removeFirst() }
            sequences.append(sequence)
        }
    }

    /// Whether every commit of `range` is one.
    func contain(_ range: Range<UInt64>) -> Bool {
        guard !range.isEmpty else { return true }
        return sequences.withLock { known in
            range.count <= Self.most && range.allSatisfy(known.contains)
        }
    }
}
