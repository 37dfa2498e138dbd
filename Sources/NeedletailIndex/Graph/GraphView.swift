import NeedletailKernels

/// The flat arrays of one graph, in memory that somebody else keeps.
///
/// Nodes are numbered so that those of upper levels come first: level `l` has the nodes
/// 0..<levelCounts[l], and no level needs a list of its members. Links are lists of a fixed length,
/// ended early by ``noNode``.
package struct GraphView: @unchecked Sendable {
    // SAFETY: whoever makes a view keeps its memory for as long as the view is used, and writes to
    // it only while it builds the graph.
    package static let noNode = UInt32.max

    package let nodeCount: Int
    /// Links of level 0: `baseDegree` for each node.
    package let baseLinks: UnsafeMutablePointer<UInt32>
    package let baseDegree: Int
    /// Links of the levels above, the lowest first: `upperDegree` for each of their nodes.
    package let upperLinks: [UnsafeMutablePointer<UInt32>]
    package let upperDegree: Int
    /// Nodes of each level, level 0 first.
    package let levelCounts: [Int]
    package let records: UnsafeMutablePointer<UInt8>
    package let recordBytes: Int
    /// Rows whose vector is a node's, in ascending order of both.
    let duplicates: UnsafeMutablePointer<Duplicate>
    let duplicateCount: Int
    /// What records are seen from, where their codes have that.
    package let center: UnsafeMutablePointer<Float>?

    package var topLevel: Int { levelCounts.count - 1 }

    /// Nodes that are on more than level 0: the first ones.
    var upperCount: Int { levelCounts.count > 1 ? levelCounts[1] : 0 }

    /// Length of the lists of `level`.
    @inline(__always)
    func degree(_ level: Int) -> Int { level == 0 ? baseDegree : upperDegree }

    @inline(__always)
    func links(_ level: Int) -> UnsafeMutablePointer<UInt32> {
        level == 0 ? baseLinks : upperLinks[level - 1]
    }

    @inline(__always)
    func list(_ node: Int, level: Int) -> UnsafeMutablePointer<UInt32> {
        links(level) + node * degree(level)
    }

    @inline(__always)
    func record(_ node: Int) -> UnsafeMutablePointer<UInt8> { records + node * recordBytes }

    /// Where the duplicates of `node` begin, or of the next node that has any.
    func firstDuplicate(_ node: Int) -> Int {
        var (low, high) = (0, duplicateCount)
        while low < high {
            let middle = (low + high) / 2
            if Int(duplicates[middle].node) < node { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Calls `body` with every row and its node.
    package func forEachRow(_ body: (_ slot: UInt32, _ node: UInt32) -> Void) {
        for node in 0..<nodeCount { body(slot(node), UInt32(truncatingIfNeeded: node)) }
        for place in 0..<duplicateCount { body(duplicates[place].slot, duplicates[place].node) }
    }

    /// The row of a node.
    package func slot(_ node: Int) -> UInt32 {
        UnsafeRawPointer(record(node)).load(fromByteOffset: WalkRecord.slot, as: UInt32.self)
    }
}

/// A row that has the vector of a node.
struct Duplicate {
    var node: UInt32
    var slot: UInt32
}
