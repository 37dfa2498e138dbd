package import NeedletailKernels

/// Builds a graph in batches: the nodes of a batch are searched for side by side in the graph of
/// the batches before, and then linked in both directions.
///
/// Where a batch ends depends on counts alone, and every list is written by one thread from sorted
/// input, so the graph is the same for any number of threads; on codes of integers, for any kernel
/// tier as well.
package struct GraphBuilder {
    let plan: NodePlan
    /// Of the records that neighbours are chosen by.
    let layout: CodeLayout
    let parameters: BuildParameters
    /// With room for a quarter more links, so that a full list is thinned rarely.
    let memory: GraphMemory
    let workers: IdlePool<BuildWorker>

    /// The vector of a row, and its slot.
    package typealias RowReader =
        @Sendable (_ row: Int, _ vector: UnsafeMutablePointer<Float>) -> UInt32

    /// The graph of rows 0..<count; `nil` where it was stopped.
    ///
    /// - Parameters:
    ///   - willLink: called once with the shape that the graph will have, before the long part of
    ///     the work; returns whether to go on.
    ///   - progress: called after every batch with the share of rows that are in the graph;
    ///     returns whether to go on.
    ///   - heldOut: called once before the last nodes, a random sample, are linked: with the graph
    ///     as it is without them, to be searched for what they and their like would find. Its
    ///     lists are still longer than they will be, and rows without a node are not in it.
    package static func build(
        count: Int, layout: CodeLayout, parameters: BuildParameters,
        willLink: (GraphShape) -> Bool = { _ in true },
        progress: (Double) -> Bool = { _ in true },
        heldOut: (GraphMemory, Range<Int>) -> Void = { _, _ in }, row: RowReader
    ) -> GraphMemory? {
        let builder = GraphBuilder(
            NodePlan(count: count, layout, parameters, row), layout: layout.forBuild,
            parameters: parameters)
        guard willLink(builder.finalShape(layout)) else { return nil }
        builder.encode(builder.layout, into: builder.memory.view, row)
        let isWhole = builder.insertAll(progress) {
            heldOut(builder.unfinished(layout, row), $0)
        }
        guard isWhole else { return nil }
        return builder.finished(layout, row)
    }

    init(_ plan: NodePlan, layout: CodeLayout, parameters: BuildParameters) {
        self.plan = plan
        self.layout = layout
        self.parameters = parameters
        memory = GraphMemory(
            GraphShape(
                levelCounts: plan.levelCounts, baseDegree: parameters.baseDegree * 5 / 4,
                upperDegree: parameters.m * 5 / 4, recordBytes: layout.recordBytes,
                duplicateCount: 0))
        workers = Self.workers(memory.view, layout, parameters)
    }

    /// The graph so far, with records of `layout`.
    func unfinished(_ layout: CodeLayout, _ row: RowReader) -> GraphMemory {
        layout == self.layout ? memory : recoded(memory, layout, row)
    }

    static func workers(
        _ view: GraphView, _ layout: CodeLayout, _ parameters: BuildParameters
    ) -> IdlePool<BuildWorker> {
        let room = room(parameters)
        return IdlePool { BuildWorker(view, layout: layout, room: room) }
    }

    /// Candidates of one selection at most: those of a search, or a full list and a whole batch's
    /// additions to it.
    private static func room(_ parameters: BuildParameters) -> Int {
        max(parameters.efConstruction, parameters.baseDegree * 2) + batchMax + 1
    }

    static let batchMax = 4_096
    private static let heldOutMax = 512

    // MARK: Records

    func encode(_ layout: CodeLayout, into view: GraphView, _ row: RowReader) {
        let rows = plan.rows
        _ = ScanPool.shared.map(
            count: view.nodeCount, grain: 256, threads: parameters.threads
        ) { nodes in
            // SAFETY: every part writes the records of its own nodes.
            let vector = UnsafeMutablePointer<Float>.allocate(capacity: layout.dimension)
            defer { vector.deallocate() }
            for node in nodes {
                let slot = row(rows[node], vector)
                let record = UnsafeMutableRawPointer(view.record(node))
                layout.encode(vector, from: view.center, into: record)
                record.storeBytes(of: slot, toByteOffset: WalkRecord.slot, as: UInt32.self)
            }
        }
    }

    // MARK: Batches

    func insertAll(
        _ progress: (Double) -> Bool, _ heldOut: (Range<Int>) -> Void
    ) -> Bool {
        let (arrivals, count) = (plan.arrivals, memory.view.nodeCount)
        // The very first node waits for others to link to it.
        var next = arrivals.count == count ? min(1, count) : 0
        let firstHeld = arrivals.count - plan.heldOutCount(most: Self.heldOutMax)
        while next < arrivals.count {
            if next == firstHeld { heldOut(count - (arrivals.count - firstHeld)..<count) }
            // A fiftieth at a time: those of one batch do not see each other.
            let linked = count - arrivals.count + next
            let size = min(max(1, linked / 50), Self.batchMax)
            let end = next < firstHeld ? firstHeld : arrivals.count
            let batch = next..<min(next + size, end)
            insert(arrivals[batch])
            next = batch.upperBound
            guard progress(Double(next) / Double(arrivals.count)) else { return false }
        }
        return true
    }

    /// - Parameter batch: nodes in ascending order.
    private func insert(_ batch: ArraySlice<Int>) {
        guard let first = batch.first else { return }
        let view = memory.view
        let levels = view.levelCounts.prefix { $0 > first }.count
        // Upwards: no search may come down through a level onto the very node it is for.
        for level in 0..<levels {
            link(batch.prefix { $0 < view.levelCounts[level] }, level: level)
        }
    }

    /// Gives `members` their neighbours on `level`, and their neighbours the links back.
    private func link(_ members: ArraySlice<Int>, level: Int) {
        let (view, workers) = (memory.view, workers)
        let limit = level == 0 ? parameters.baseDegree : parameters.m
        let ef = parameters.efConstruction
        let entries = entries(of: members, level: level)
        let chosen = ScanPool.shared.map(
            count: members.count, grain: 8, threads: parameters.threads
        ) { part -> [UInt64] in
            workers.with { worker in
                var pairs: [UInt64] = []
                pairs.reserveCapacity(part.count * limit)
                for place in part {
                    let (node, start) = (entries[place].node, entries[place].start)
                    worker.query.prepare(record: view.record(node))
                    var walk = Walk(view, query: worker.query.raw, scratch: worker.scratch)
                    let found = walk.search(level: level, from: start, ef: ef)
                    // SAFETY: the lists of this batch are this part's own; no search reads them,
                    // for nothing links to these nodes yet.
                    let list = view.list(node, level: level)
                    let count = worker.selection.select(
                        for: node, from: worker.scratch.candidates, count: found, limit: limit,
                        into: list)
                    for place in 0..<count {
                        pairs.append(UInt64(list[place]) << 32 | UInt64(node))
                    }
                }
                return pairs
            }
        }
        linkBack(chosen.flatMap(\.self).sorted(), level: level)
    }

    /// Where the search for a node's neighbours on a level begins.
    struct Entry {
        let node: Int
        let start: Candidate
        /// The nearest nodes of the levels above, the lowest in the lowest bits.
        let path: (UInt64, UInt64)
    }

    /// The entries of `members`, those near each other in a row: what the search for one has read
    /// lies in the processor's caches for the next.
    func entries(of members: ArraySlice<Int>, level: Int) -> [Entry] {
        let (view, workers) = (memory.view, workers)
        let parts = ScanPool.shared.map(
            count: members.count, grain: 8, threads: parameters.threads
        ) { part -> [Entry] in
            workers.with { worker in
                part.map { offset -> Entry in
                    let node = members[members.startIndex + offset]
                    worker.query.prepare(record: view.record(node))
                    var walk = Walk(view, query: worker.query.raw, scratch: worker.scratch)
                    var path: (UInt64, UInt64) = (0, 0)
                    let start = walk.descend(to: level) { passed in
                        path = (path.0 << 32 | path.1 >> 32, path.1 << 32 | UInt64(passed))
                    }
                    return Entry(node: node, start: start, path: path)
                }
            }
        }
        return parts.flatMap(\.self).sorted {
            ($0.path.0, $0.path.1, $0.node) < ($1.path.0, $1.path.1, $1.node)
        }
    }

    /// Adds links, each the node that gets it and the node that it leads to, in ascending order.
    func linkBack(_ pairs: [UInt64], level: Int) {
        var starts: [Int] = []
        for place in pairs.indices where place == 0 || pairs[place] >> 32 != pairs[place - 1] >> 32
        {
            starts.append(place)
        }
        let groups = starts
        let (view, workers) = (memory.view, workers)
        let stride = view.degree(level)
        let limit = level == 0 ? parameters.baseDegree : parameters.m
        _ = ScanPool.shared.map(count: groups.count, grain: 32, threads: parameters.threads) {
            part in
            workers.with { worker in
                for group in part {
                    let end = group + 1 < groups.count ? groups[group + 1] : pairs.count
                    let additions = pairs[groups[group]..<end]
                    let node = Int(pairs[groups[group]] >> 32)
                    let list = view.list(node, level: level)
                    var count = 0
                    while count < stride, list[count] != GraphView.noNode { count += 1 }
                    if count + additions.count <= stride {
                        for pair in additions {
                            list[count] = UInt32(truncatingIfNeeded: pair)
                            count += 1
                        }
                        continue
                    }
                    var rest = additions
                    while !rest.isEmpty {
                        let added = rest.prefix(Self.batchMax).map {
                            UInt32(truncatingIfNeeded: $0)
                        }
                        rest = rest.dropFirst(added.count)
                        count = Self.thin(
                            node, list, count, adding: added, limit: limit, stride: stride, view,
                            worker)
                    }
                }
            }
        }
    }

    /// Chooses anew among the links of `node` and some more, at most `limit`. Returns how many
    /// links it has then.
    @discardableResult
    static func thin(
        _ node: Int, _ list: UnsafeMutablePointer<UInt32>, _ count: Int, adding added: [UInt32],
        limit: Int, stride: Int, _ view: GraphView, _ worker: BuildWorker
    ) -> Int {
        worker.query.prepare(record: view.record(node))
        var total = 0
        func consider(_ nodes: UnsafePointer<UInt32>, _ count: Int) {
            var first = 0
            while first < count {
                let some = min(WalkScratch.expansionMax, count - first)
                walkScore(
                    worker.query.raw, base: view.records, nodes: nodes + first, count: some,
                    into: worker.scratch.distances)
                for place in 0..<some {
                    worker.candidates[total] = Candidate(
                        worker.scratch.distances[place], nodes[first + place])
                    total += 1
                }
                first += some
            }
        }
        consider(list, count)
        added.withUnsafeBufferPointer { if let base = $0.baseAddress { consider(base, $0.count) } }
        var candidates = UnsafeMutableBufferPointer(start: worker.candidates, count: total)
        candidates.sort()
        let chosen = worker.selection.select(
            for: node, from: worker.candidates, count: total, limit: limit, into: list)
        for place in chosen..<stride { list[place] = GraphView.noNode }
        return chosen
    }
}
