import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The pages of a database's file in memory: which are asked for before they are read, and which
/// are given back.
///
/// Pages come into memory when they are first touched, and the system lets go of those that were
/// not used for long where somebody else needs the memory. That is enough for a file that fits. Of
/// a larger one, each page that is touched would keep a search waiting for the disk, and the system
/// would read megabytes around it: then (``readsAhead``) pages come one by one, and readers say in
/// good time what they are about to touch.
///
/// With a budget no more than its share is kept mapped: pages beyond it are given back to the
/// system in the order of the file, going round. Those that are used come back from the system's
/// own cache, which knows what was used last, without the disk for as long as there is memory.
package final class MappedPages: Sendable {
    private let region: MappedRegion
    /// What the file may fill before it counts as larger than memory.
    private let comfortableBytes: Int
    /// Bytes that may be mapped; `nil` for no limit.
    private let limit: Int?
    /// Bytes that may have come in since the last look.
    private let touched = Atomic<Int>(0)
    private let stepBytes: Int
    private let isLarger = Atomic<Bool>(false)
    private let sweep: Mutex<Sweep>
    private let memory: ProcessMemory

    private struct Sweep {
        /// Where the next pages are given back, in the file or the further regions after it.
        var hand = 0
        /// Bytes of the file that are in use.
        var usedBytes = 0
        var further: [MappedRegion] = []
        /// Bytes of what else the process has mapped: programs, and files of others.
        var othersBytes = 0
    }

    /// The system maps this many bytes around a page that is in its cache.
    private static let aroundBytes = 64 << 10
    /// Of a budget, what mapped pages may take; the rest is for what is kept beside them.
    private static let mappedShare = (3, 4)

    /// `nil` where the system does not tell where `file` is mapped.
    init?(_ file: String, budget: Int?) {
        guard let region = MappedRegion.find(file) else { return nil }
        self.region = region
        memory = ProcessMemory()
        sweep = Mutex(Sweep(othersBytes: memory.mappedBytes()))
        let all = budget ?? MachineMemory.bytes
        comfortableBytes = all / 2
        limit = budget.map { $0 / Self.mappedShare.1 * Self.mappedShare.0 }
        stepBytes = limit.map { max(1 << 20, $0 / 16) } ?? .max
    }

    // MARK: Reading ahead

    /// Whether the file is so large that what is about to be read should be asked for.
    @inline(__always)
    var readsAhead: Bool { isLarger.load(ordering: .relaxed) }

    /// Takes note of how large the file is.
    func note(usedBytes: Int) {
        if limit != nil { sweep.withLock { $0.usedBytes = usedBytes } }
        guard usedBytes > comfortableBytes, !readsAhead else { return }
        isLarger.store(true, ordering: .relaxed)
        region.adviseRandom()
    }

    /// Has the pages of `bytes` read from the disk, without waiting for them.
    func ask(for bytes: UnsafeRawBufferPointer) {
        // SAFETY: advice changes no byte, wherever they are.
        MappedRegion(bytes)?.adviseNeeded()
    }

    /// Rows of a scan that are read before they are compared, where memory is short: as many as
    /// take an eighth of what may be mapped.
    func windowRows(stride: Int) -> Int? {
        guard readsAhead else { return nil }
        return (limit ?? comfortableBytes) / 8 / max(1, stride)
    }

    // MARK: Giving back

    /// To be called by whoever has read `count` bytes, or is about to: gives pages back from time
    /// to time.
    @inline(__always)
    func touch(_ count: Int, places: Int = 1) {
        guard limit != nil else { return }
        let sum = touched.add(count &+ places &* Self.aroundBytes, ordering: .relaxed).newValue
        if sum > stepBytes { giveBack() }
    }

    private func giveBack() {
        guard let limit else { return }
        // Where somebody is at it already, that is enough.
        _ = sweep.withLockIfAvailable { sweep in
            touched.store(0, ordering: .relaxed)
            var now = memory.mappedBytes()
            // Others have less than they had.
            sweep.othersBytes = min(sweep.othersBytes, now)
            now -= sweep.othersBytes
            guard now > limit / 8 * 6 else { return }
            let goal = limit / 8 * 4
            let used = min(sweep.usedBytes, region.byteCount)
            let regions = [region.prefix(used)] + sweep.further
            let total = regions.reduce(0) { $0 + $1.byteCount }
            let piece = max(1 << 20, total / 64)
            var passed = 0
            while now > goal, passed < total {
                if sweep.hand >= total { sweep.hand = 0 }
                sweep.hand += Self.release(regions, from: sweep.hand, count: piece)
                passed += piece
                now = memory.mappedBytes() - sweep.othersBytes
            }
            // Others have more than they had, unless pages come as fast as they go.
            if passed >= total, let ours = region.residentBytes() {
                sweep.othersBytes += max(0, now - ours)
            }
        }
    }

    /// Gives back `count` bytes from `place` on in `regions`, as if they followed one another, to
    /// the end of a region at most. Returns how many it was.
    private static func release(_ regions: [MappedRegion], from place: Int, count: Int) -> Int {
        var place = place
        for region in regions {
            if place < region.byteCount {
                let part = region.dropFirst(place).prefix(count)
                part.adviseUnneeded()
                return max(1, part.byteCount)
            }
            place -= region.byteCount
        }
        return count
    }

    /// Has the pages of a further file, mapped read-only and shared, count towards the limit.
    package func add(_ bytes: UnsafeRawBufferPointer) {
        guard limit != nil, let region = MappedRegion(bytes) else { return }
        sweep.withLock { $0.further.append(region) }
    }

    /// To be called before `bytes`, which were added, are unmapped.
    package func remove(_ bytes: UnsafeRawBufferPointer) {
        guard limit != nil, let region = MappedRegion(bytes) else { return }
        sweep.withLock { $0.further.removeAll { $0 == region } }
    }
}

/// Reads ahead of a walk in order of keys: values that were written together lie together.
struct ReadAhead {
    private var moves = 0
    /// What was asked for last.
    private var asked: Range<UInt> = 0..<0
    private var place: UInt = 0

    private static let windowBytes: UInt = 1 << 20
    /// Moves after which a walk is taken for a long one.
    private static let movesMin = 4
    /// A longer value has pages of its own.
    private static let inlineBytes: UInt = 2_048

    mutating func moved(to value: UnsafeRawBufferPointer, _ mapped: MappedPages) {
        guard let start = value.baseAddress else { return }
        let address = UInt(bitPattern: start)
        let size = UInt(value.count)
        if address >> 16 != place || size > Self.inlineBytes {
            place = address >> 16
            mapped.touch(value.count)
        }
        guard mapped.readsAhead else { return }
        moves += 1
        guard moves >= Self.movesMin else {
            if size > Self.inlineBytes { mapped.ask(for: value) }
            return
        }
        let isInside = asked.contains(address) && address &+ size <= asked.upperBound
        if isInside, asked.upperBound - address > Self.windowBytes / 2 { return }
        let from = isInside ? asked.upperBound : address
        let count = max(size, Self.windowBytes)
        asked = (isInside ? asked.lowerBound : address)..<(from &+ count)
        // SAFETY: only advice; past the end of the file there is nothing to read.
        mapped.ask(
            for: UnsafeRawBufferPointer(
                start: UnsafeRawPointer(bitPattern: from), count: Int(count)))
    }
}
