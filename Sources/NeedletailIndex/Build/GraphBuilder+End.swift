import NeedletailKernels

/// The end of a build.
extension GraphBuilder {
    /// The graph as it is kept, with records of `layout`.
    func finished(_ layout: CodeLayout, _ row: RowReader) -> GraphMemory {
        let result = shortened()
        if plan.arrivals.count < plan.rows.count {
            Self.lendLinks(result.view)
            Self.fillEmptyLists(result.view)
        }
        GraphRepair(
            result.view, workers: Self.workers(result.view, self.layout, parameters)
        ).connect()
        return layout == self.layout ? result : recoded(result, layout, row)
    }

    /// The same graph with records of another layout.
    func recoded(
        _ graph: GraphMemory, _ layout: CodeLayout, _ row: RowReader
    ) -> GraphMemory {
        let result = GraphMemory(
            linksOf: graph, recordBytes: layout.recordBytes, centerCount: layout.centerCount)
        if let center = result.view.center { writeCenter(center, layout, row) }
        encode(layout, into: result.view, row)
        return result
    }

    /// Nodes that the centre is the mean of, at most: the first are a random choice.
    private static let centerSamples = 4_096

    private func writeCenter(
        _ center: UnsafeMutablePointer<Float>, _ layout: CodeLayout, _ row: RowReader
    ) {
        let samples = plan.rows.prefix(Self.centerSamples)
        var sums = [Double](repeating: 0, count: layout.dimension)
        // SAFETY: both have the components of one vector.
        let vector = UnsafeMutablePointer<Float>.allocate(capacity: layout.dimension)
        defer { vector.deallocate() }
        for sample in samples {
            _ = row(sample, vector)
            _ = layout.normalize(vector)
            for position in sums.indices { sums[position] += Double(vector[position]) }
        }
        for (position, sum) in sums.enumerated() {
            center[position] = Float(sum / Double(max(1, samples.count)))
        }
    }

    /// The shape of the finished graph with records of `layout`.
    func finalShape(_ layout: CodeLayout) -> GraphShape {
        GraphShape(
            levelCounts: plan.levelCounts, baseDegree: parameters.baseDegree,
            upperDegree: parameters.m, recordBytes: layout.recordBytes,
            duplicateCount: plan.duplicates.count, centerCount: layout.centerCount)
    }

    /// The graph with lists of their final length.
    func shortened() -> GraphMemory {
        let from = memory.view
        let result = GraphMemory(finalShape(layout))
        let to = result.view
        for (place, pair) in plan.duplicates.enumerated() { to.duplicates[place] = pair }
        to.records.update(from: from.records, count: from.nodeCount * layout.recordBytes)
        let workers = workers
        for level in from.levelCounts.indices {
            let (stride, degree) = (from.degree(level), to.degree(level))
            _ = ScanPool.shared.map(
                count: from.levelCounts[level], grain: 256, threads: parameters.threads
            ) { nodes in
                workers.with { worker in
                    for node in nodes {
                        let list = from.list(node, level: level)
                        var count = 0
                        while count < stride, list[count] != GraphView.noNode { count += 1 }
                        if count > degree {
                            Self.thin(
                                node, list, count, adding: [], limit: degree, stride: stride, from,
                                worker)
                        }
                        to.list(node, level: level).update(from: list, count: degree)
                    }
                }
            }
        }
        return result
    }
}
