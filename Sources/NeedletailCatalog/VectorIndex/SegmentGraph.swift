import NeedletailCore
import NeedletailIndex
import NeedletailKernels

/// The graph of a segment, built afresh or by insertion into that of another, and what its header
/// says of it.
struct SegmentGraph {
    let graph: GraphMemory
    let calibration: Calibration
    let roughness: GraphRoughness

    /// Comparisons of samples with rows after an insertion, and as many more for each new row
    /// where there is no hurry: with more, it would take longer than the insertion.
    private static let comparisonsMax = 1 << 24
    private static let comparisonsPerRow = 1 << 13
    private static let samplesOfFoldMin = 128
    /// From fewer new rows, less can be told than is known already.
    private static let samplesMin = 64

    /// - Parameters:
    ///   - base: what the rows are inserted into; `nil` for a build of everything.
    ///   - requireRoom: called once with the shape, before the long part of the work.
    ///   - check: called now and then with the share that is done; throws to stop.
    init(
        _ rows: BuildRows, base: Segment?, isHurried: Bool, _ layout: CodeLayout,
        _ full: BuildParameters, requireRoom: (GraphShape) throws(DatabaseError) -> Void,
        check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        var parameters = full
        if isHurried {
            parameters.efConstruction = min(
                full.efConstruction, max(full.efConstruction / 4, 2 * full.m))
        }
        var failure: DatabaseError?
        func goesOn(_ body: () throws(DatabaseError) -> Void) -> Bool {
            do throws(DatabaseError) {
                try body()
                return true
            } catch {
                failure = error
                return false
            }
        }
        var measured: Calibration?
        var share = 0.0
        let threads = parameters.threads
        let heldOut = { (graph: GraphMemory, nodes: Range<Int>) in
            guard base == nil || nodes.count >= Self.samplesMin else { return }
            measured = CalibrationRun(
                rows, graph, layout, heldOut: nodes,
                samplesMax: Self.samplesMax(rows, base: base, isHurried: isHurried),
                threads: threads
            ).result { goesOn { () throws(DatabaseError) in try check(share) } }
        }
        let made: GraphBuilder.Fold?
        let willLink = { (shape: GraphShape) in
            goesOn { () throws(DatabaseError) in try requireRoom(shape) }
        }
        let progress = { (done: Double) in
            share = done
            return goesOn { () throws(DatabaseError) in try check(share) }
        }
        if let base {
            made = GraphBuilder.fold(
                into: base.graph, count: rows.count, layout: layout, parameters: parameters,
                rowOf: rows.place, willLink: willLink, progress: progress, heldOut: heldOut,
                row: { row, vector in rows.read(row, into: vector) })
        } else {
            made = GraphBuilder.build(
                count: rows.count, layout: layout, parameters: parameters, willLink: willLink,
                progress: progress, heldOut: heldOut,
                row: { row, vector in rows.read(row, into: vector) }
            ).map {
                GraphBuilder.Fold(
                    graph: $0, goneCount: 0, insertedCount: rows.count, isFresh: true)
            }
        }
        guard let made else {
            throw failure ?? DatabaseError(.queryCanceled, "the build was stopped")
        }
        graph = made.graph
        let old = made.isFresh ? nil : base
        calibration = measured ?? old?.calibration ?? Calibration(bands: [])
        roughness = GraphRoughness(
            hurriedCount: min(
                (old?.roughness.hurriedCount ?? 0) + (isHurried ? made.insertedCount : 0),
                rows.count),
            healedCount: (old?.roughness.healedCount ?? 0) + made.goneCount)
    }

    /// How many samples the recall of a graph is measured with.
    private static func samplesMax(_ rows: BuildRows, base: Segment?, isHurried: Bool) -> Int {
        let new = base.map { max(0, rows.count - $0.rowCount) } ?? rows.count
        let more = isHurried ? 0 : new * comparisonsPerRow
        return max(samplesOfFoldMin, max(comparisonsMax, more) / max(1, rows.count))
    }
}
