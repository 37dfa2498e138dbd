/// The arrays of one graph in one piece of memory.
package final class GraphMemory: @unchecked Sendable {
    // SAFETY: the memory lives until `deinit` gives it back; it is written to while the graph is
    // built, by threads that each have their own part, and by nobody after that.
    package let shape: GraphShape
    package let bytes: UnsafeMutableRawPointer
    package let view: GraphView
    private let release: @Sendable (UnsafeMutableRawPointer) -> Void

    /// Memory of its own: links are ``GraphView/noNode`` everywhere, all else is zero.
    package convenience init(_ shape: GraphShape) {
        let bytes = LargePages.allocate(byteCount: shape.byteCount)
        let linkBytes = shape.recordsOffset
        bytes.initializeMemory(as: UInt8.self, repeating: 0xFF, count: linkBytes)
        (bytes + linkBytes).initializeMemory(
            as: UInt8.self, repeating: 0, count: shape.byteCount - linkBytes)
        self.init(shape, bytes: bytes) { $0.deallocate() }
    }

    /// The arrays of `other` in memory of its own.
    package convenience init(copying other: GraphMemory) {
        let bytes = LargePages.allocate(byteCount: other.shape.byteCount)
        // SAFETY: both have as many bytes as the shape says.
        bytes.copyMemory(from: other.bytes, byteCount: other.shape.byteCount)
        self.init(other.shape, bytes: bytes) { $0.deallocate() }
    }

    /// The links and duplicates of `other`, and records of zeros in another layout.
    convenience init(linksOf other: GraphMemory, recordBytes: Int, centerCount: Int = 0) {
        let shape = other.shape
        self.init(
            GraphShape(
                levelCounts: shape.levelCounts, baseDegree: shape.baseDegree,
                upperDegree: shape.upperDegree, recordBytes: recordBytes,
                duplicateCount: shape.duplicateCount, centerCount: centerCount))
        // SAFETY: links come first in both, and as many; so it is with the duplicates.
        bytes.copyMemory(from: other.bytes, byteCount: shape.recordsOffset)
        view.duplicates.update(from: other.view.duplicates, count: shape.duplicateCount)
    }

    /// Arrays that are there already, to be read only. `release` is called once, at the end.
    package init(
        _ shape: GraphShape, bytes: UnsafeMutableRawPointer,
        release: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
    ) {
        self.shape = shape
        self.bytes = bytes
        self.release = release
        view = shape.view(at: bytes)
    }

    deinit { release(bytes) }
}

/// How many nodes a graph has on each level, how many links they have, and where the arrays lie.
package struct GraphShape: Sendable, Hashable {
    /// Of every array: a page of most machines.
    static let alignment = 4_096

    /// Nodes of each level, level 0 first.
    package let levelCounts: [Int]
    package let baseDegree: Int
    package let upperDegree: Int
    package let recordBytes: Int
    /// Rows without a node of their own.
    package let duplicateCount: Int
    /// Components of the point that records are seen from.
    package let centerCount: Int

    package init(
        levelCounts: [Int], baseDegree: Int, upperDegree: Int, recordBytes: Int,
        duplicateCount: Int, centerCount: Int = 0
    ) {
        self.levelCounts = levelCounts
        self.baseDegree = baseDegree
        self.upperDegree = upperDegree
        self.recordBytes = recordBytes
        self.duplicateCount = duplicateCount
        self.centerCount = centerCount
    }

    package var nodeCount: Int { levelCounts.first ?? 0 }

    /// Where the links of `level` begin.
    func linksOffset(_ level: Int) -> Int {
        var offset = 0
        for below in 0..<level { offset += linkBytes(below) }
        return offset
    }

    private func linkBytes(_ level: Int) -> Int {
        let degree = level == 0 ? baseDegree : upperDegree
        return Self.aligned(levelCounts[level] * degree * 4)
    }

    package var recordsOffset: Int { linksOffset(levelCounts.count) }

    package var duplicatesOffset: Int { recordsOffset + Self.aligned(nodeCount * recordBytes) }

    var centerOffset: Int { duplicatesOffset + Self.aligned(duplicateCount * 8) }

    package var byteCount: Int { centerOffset + Self.aligned(centerCount * 4) }

    package var rowCount: Int { nodeCount + duplicateCount }

    private static func aligned(_ count: Int) -> Int {
        (count + alignment - 1) / alignment * alignment
    }

    /// The arrays in memory that has ``byteCount`` bytes.
    package func view(at bytes: UnsafeMutableRawPointer) -> GraphView {
        // SAFETY: the offsets lie within `byteCount`, and every array is used as one type only.
        func links(_ level: Int) -> UnsafeMutablePointer<UInt32> {
            (bytes + linksOffset(level)).assumingMemoryBound(to: UInt32.self)
        }
        return GraphView(
            nodeCount: nodeCount, baseLinks: links(0), baseDegree: baseDegree,
            upperLinks: (1..<max(1, levelCounts.count)).map(links), upperDegree: upperDegree,
            levelCounts: levelCounts,
            records: (bytes + recordsOffset).assumingMemoryBound(to: UInt8.self),
            recordBytes: recordBytes,
            duplicates: (bytes + duplicatesOffset).assumingMemoryBound(to: Duplicate.self),
            duplicateCount: duplicateCount,
            center: centerCount == 0
                ? nil : (bytes + centerOffset).assumingMemoryBound(to: Float.self))
    }
}
