package import NeedletailCore
package import NeedletailStorage
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The end of segments: a file goes once no snapshot in any process can name it.
extension SegmentLibrary {
    /// Notes that snapshots from number `snapshot` on name a segment.
    func notePublished(_ number: UInt64, from snapshot: UInt64) {
        published.withLock { $0[number] = snapshot }
    }

    /// Removes segments that no snapshot from number `snapshot` on names, as soon as nobody reads
    /// one that may.
    package func retire(_ numbers: [UInt64], from snapshot: UInt64) {
        let first = published.withLock { published in
            numbers.map { published.removeValue(forKey: $0) ?? 0 }
        }
        retired.withLock { retired in
            for (number, first) in zip(numbers, first) where retired[number] == nil {
                retired[number] = min(first, snapshot)..<snapshot
            }
        }
        removeRetired()
        if hasRetired { callKeeper() }
    }

    /// Whether files wait for readers to end.
    package var hasRetired: Bool { retired.withLock { !$0.isEmpty } }

    /// Removes the files that nobody can come to any more.
    package func removeRetired() {
        removeRetired { () throws(DatabaseError) in try store.data.snapshotsRead() }
    }

    /// - Parameter snapshotsRead: the numbers of all snapshots that somebody reads now.
    package func removeRetired(_ snapshotsRead: () throws(DatabaseError) -> [UInt64]) {
        // First what waits, then who reads: of what is retired between the two, a snapshot that
        // began between the two may be the last reader.
        let waiting = retired.withLock { $0 }
        // Where the readers cannot be asked for, nothing goes.
        guard !waiting.isEmpty, let read = try? snapshotsRead() else { return }
        let free = Set(waiting.filter { !read.contains(where: $0.value.contains) }.keys)
        guard !free.isEmpty else { return }
        retired.withLock { retired in for number in free { retired[number] = nil } }
        states.withLock { states in
            states.removeAll { $0.segments.contains { free.contains($0.number) } }
        }
        segments.withLock { segments in for number in free { segments[number] = nil } }
        for number in free { unlink(path(number)) }
    }

    /// Removes the files of builds that did not end and of segments that no manifest names.
    ///
    /// Does nothing while a process builds: its file is not named yet.
    package func sweep(
        _ newest: () throws(DatabaseError) -> StorageView
    ) throws(DatabaseError) {
        guard let lock = BuildLock(lockPath, isShared: false) else { return }
        defer { lock.release() }
        var named: Set<UInt64> = []
        let view = try newest()
        try view.forEachManifest { manifest throws(DatabaseError) in
            named.formUnion(manifest.segments.map(\.number))
        }
        var unnamed: [UInt64] = []
        folder.forEachFile { name in
            let parts = name.split(separator: ".")
            guard let stem = parts.first, stem.utf8.count == 16,
                let number = UInt64(stem, radix: 16)
            else { return }
            if parts.count == 2, !named.contains(number) { unnamed.append(number) }
            if parts.count > 2 { unlink("\(folder.path)/\(name)") }
        }
        retire(unnamed, from: try view.snapshotNumber)
    }
}
