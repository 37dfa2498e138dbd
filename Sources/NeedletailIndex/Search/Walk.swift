package import CNeedletailKernels
import NeedletailBitmap
import NeedletailKernels

/// What a walk has done.
package struct WalkCounters: Sendable, Hashable {
    /// Nodes whose distance was computed.
    package var visited = 0
    /// Nodes whose links were followed.
    package var expanded = 0

    package init() {}
}

/// Best-first search in one graph (Malkov and Yashunin 2016, algorithms 2 and 5), with a sorted
/// array in place of the two heaps.
///
/// Concrete code over raw pointers: no reference counting, allocation or call through a protocol
/// for a visited node.
package struct Walk {
    private let graph: GraphView
    private let query: UnsafeMutablePointer<nt_walk_query>
    private let scratch: WalkScratch
    private let pages: PageTally?
    package private(set) var counters = WalkCounters()

    // SAFETY: nodes come from the graph's own links. One that the level does not have ends its
    // list, as the mark of the end does: damage may hide rows and leads nowhere else.

    package init(
        _ graph: GraphView, query: UnsafeMutablePointer<nt_walk_query>, scratch: WalkScratch
    ) {
        self.graph = graph
        self.query = query
        self.scratch = scratch
        pages = scratch.pages
    }

    /// The nearest node found by descending greedily from the top to `level`.
    ///
    /// - Parameter passed: called with the nearest node of each level above, the top one first.
    mutating func descend(to level: Int, passed: (Int) -> Void = { _ in }) -> Candidate {
        scratch.nodes[0] = 0
        score(1)
        var best = Candidate(scratch.distances[0], 0)
        var current = graph.topLevel
        while current > level {
            best = greedy(from: best, level: current)
            passed(best.node)
            current -= 1
        }
        return best
    }

    private mutating func greedy(from start: Candidate, level: Int) -> Candidate {
        var best = start
        let (links, degree) = (graph.links(level), graph.degree(level))
        let end = UInt32(graph.levelCounts[level])
        while true {
            let list = links + best.node * degree
            if let pages { pages.add(links: list, degree) }
            var count = 0
            while count < degree, list[count] < end {
                scratch.nodes[count] = list[count]
                count += 1
            }
            score(count)
            var next = best
            for place in 0..<count {
                let found = Candidate(scratch.distances[place], scratch.nodes[place])
                if found < next { next = found }
            }
            counters.expanded += 1
            guard next < best else { return best }
            best = next
        }
    }

    @inline(__always)
    private mutating func score(_ count: Int) {
        counters.visited += count
        if let pages { pages.add(records: scratch.nodes, count, of: graph) }
        query.pointee.score(
            query, graph.records, scratch.nodes, count, scratch.distances)
    }

    /// Fills the scratch's candidates with the `ef` nearest nodes of `level` that it finds.
    ///
    /// - Parameter visitedMax: after so many nodes, or a list more, it goes no further.
    /// - Returns: how many there are; nearest first.
    mutating func search(
        level: Int, from start: Candidate, ef: Int, visitedMax: Int = .max
    ) -> Int {
        scratch.reserve(nodeCount: graph.nodeCount, ef: ef)
        let (links, degree) = (graph.links(level), graph.degree(level))
        let end = UInt32(graph.levelCounts[level])
        let visited = scratch.visited
        let touched = scratch.touched
        let pool = scratch.candidates
        let (nodes, distances) = (scratch.nodes, scratch.distances)
        var touchedCount = 0
        pool[0] = Candidate(bits: start.bits & ~1)
        var count = 1
        visited[start.node >> 6] |= 1 << UInt64(start.node & 63)
        touched[touchedCount] = UInt32(truncatingIfNeeded: start.node >> 6)
        touchedCount += 1
        var cursor = 0
        while cursor < count, counters.visited < visitedMax {
            let current = pool[cursor]
            pool[cursor].bits |= 1
            counters.expanded += 1
            let list = links + current.node * degree
            if let pages { pages.add(links: list, degree) }
            var fresh = 0
            for place in 0..<degree {
                let node = list[place]
                if node >= end { break }
                let word = Int(node >> 6)
                let bit: UInt64 = 1 << UInt64(node & 63)
                let seen = visited[word]
                if seen & bit != 0 { continue }
                if seen == 0 {
                    touched[touchedCount] = UInt32(truncatingIfNeeded: word)
                    touchedCount += 1
                }
                visited[word] = seen | bit
                nodes[fresh] = node
                fresh += 1
            }
            // If nothing nearer turns up, the list of the next candidate is read next.
            var following = cursor + 1
            while following < count, pool[following].isExpanded { following += 1 }
            if following < count {
                nt_prefetch_links(links + pool[following].node * degree, degree)
            }
            score(fresh)
            cursor += 1
            var lowest = cursor
            for place in 0..<fresh {
                let found = Candidate(distances[place], nodes[place])
                if count == ef {
                    if pool[count - 1].bits < found.bits { continue }
                    count -= 1
                }
                let position = pool.insert(found, count: count)
                count += 1
                if position <= lowest {
                    lowest = position
                    nt_prefetch_links(links + found.node * degree, degree)
                }
            }
            cursor = lowest
            while cursor < count, pool[cursor].isExpanded { cursor += 1 }
        }
        for place in 0..<touchedCount { visited[Int(touched[place])] = 0 }
        return count
    }
}
