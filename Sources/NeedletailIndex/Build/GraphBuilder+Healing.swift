import NeedletailKernels

/// What healing and the end of a fold do to lists.
extension GraphBuilder {
    /// Of links in ascending order, each once, those that the lists do not have.
    func unknown(_ pairs: [UInt64], level: Int) -> [UInt64] {
        let view = memory.view
        let degree = view.degree(level)
        var last: UInt64?
        return pairs.filter { pair in
            guard pair != last else { return false }
            last = pair
            let list = view.list(Int(pair >> 32), level: level)
            let next = UInt32(truncatingIfNeeded: pair)
            var place = 0
            while place < degree, list[place] != GraphView.noNode {
                if list[place] == next { return false }
                place += 1
            }
            return true
        }
    }

    /// Searches for the neighbours of nodes that are linked already, and chooses among what it
    /// finds and the neighbours that they have.
    func reinsert(_ nodes: [Int], level: Int) {
        let degree = memory.view.degree(level)
        var next = 0
        while next < nodes.count {
            let batch = nodes[next..<min(next + Self.batchMax, nodes.count)]
            next = batch.endIndex
            let entries = entries(of: batch, level: level)
            let workers = workers
            let chosen = ScanPool.shared.map(
                count: batch.count, grain: 8, threads: parameters.threads
            ) { part in
                workers.with { worker in
                    part.map { neighbors(of: entries[$0], level: level, worker) }
                }
            }.flatMap(\.self)
            // When all searches are over: they read these lists.
            var pairs: [UInt64] = []
            for (entry, links) in zip(entries, chosen) {
                // SAFETY: a list has `degree` places, and fewer are chosen.
                let list = memory.view.list(entry.node, level: level)
                for place in 0..<degree {
                    list[place] = place < links.count ? links[place] : GraphView.noNode
                }
                for link in links { pairs.append(UInt64(link) << 32 | UInt64(entry.node)) }
            }
            linkBack(unknown(pairs.sorted(), level: level), level: level)
        }
    }

    private func neighbors(of entry: Entry, level: Int, _ worker: BuildWorker) -> [UInt32] {
        let view = memory.view
        let node = entry.node
        worker.query.prepare(record: view.record(node))
        var walk = Walk(view, query: worker.query.raw, scratch: worker.scratch)
        let found = walk.search(level: level, from: entry.start, ef: parameters.efConstruction)
        // SAFETY: a worker has room for all candidates of a search and a full list, and its scratch
        // for more than a list.
        var total = 0
        for place in 0..<found {
            let near = worker.scratch.candidates[place]
            guard near.node != node else { continue }
            worker.candidates[total] = Candidate(near.distance, UInt32(near.node))
            total += 1
        }
        let list = view.list(node, level: level)
        let fromSearch = 0..<total
        var own = 0
        for place in 0..<view.degree(level) {
            let link = list[place]
            if link == GraphView.noNode { break }
            if fromSearch.contains(where: { worker.candidates[$0].node == Int(link) }) { continue }
            worker.scratch.nodes[own] = link
            own += 1
        }
        walkScore(
            worker.query.raw, base: view.records, nodes: worker.scratch.nodes, count: own,
            into: worker.scratch.distances)
        for place in 0..<own {
            worker.candidates[total] = Candidate(
                worker.scratch.distances[place], worker.scratch.nodes[place])
            total += 1
        }
        var candidates = UnsafeMutableBufferPointer(start: worker.candidates, count: total)
        candidates.sort()
        let limit = level == 0 ? parameters.baseDegree : parameters.m
        return [UInt32](unsafeUninitializedCapacity: limit) { links, count in
            guard let base = links.baseAddress else { return }
            count = worker.selection.select(
                for: node, from: worker.candidates, count: total, limit: limit, into: base)
        }
    }

    /// Lets the nodes of upper levels have the links of each on the level below too, as far as
    /// there is room in their lists: they are the far links that healing does not make anew.
    static func lendLinks(_ view: GraphView) {
        for level in view.levelCounts.indices.dropFirst() {
            let (degree, room) = (view.degree(level), view.degree(level - 1))
            for node in 0..<view.levelCounts[level] {
                let (from, to) = (view.list(node, level: level), view.list(node, level: level - 1))
                var count = 0
                while count < room, to[count] != GraphView.noNode { count += 1 }
                var place = 0
                while count < room, place < degree, from[place] != GraphView.noNode {
                    if !(0..<count).contains(where: { to[$0] == from[place] }) {
                        to[count] = from[place]
                        count += 1
                    }
                    place += 1
                }
            }
        }
    }

    /// Gives a link to nodes that lost all of theirs.
    static func fillEmptyLists(_ view: GraphView) {
        for level in view.levelCounts.indices where view.levelCounts[level] > 1 {
            for node in 0..<view.levelCounts[level] {
                let list = view.list(node, level: level)
                if list[0] == GraphView.noNode { list[0] = node == 0 ? 1 : 0 }
            }
        }
    }
}
