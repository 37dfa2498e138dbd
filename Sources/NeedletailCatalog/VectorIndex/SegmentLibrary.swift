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
    let store: Store
    let folder: SegmentFolder
    let lockPath: String
    let segments = Mutex<[UInt64: Segment]>([:])
    let states = Mutex<[VectorIndexState]>([])
    /// Segments published here, each with the number of the first snapshot that names it.
    let published = Mutex<[UInt64: UInt64]>([:])
    /// Segments that the newest manifests do not name any more, each with the numbers of the
    /// snapshots that may.
    let retired = Mutex<[UInt64: Range<UInt64>]>([:])
    /// Segments whose damage was found after they were opened.
    let damaged = Mutex<Set<UInt64>>([])
    /// Indexes of lists that something of could not be read.
    let damagedLists = Mutex<Set<UInt32>>([])
    /// Codes of tails, by index.
    let tails = Mutex<[UInt32: KeptTail]>([:])
    /// Held by whoever encodes a tail, so that others wait for it instead of doing the same.
    let encoding = Mutex<Void>(())
    /// Indexes that are being built here.
    private let underWay = Mutex<[UInt32]>([])
    /// Whom to ask for what is done in the background.
    private let keeper = Mutex<(@Sendable () -> Void)?>(nil)
    /// The memory of searches.
    package let memories = IdlePool { SearchMemory() }
    /// Held by whoever builds, so that builds come one after the other.
    private let building = Mutex<Void>(())
    /// States of snapshots that are kept.
    private static let statesMax = 8

    package init(_ store: Store) {
        self.store = store
        folder = store.segmentFolder
        lockPath = store.path + "/segments.lock"
    }

    func path(_ number: UInt64) -> String { "\(folder.path)/\(Self.name(number)).segment" }

    /// A segment's number as its file has it.
    static func name(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    func makeFolder() throws(DatabaseError) {
        guard mkdir(folder.path, 0o700) == 0 || errno == EEXIST else {
            throw DatabaseError(StorageError("mkdir", errno, detail: folder.path))
        }
    }

    /// Throws 53100 where a segment of `bytes` would exceed the quota.
    func requireRoom(for bytes: Int) throws(DatabaseError) {
        try store.requireRoom(forSegment: bytes)
    }

    /// The segment that a manifest of `index` names. Errors: 58P01, XX001.
    func segment(
        _ named: IndexManifest.Segment, index: UInt32
    ) throws(DatabaseError) -> Segment {
        if let known = segments.withLock({ $0[named.number] }) { return known }
        if damaged.withLock({ $0.contains(named.number) }) {
            throw Segment.damaged(path(named.number), "its checksums differ from the manifest's")
        }
        let opened = try Segment.open(
            path(named.number), index: index, named: named, pages: store.mappedPages)
        segments.withLock { $0[named.number] = opened }
        settle(opened)
        return opened
    }

    /// Takes in a segment that was built in this process.
    func adopt(_ segment: Segment) {
        segments.withLock { $0[segment.number] = segment }
    }

    /// Has the rest of opening a segment done on a thread of its own.
    private func settle(_ segment: Segment) {
        // Without a thread it is used as it is, and verified by CHECK.
        _ = DetachedThread.start { [weak self] in
            guard let self else { return }
            guard !segment.settle(copies: self.hasMemory(for: segment)) else { return }
            // From now on it is one that cannot be used.
            self.damaged.withLock { _ = $0.insert(segment.number) }
            self.segments.withLock { $0[segment.number] = nil }
            self.states.withLock { $0.removeAll() }
            self.callKeeper()
        }
    }

    /// Whether the copies of all segments would take less than half of the machine's memory, or an
    /// eighth of the database's budget.
    private func hasMemory(for segment: Segment) -> Bool {
        let all = segments.withLock { $0.values.reduce(0) { $0 + $1.byteCount } }
        if let budget = store.options.memoryBudgetBytes { return all < budget / 8 }
        let machine = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))
        return all < machine / 2
    }

    /// Has `call` asked whenever something is to be mended or removed in the background.
    package func setKeeper(_ call: @escaping @Sendable () -> Void) {
        keeper.withLock { $0 = call }
    }

    /// Returns whether somebody was there to be asked.
    @discardableResult
    package func callKeeper() -> Bool {
        guard let call = keeper.withLock({ $0 }) else { return false }
        call()
        return true
    }

    /// Lets go of the segments of `index`, so that they are verified again when they are next used.
    package func forget(_ manifest: IndexManifest) {
        segments.withLock { segments in
            for named in manifest.segments { segments[named.number] = nil }
        }
        damaged.withLock { $0.subtract(manifest.segments.map(\.number)) }
        states.withLock { states in states.removeAll { $0.index == manifest.index } }
    }

    /// Whether `index` is being built in this process.
    package func isUnderWay(_ index: UInt32) -> Bool {
        underWay.withLock { $0.contains(index) }
    }

    /// Runs the build of `index`.
    package func build<T>(
        _ index: UInt32, _ body: () throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        underWay.withLock { $0.append(index) }
        defer {
            underWay.withLock { indexes in
                if let place = indexes.firstIndex(of: index) { indexes.remove(at: place) }
            }
        }
        return try body()
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
    /// Errors: 58P01 and XX001 where a segment cannot be used.
    ///
    /// - Parameter isShared: whether other views of the same commit see the same: not so while a
    ///   transaction writes.
    package func state(
        of index: IndexDefinition, _ view: StorageView, isShared: Bool
    ) throws(DatabaseError) -> VectorIndexState? {
        try state(of: index, view, isShared: isShared) { sequence throws(DatabaseError) in
            try VectorIndexState(index, view, sequence: sequence, self, isForgiving: false)
        }
    }

    /// What `view` sees of an index of lists. A view of a transaction that writes sees what is in
    /// lists already. Errors: XX001 where what is known of all lists is damaged.
    package func state(
        ofLists index: IndexDefinition, of table: TableDefinition, _ view: StorageView,
        isShared: Bool
    ) throws(DatabaseError) -> VectorIndexState? {
        try state(of: index, view, isShared: isShared) { sequence throws(DatabaseError) in
            try VectorIndexState(lists: index, of: table, view, sequence: sequence)
        }
    }

    private func state(
        of index: IndexDefinition, _ view: StorageView, isShared: Bool,
        _ make: (UInt64) throws(DatabaseError) -> VectorIndexState?
    ) throws(DatabaseError) -> VectorIndexState? {
        guard isShared else {
            return try make(0)
        }
        if let snapshot = try view.snapshot {
            let known = states.withLock { states in
                states.first { $0.snapshot == snapshot && $0.index == index.id }
            }
            if let known { return known }
        }
        let sequence = try view.commitSequence()
        guard let state = try make(sequence) else { return nil }
        states.withLock { states in
            states.removeAll { $0.index == index.id && $0.sequence < sequence }
            if states.count >= Self.statesMax { states.removeFirst() }
            states.append(state)
        }
        return state
    }

    /// As ``state(of:_:isShared:)``, without the segments that cannot be used: their rows are in
    /// the tail then.
    package func usableState(
        of index: IndexDefinition, _ view: StorageView, isShared: Bool = true
    ) throws(DatabaseError) -> VectorIndexState? {
        do throws(DatabaseError) {
            return try state(of: index, view, isShared: isShared)
        } catch {
            guard error.isOfSegment else { throw error }
        }
        return try VectorIndexState(index, view, sequence: 0, self, isForgiving: true)
    }
}
