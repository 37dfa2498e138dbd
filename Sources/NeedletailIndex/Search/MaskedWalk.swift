import CNeedletailKernels
import NeedletailBitmap
import NeedletailKernels

/// Best-first search for the nearest of the nodes that a filter lets pass.
///
/// What is done with the links of a node depends on how many of them lead to nodes that pass. Where
/// at least half do, all are scored, and those that do not pass are bridges to others. Else only
/// nodes that pass are scored, and the links of the others are followed one step further: a bit
/// costs less to look at than a record (Sehgal and Salihoglu 2025 for the choice at each node,
/// Patel and others 2024 for the two steps).
///
/// It begins where an unfiltered search would, and at the nearest of some nodes that pass, so that
/// it also ends well where no row near the query does.
struct MaskedWalk {
    private let graph: GraphView
    private let query: UnsafeMutablePointer<nt_walk_query>
    private let scratch: WalkScratch
    private let pages: PageTally?
    private let mask: NodeMask
    private let links: MatchLinks?
    private let ef: Int
    /// Candidates that are kept at most: those that pass, and bridges.
    private let capacity: Int
    private(set) var counters = WalkCounters()
    private var count = 0
    /// Candidates that pass: ``ef`` at most. Where there are as many, the last candidate passes.
    private var passing = 0
    private var touchedCount = 0
    /// Whether words are noted no more: one may be noted again once its bits were taken back, so
    /// that there may be more notes than words.
    private var touchedAll = false
    /// The least place that was filled since the last expansion.
    private var lowest = 0

    /// Of the sample, the nearest are where the walk begins.
    private static let seedsMax = 8
    /// Links of nodes that do not pass, kept in the second half of the scratch's list.
    private static let bridgesAt = WalkScratch.expansionMax / 2

    init(
        _ graph: GraphView, query: UnsafeMutablePointer<nt_walk_query>, scratch: WalkScratch,
        mask: NodeMask, ef: Int
    ) {
        self.graph = graph
        self.query = query
        self.scratch = scratch
        pages = scratch.pages
        self.mask = mask
        links = graph.baseDegree <= WalkScratch.expansionMax / 4 ? mask.links : nil
        self.ef = ef
        capacity = 4 * ef + 64
    }

    /// Fills the scratch's candidates with the nearest nodes of level 0 that pass and that it
    /// finds, at most `ef`, nearest first.
    ///
    /// - Parameter budget: how many nodes and lists it may look at.
    /// - Returns: how many there are; `nil` where the budget did not suffice.
    mutating func search(budget: Int) -> Int? {
        var descent = Walk(graph, query: query, scratch: scratch)
        let start = descent.descend(to: 0)
        counters = descent.counters
        scratch.reserve(nodeCount: graph.nodeCount, ef: capacity)
        defer { forget() }
        _ = isNew(UInt32(truncatingIfNeeded: start.node))
        offer(Candidate(bits: start.bits & ~1))
        offerSeeds()
        var cursor = 0
        while cursor < count {
            guard counters.visited + counters.expanded < budget else { return nil }
            let node = scratch.candidates[cursor].node
            scratch.candidates[cursor].bits |= 1
            lowest = cursor + 1
            expand(node)
            cursor = min(lowest, count)
            while cursor < count, scratch.candidates[cursor].isExpanded { cursor += 1 }
        }
        return withoutBridges()
    }

    /// Lets go of what was seen.
    private func forget() {
        if touchedAll {
            scratch.visited.update(repeating: 0, count: wordCount)
        } else {
            for place in 0..<touchedCount { scratch.visited[Int(scratch.touched[place])] = 0 }
        }
    }

    private var wordCount: Int { (graph.nodeCount + 63) / 64 }

    /// Whether `node` was not seen before.
    @inline(__always)
    private mutating func isNew(_ node: UInt32) -> Bool {
        let word = Int(node >> 6)
        let bit: UInt64 = 1 << UInt64(node & 63)
        let seen = scratch.visited[word]
        guard seen & bit == 0 else { return false }
        if seen == 0 {
            if touchedCount < wordCount {
                scratch.touched[touchedCount] = UInt32(truncatingIfNeeded: word)
                touchedCount += 1
            } else {
                touchedAll = true
            }
        }
        scratch.visited[word] = seen | bit
        return true
    }

    @inline(__always)
    private mutating func score(_ count: Int) {
        counters.visited += count
        if let pages { pages.add(records: scratch.nodes, count, of: graph) }
        query.pointee.score(
            query, graph.records, scratch.nodes, count, scratch.distances)
    }

    /// Puts the nearest of the sample among the candidates.
    private mutating func offerSeeds() {
        var fresh = 0
        for node in mask.sample where isNew(node) {
            scratch.nodes[fresh] = node
            fresh += 1
        }
        score(fresh)
        for _ in 0..<min(Self.seedsMax, fresh) {
            var best = 0
            for place in 1..<fresh where scratch.distances[place] < scratch.distances[best] {
                best = place
            }
            offer(Candidate(scratch.distances[best], scratch.nodes[best]))
            fresh -= 1
            scratch.distances[best] = scratch.distances[fresh]
            scratch.nodes[best] = scratch.nodes[fresh]
        }
        // The others may be met again.
        for place in 0..<fresh {
            let node = scratch.nodes[place]
            scratch.visited[Int(node >> 6)] &= ~(1 << UInt64(node & 63))
        }
    }

    // MARK: Links

    private mutating func expand(_ node: Int) {
        counters.expanded += 1
        if let list = links?.list(of: node), follow(list, of: node) { return }
        let degree = graph.baseDegree
        let list = graph.baseLinks + node * degree
        if let pages { pages.add(links: list, degree) }
        let end = UInt32(truncatingIfNeeded: graph.nodeCount)
        // SAFETY: a list of links is shorter than half of the scratch's, and what a second step
        // adds ends with it.
        let bridges = scratch.nodes + Self.bridgesAt
        var (known, passed, fresh, others) = (0, 0, 0, 0)
        for place in 0..<degree {
            let next = list[place]
            if next >= end { break }
            known += 1
            let passes = mask.contains(Int(next))
            if passes { passed += 1 }
            guard isNew(next) else { continue }
            if passes {
                scratch.nodes[fresh] = next
                fresh += 1
            } else {
                bridges[others] = next
                others += 1
            }
        }
        if 2 * passed >= known {
            (scratch.nodes + fresh).update(from: bridges, count: others)
            fresh += others
        } else {
            fresh = followed(bridges, others, after: fresh, end)
        }
        score(fresh)
        for place in 0..<fresh {
            offer(Candidate(scratch.distances[place], scratch.nodes[place]))
        }
    }

    /// Goes to the nodes of a list of ``MatchLinks``. Returns `false` where there is none, for most
    /// links lead to nodes that pass.
    private mutating func follow(
        _ list: UnsafeMutablePointer<UInt32>, of node: Int
    ) -> Bool {
        // SAFETY: a known list has as many nodes as it says; others are put together in the second
        // half of the scratch's.
        var (source, count) = (list + 1, Int(nt_list_state(list)) - Int(NT_LIST_KNOWN))
        if count < 0 {
            source = scratch.nodes + Self.bridgesAt
            let found = gather(from: node, into: source)
            if nt_claim_list(list) {
                (list + 1).update(from: source, count: found ?? 0)
                nt_publish_list(list, found.map { UInt32($0) } ?? MatchLinks.none)
            }
            guard let found else { return false }
            count = found
        }
        if count == Int(MatchLinks.none) { return false }
        var fresh = 0
        for place in 0..<count {
            let next = source[place]
            // Of a list of earlier, some may pass no more.
            guard mask.contains(Int(next)), isNew(next) else { continue }
            scratch.nodes[fresh] = next
            fresh += 1
        }
        score(fresh)
        for place in 0..<fresh {
            offer(Candidate(scratch.distances[place], scratch.nodes[place]))
        }
        return true
    }

    /// Writes the nodes that pass among the links of `node`, then among the links of those that do
    /// not, ``MatchLinks/degree`` at most; where few pass, those three links away as well. Not
    /// counted, so that a walk does the same however much of its way is known.
    ///
    /// - Returns: how many there are; `nil` where at least half of the links of `node` itself lead
    ///   to some.
    private func gather(
        from node: Int, into found: UnsafeMutablePointer<UInt32>
    ) -> Int? {
        // SAFETY: the caller's list has room for ``MatchLinks/degree`` nodes; those that do not
        // pass fill the first half of the scratch's list, which is more than a node has links.
        let ring = scratch.nodes
        let (degree, marks) = (graph.baseDegree, scratch.marks)
        let end = UInt32(truncatingIfNeeded: graph.nodeCount)
        var (count, ringCount) = (0, 0)
        func mark(_ node: UInt32) -> Bool {
            let bit: UInt64 = 1 << UInt64(node & 63)
            guard marks[Int(node >> 6)] & bit == 0 else { return false }
            marks[Int(node >> 6)] |= bit
            return true
        }
        /// Takes the nodes of a list; those that do not pass only where `widens`.
        func take(_ list: UnsafePointer<UInt32>, widens: Bool) {
            if let pages { pages.add(links: list, degree) }
            for place in 0..<degree {
                let next = list[place]
                if next >= end { break }
                if mask.contains(Int(next)) {
                    guard count < MatchLinks.degree, mark(next) else { continue }
                    found[count] = next
                    count += 1
                } else if widens, ringCount < Self.bridgesAt, mark(next) {
                    ring[ringCount] = next
                    ringCount += 1
                }
            }
        }
        defer {
            marks[node >> 6] = 0
            for place in 0..<ringCount { marks[Int(ring[place] >> 6)] = 0 }
            for place in 0..<count { marks[Int(found[place] >> 6)] = 0 }
        }
        _ = mark(UInt32(truncatingIfNeeded: node))
        take(graph.baseLinks + node * degree, widens: true)
        guard count < ringCount else { return nil }
        let nearest = ringCount
        var place = 0
        while place < ringCount,
            count < (place < nearest ? MatchLinks.degree : MatchLinks.degreeWanted)
        {
            if place + 4 < ringCount {
                nt_prefetch_links(graph.baseLinks + Int(ring[place + 4]) * degree, degree)
            }
            take(graph.baseLinks + Int(ring[place]) * degree, widens: place < nearest)
            place += 1
        }
        return count
    }

    /// Adds the nodes that pass among the links of `bridges` to the scratch's list, until there are
    /// as many as a node has links.
    private mutating func followed(
        _ bridges: UnsafeMutablePointer<UInt32>, _ bridgeCount: Int, after first: Int,
        _ end: UInt32
    ) -> Int {
        let degree = graph.baseDegree
        let enough = min(max(degree, 32), Self.bridgesAt)
        var fresh = first
        for place in 0..<min(4, bridgeCount) {
            nt_prefetch_links(graph.baseLinks + Int(bridges[place]) * degree, degree)
        }
        for place in 0..<bridgeCount {
            guard fresh < enough else {
                // Not looked at: another way may lead there.
                for rest in place..<bridgeCount {
                    scratch.visited[Int(bridges[rest] >> 6)] &= ~(1 << UInt64(bridges[rest] & 63))
                }
                break
            }
            if place + 4 < bridgeCount {
                nt_prefetch_links(graph.baseLinks + Int(bridges[place + 4]) * degree, degree)
            }
            counters.expanded += 1
            let list = graph.baseLinks + Int(bridges[place]) * degree
            if let pages { pages.add(links: list, degree) }
            for position in 0..<degree {
                let next = list[position]
                if next >= end || fresh == enough { break }
                guard mask.contains(Int(next)), isNew(next) else { continue }
                scratch.nodes[fresh] = next
                fresh += 1
            }
        }
        return fresh
    }

    // MARK: Candidates

    @inline(__always)
    private mutating func offer(_ found: Candidate) {
        let pool = scratch.candidates
        let passes = mask.contains(found.node)
        if passing == ef || count == capacity {
            guard found < pool[count - 1] else { return }
            // Beyond the last that counts, or one too many.
            if count == capacity { removeLast() }
        }
        let position = pool.insert(found, count: count)
        count += 1
        if passes { passing += 1 }
        if passing > ef { removeLast() }
        if passing == ef {
            while count > 0, !mask.contains(pool[count - 1].node) { count -= 1 }
        }
        if position < lowest {
            lowest = position
            if let list = links?.list(of: found.node) {
                nt_prefetch_links(list, MatchLinks.degree + 1)
            } else {
                nt_prefetch_links(
                    graph.baseLinks + found.node * graph.baseDegree, graph.baseDegree)
            }
        }
    }

    private mutating func removeLast() {
        count -= 1
        if mask.contains(scratch.candidates[count].node) { passing -= 1 }
    }

    private mutating func withoutBridges() -> Int {
        var kept = 0
        for place in 0..<count where mask.contains(scratch.candidates[place].node) {
            scratch.candidates[kept] = scratch.candidates[place]
            kept += 1
        }
        return kept
    }
}
