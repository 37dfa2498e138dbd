import NeedletailCatalog
import NeedletailIndex
import NeedletailKernels
import NeedletailPlanner

extension ExactSearchRun {
    /// What the ways to the rows that pass a filter would cost, and whether one of the segments
    /// would be walked, without any of it being done.
    ///
    /// - Parameters:
    ///   - mask: the rows that pass; `nil` where only their share is known.
    ///   - components: of the query; `nil` where it is not known.
    func weighed(
        _ mask: FilterMask?, share: Double, _ state: VectorIndexState, _ options: SearchOptions,
        k: Int, components: [Float]?
    ) -> (costs: WeighedStrategies, walks: Bool) {
        let memory = run.segments.memories.take()
        defer { run.segments.memories.giveBack(memory) }
        memory.scratch.pages = nil
        var costs = WeighedStrategies()
        var walks = false
        for segment in state.segments {
            let (graph, layout) = (segment.graph, segment.layout)
            let nodes = mask?.nodes(of: segment)
            let nodeCount = graph.shape.nodeCount
            let matches = nodes?.count ?? Int((share * Double(nodeCount)).rounded())
            let known = components?.count == layout.dimension ? components : nil
            let query = memory.query(layout)
            // Any vector takes as long to compare with.
            graph.prepare(query, known ?? [Float](repeating: 1, count: layout.dimension))
            var choice = SegmentChoice(
                segment, matches: matches,
                keepsLinks: NodeMask.keepsLinks(of: matches, among: nodeCount),
                width: SearchWidth(options, k: k, session: run.efSearch),
                strategy: options.strategy, k: k, pace: segment.pace(query, memory))
            let width = choice.firstWidth {
                guard known != nil, let nodes else { return false }
                return graph.isOpposed(query, to: nodes, memory.scratch)
            }
            if width != nil, matches > 0 { walks = true }
            costs.add(choice.weighed)
        }
        return (costs, walks)
    }
}
