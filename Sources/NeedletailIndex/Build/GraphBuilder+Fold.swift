package import NeedletailKernels

/// Insertion into a copy of a graph that is there already.
extension GraphBuilder {
    /// A fold, and what it has done.
    package struct Fold {
        package let graph: GraphMemory
        /// Nodes of the old graph that are not in it any more, and whose neighbours were healed.
        package let goneCount: Int
        /// Rows that were inserted.
        package let insertedCount: Int
        /// Whether nothing of the old graph was used.
        package let isFresh: Bool

        package init(graph: GraphMemory, goneCount: Int, insertedCount: Int, isFresh: Bool) {
            self.graph = graph
            self.goneCount = goneCount
            self.insertedCount = insertedCount
            self.isFresh = isFresh
        }
    }

    /// The graph of rows 0..<count, made of `old`: the nodes of rows that are gone are left out and
    /// their neighbours healed, and rows that it does not have are inserted as ``build`` does. It
    /// is built afresh where little of `old` would be left, or little of it would be old. `nil`
    /// where it was stopped.
    ///
    /// - Parameters:
    ///   - old: with records of `layout`.
    ///   - rowOf: the row at a slot of the old graph; `nil` where it is gone.
    ///   - willLink: as for ``build``.
    ///   - progress: as for ``build``.
    ///   - heldOut: as for ``build``, with nodes that are new; not called where none is.
    package static func fold(
        into old: GraphMemory, count: Int, layout: CodeLayout, parameters: BuildParameters,
        rowOf: (UInt32) -> Int?, willLink: (GraphShape) -> Bool = { _ in true },
        progress: (Double) -> Bool = { _ in true },
        heldOut: (GraphMemory, Range<Int>) -> Void = { _, _ in }, row: RowReader
    ) -> Fold? {
        guard isWorthFolding(old, count: count, parameters, rowOf) else {
            return build(
                count: count, layout: layout, parameters: parameters, willLink: willLink,
                progress: progress, heldOut: heldOut, row: row
            ).map { Fold(graph: $0, goneCount: 0, insertedCount: count, isFresh: true) }
        }
        let base = comparable(old, layout, count: count, parameters, rowOf, row)
        let fold = FoldPlan(base.view, count: count, layout.forBuild, parameters, rowOf: rowOf, row)
        let builder = GraphBuilder(fold.plan, layout: layout.forBuild, parameters: parameters)
        guard willLink(builder.finalShape(layout)) else { return nil }
        builder.takeRecords(fold, from: base.view, row)
        GraphHealing(builder, fold, base.view).heal()
        let isWhole = builder.insertAll(progress) {
            heldOut(builder.unfinished(layout, row), $0)
        }
        guard isWhole else { return nil }
        return Fold(
            graph: builder.finished(layout, row), goneCount: fold.goneCount,
            insertedCount: fold.plan.arrivals.count, isFresh: false)
    }

    /// Halving a graph or growing it from a few nodes costs more recall than it saves time.
    private static func isWorthFolding(
        _ old: GraphMemory, count: Int, _ parameters: BuildParameters, _ rowOf: (UInt32) -> Int?
    ) -> Bool {
        guard old.shape.baseDegree == parameters.baseDegree,
            old.shape.upperDegree == parameters.m,
            old.shape.levelCounts == old.shape.levelCounts.sorted(by: >)
        else { return false }
        var live = 0
        old.view.forEachRow { slot, _ in if rowOf(slot) != nil { live += 1 } }
        return live > 0 && live * 5 >= old.shape.rowCount * 4 && count - live <= live
    }

    /// `old` with the records that neighbours are chosen by; those of rows that are gone may be
    /// missing.
    private static func comparable(
        _ old: GraphMemory, _ layout: CodeLayout, count: Int, _ parameters: BuildParameters,
        _ rowOf: (UInt32) -> Int?, _ row: RowReader
    ) -> GraphMemory {
        guard layout != layout.forBuild else { return old }
        var rows = [Int](repeating: -1, count: old.view.nodeCount)
        old.view.forEachRow { slot, node in
            if rows[Int(node)] < 0, let row = rowOf(slot) { rows[Int(node)] = row }
        }
        let result = GraphMemory(linksOf: old, recordBytes: layout.forBuild.recordBytes)
        let (from, to, known) = (old.view, result.view, rows)
        _ = ScanPool.shared.map(count: known.count, grain: 256, threads: parameters.threads) {
            nodes in
            // SAFETY: every part writes the records of its own nodes, each of which has its slot
            // whether or not it is encoded.
            let vector = UnsafeMutablePointer<Float>.allocate(capacity: max(1, layout.dimension))
            defer { vector.deallocate() }
            for node in nodes {
                let record = UnsafeMutableRawPointer(to.record(node))
                if known[node] >= 0 {
                    _ = row(known[node], vector)
                    layout.forBuild.encode(vector, into: record)
                }
                record.storeBytes(
                    of: from.slot(node), toByteOffset: WalkRecord.slot, as: UInt32.self)
            }
        }
        return result
    }

    /// Writes the records of all nodes: those of old ones need no vectors.
    private func takeRecords(_ fold: FoldPlan, from old: GraphView, _ row: RowReader) {
        let (view, rows, layout) = (memory.view, plan.rows, layout)
        _ = ScanPool.shared.map(count: view.nodeCount, grain: 256, threads: parameters.threads) {
            nodes in
            // SAFETY: every part writes the records of its own nodes.
            let vector = UnsafeMutablePointer<Float>.allocate(capacity: max(1, layout.dimension))
            defer { vector.deallocate() }
            for node in nodes {
                let record = UnsafeMutableRawPointer(view.record(node))
                if fold.oldOf[node] == GraphView.noNode {
                    _ = row(rows[node], vector)
                    layout.encode(vector, into: record)
                } else {
                    record.copyMemory(
                        from: old.record(Int(fold.oldOf[node])), byteCount: layout.recordBytes)
                }
                record.storeBytes(
                    of: fold.slots[node], toByteOffset: WalkRecord.slot, as: UInt32.self)
            }
        }
    }
}
