package import NeedletailCore
package import NeedletailIndex
import NeedletailKernels
package import NeedletailStorage
import Synchronization

/// What is known of all lists of an index, as one snapshot has it: list 0 in the store.
///
/// Part 0 is the ``Header``, which is small and changes most. Part 1 has the numbers of the lists
/// and the point that vectors are seen from; the parts from 2 on have the centroids.
package struct ListDirectory: Sendable {
    package let index: ListIndex
    package var header: Header
    package let centroids: ListCentroids

    /// The list of an index that has no rows yet.
    static let firstList: UInt32 = 1

    package var listCount: Int { centroids.count }

    /// The place of a list among the centroids, whose numbers ascend.
    func place(of list: UInt32) -> Int? {
        var (low, high) = (0, centroids.ids.count)
        while low < high {
            let middle = (low + high) / 2
            if centroids.ids[middle] < list { low = middle + 1 } else { high = middle }
        }
        return low < centroids.ids.count && centroids.ids[low] == list ? low : nil
    }
}

// MARK: Reading

extension ListDirectory {
    /// `nil` where the rows are not in the lists yet. Errors: XX001 where it is damaged, or
    /// something else was when a change came to it.
    package static func read(
        _ index: ListIndex, _ view: StorageView
    ) throws(DatabaseError) -> ListDirectory? {
        guard let header = try Header(of: index, view) else { return nil }
        if header.state == .damaged { throw index.leftBehind }
        guard header.isBuilt else { return nil }
        let key = CentroidShelf.Key(index: index.id, version: header.version)
        if let known = CentroidShelf.shared.centroids(key), known.layout == index.layout {
            return ListDirectory(index: index, header: header, centroids: known)
        }
        let centroids = try readCentroids(index, header, view)
        CentroidShelf.shared.keep(
            centroids, for: key, budget: view.environment.memoryBudgetBytes)
        return ListDirectory(index: index, header: header, centroids: centroids)
    }

    /// Has the centroids of an index read again.
    static func forgetCentroids(of index: ListIndex) { CentroidShelf.shared.forget(index.id) }

    private static func readCentroids(
        _ index: ListIndex, _ header: Header, _ view: StorageView
    ) throws(DatabaseError) -> ListCentroids {
        let dimension = index.layout.dimension
        guard let names = try view.sealed(.invertedList(index: index.id, list: 0, part: 1)) else {
            throw index.damaged(0, "the numbers of the lists are gone")
        }
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(names)
        var ids: [UInt32] = []
        var origin: [Float] = []
        for _ in 0..<header.listCount {
            guard let id: UInt32 = reader.read() else { break }
            ids.append(id)
        }
        while let bits: UInt32 = reader.read() { origin.append(Float(bitPattern: bits)) }
        var components: [Float] = []
        components.reserveCapacity(header.listCount * dimension)
        for piece in 0..<pieceCount(header.listCount, dimension) {
            let key = StorageKey.invertedList(index: index.id, list: 0, part: UInt32(piece + 2))
            guard let payload = try view.sealed(key) else {
                throw index.damaged(0, "centroids are gone")
            }
            var reader = ByteReader(payload)
            while let bits: UInt32 = reader.read() {
                components.append(Float(bitPattern: bits))
            }
        }
        let isOrdered = zip(ids, ids.dropFirst()).allSatisfy { $0 < $1 }
        guard ids.count == header.listCount, isOrdered, ids.last ?? 0 < header.nextList,
            let centroids = ListCentroids(
                index.layout, ids: ids, centroids: components, origin: origin)
        else { throw index.damaged(0, "the centroids do not fit each other") }
        return centroids
    }

    private static func rowsOfPiece(_ dimension: Int) -> Int {
        max(1, (64 << 10) / (4 * dimension))
    }

    private static func pieceCount(_ lists: Int, _ dimension: Int) -> Int {
        let rows = rowsOfPiece(dimension)
        return (lists + rows - 1) / rows
    }
}

// MARK: Writing

extension ListDirectory {
    /// What an index is that was just defined. Without rows it has one list.
    static func putEmpty(
        _ index: ListIndex, isBuilt: Bool, _ writer: StorageWriter
    ) throws(DatabaseError) {
        let zeros = [Float](repeating: 0, count: index.layout.dimension)
        guard let centroids = ListCentroids(index.layout, ids: [firstList], centroids: zeros)
        else { throw index.damaged(0, "it cannot be made") }
        let header = Header(
            version: newVersion(), listCount: 1, nextList: firstList + 1,
            state: isBuilt ? .built : .unbuilt, calibration: ListCalibration())
        try put(header, centroids, of: index, instead: nil, writer)
    }

    /// Leaves the lists as they are, and says that they are of no use until they are built anew.
    static func putDamaged(
        _ index: ListIndex, _ writer: StorageWriter
    ) throws(DatabaseError) {
        let header = Header(
            version: newVersion(), listCount: 1, nextList: firstList + 1, state: .damaged,
            calibration: ListCalibration())
        try put(header, of: index, writer)
    }

    static func newVersion() -> UInt64 { UInt64.random(in: 1...UInt64.max) }

    /// Stores header and centroids; of the centroids only what differs from `old`.
    static func put(
        _ header: Header, _ centroids: ListCentroids, of index: ListIndex,
        instead old: ListCentroids?, _ writer: StorageWriter
    ) throws(DatabaseError) {
        try put(header, of: index, writer)
        // Whoever searches after this commit need not read them.
        CentroidShelf.shared.keep(
            centroids, for: CentroidShelf.Key(index: index.id, version: header.version),
            budget: writer.environment.memoryBudgetBytes)
        var names: [UInt8] = []
        for id in centroids.ids { names.append(littleEndian: id) }
        for component in centroids.origin { names.append(littleEndian: component.bitPattern) }
        try writer.putSealed(.invertedList(index: index.id, list: 0, part: 1), names)
        let dimension = index.layout.dimension
        let size = rowsOfPiece(dimension) * dimension
        for piece in 0..<pieceCount(centroids.count, dimension) {
            let start = piece * size
            let all = centroids.centroids
            let slice = all[start..<min(start + size, all.count)]
            if let old, old.centroids.count >= slice.endIndex,
                old.centroids[slice.indices] == slice,
                slice.count == size || old.centroids.count == all.count
            {
                continue
            }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(slice.count * 4)
            for component in slice { bytes.append(littleEndian: component.bitPattern) }
            try writer.putSealed(
                .invertedList(index: index.id, list: 0, part: UInt32(piece + 2)), bytes)
        }
        let before = old.map { pieceCount($0.count, dimension) } ?? 0
        let after = pieceCount(centroids.count, dimension)
        for piece in after..<max(after, before) {
            try writer.delete(.invertedList(index: index.id, list: 0, part: UInt32(piece + 2)))
        }
    }

    static func put(
        _ header: Header, of index: ListIndex, _ writer: StorageWriter
    ) throws(DatabaseError) {
        try writer.putSealed(
            .invertedList(index: index.id, list: 0, part: 0), header.encoded(of: index))
    }
}

/// Centroids that were read, for all who read the same ones.
private final class CentroidShelf: Sendable {
    struct Key: Hashable, Sendable {
        let index: UInt32
        /// Drawn at random, so that it names the centroids of one index of one database.
        let version: UInt64
    }

    static let shared = CentroidShelf()

    private let known = Mutex<[(key: Key, centroids: ListCentroids)]>([])
    /// Components that are kept, the newest centroids whatever they take.
    private static let componentsMax = 128 << 20
    /// Of one index: of the newest snapshots, and what a transaction is about to publish.
    private static let versionsMax = 4

    func centroids(_ key: Key) -> ListCentroids? {
        known.withLock { known in known.last { $0.key == key }?.centroids }
    }

    func forget(_ index: UInt32) { known.withLock { $0.removeAll { $0.key.index == index } } }

    /// - Parameter budget: bytes of memory of the database that they are of.
    func keep(_ centroids: ListCentroids, for key: Key, budget: Int?) {
        // A component takes four bytes, and about one more in codes.
        let most = min(Self.componentsMax, budget.map { $0 / 16 / 5 } ?? .max)
        known.withLock { known in
            known.removeAll { $0.key == key }
            known.append((key, centroids))
            let own = known.indices.filter { known[$0].key.index == key.index }
            if own.count > Self.versionsMax { known.remove(at: own[0]) }
            var kept = known.reduce(0) { $0 + $1.centroids.centroids.count }
            while kept > most || known.count > 64, known.count > 1 {
                kept -= known.removeFirst().centroids.centroids.count
            }
        }
    }
}
