package import NeedletailCore
package import NeedletailIndex
package import NeedletailStorage
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The open segments of a database, and what searches share.
package final class SegmentLibrary: Sendable {
    private let folder: String
    private let lockPath: String
    private let segments = Mutex<[UInt64: Segment]>([:])
    private let states = Mutex<[VectorIndexState]>([])
    /// The memory of walks.
    package let scratches = IdlePool { WalkScratch() }
    /// Held by whoever builds, so that builds come one after the other.
    private let building = Mutex<Void>(())
    /// States of snapshots that are kept.
    private static let statesMax = 8

    package init(_ store: Store) {
        folder = store.path + "/segments"
        lockPath = store.path + "/segments.lock"
    }

    func path(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return "\(folder)/\(String(repeating: "0", count: 16 - digits.count))\(digits).segment"
    }

    func makeFolder() throws(DatabaseError) {
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else {
            throw DatabaseError(StorageError("mkdir", errno, detail: folder))
        }
    }

    /// The segment that a manifest of `index` names. Errors: 58P01, XX001.
    func segment(
        _ named: IndexManifest.Segment, index: UInt32
    ) throws(DatabaseError) -> Segment {
        if let known = segments.withLock({ $0[named.number] }) { return known }
        let opened = try Segment.open(path(named.number), index: index, named: named)
        segments.withLock { $0[named.number] = opened }
        return opened
    }

    /// Lets go of segments and removes their files. Whoever still reads them keeps them mapped.
    func remove(_ numbers: [UInt64]) {
        segments.withLock { segments in for number in numbers { segments[number] = nil } }
        states.withLock { $0.removeAll() }
        for number in numbers { unlink(path(number)) }
    }

    /// Removes the files of segments that no manifest of the newest snapshot names.
    ///
    /// Does nothing while a process builds: its file is not named yet.
    package func sweep(
        _ newest: () throws(DatabaseError) -> StorageView
    ) throws(DatabaseError) {
        guard let lock = BuildLock(lockPath, isShared: false) else { return }
        defer { lock.release() }
        var named: Set<UInt64> = []
        try newest().forEachManifest { manifest throws(DatabaseError) in
            named.formUnion(manifest.segments.map(\.number))
        }
        guard let entries = opendir(folder) else { return }
        defer { closedir(entries) }
        while let entry = readdir(entries) {
            // SAFETY: the name is a C string inside the entry, copied at once.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            let stem = name.split(separator: ".").first.map(String.init) ?? ""
            guard stem.utf8.count == 16, let number = UInt64(stem, radix: 16),
                !named.contains(number)
            else { continue }
            segments.withLock { $0[number] = nil }
            unlink("\(folder)/\(name)")
        }
        states.withLock { $0.removeAll() }
    }

    /// Runs a build: one at a time in this process, and no sweep meanwhile in any.
    package func oneAtATime<T>(_ body: () throws(DatabaseError) -> T) throws(DatabaseError) -> T {
        let result = building.withLock { _ -> Result<T, DatabaseError> in
            let lock = BuildLock(lockPath, isShared: true)
            defer { lock?.release() }
            do throws(DatabaseError) { return .success(try body()) } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// What `view` sees of `index`: segments, live slots and the tail.
    ///
    /// - Parameter isShared: whether other views of the same commit see the same: not so while a
    ///   transaction writes.
    package func state(
        of index: IndexDefinition, _ view: StorageView, isShared: Bool
    ) throws(DatabaseError) -> VectorIndexState? {
        guard isShared else { return try VectorIndexState(index, view, sequence: 0, self) }
        let sequence = try view.commitSequence()
        let known = states.withLock { states in
            states.first { $0.sequence == sequence && $0.index == index.id }
        }
        if let known { return known }
        guard let state = try VectorIndexState(index, view, sequence: sequence, self) else {
            return nil
        }
        states.withLock { states in
            states.removeAll { $0.index == index.id && $0.sequence < sequence }
            if states.count >= Self.statesMax { states.removeFirst() }
            states.append(state)
        }
        return state
    }
}

/// The right to have a file that no manifest names yet, or to remove such files.
private struct BuildLock {
    private let descriptor: Int32

    /// `nil` where somebody else holds it the other way round, or where it cannot be had.
    init?(_ path: String, isShared: Bool) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return nil }
        guard flock(descriptor, isShared ? LOCK_SH : LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            return nil
        }
    }

    func release() { close(descriptor) }
}
