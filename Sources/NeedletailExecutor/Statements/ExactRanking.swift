import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailStorage

/// Every row that a search may answer with, nearest first, ties in primary-key order.
///
/// It compares row by row and tests the filter on each: slow, and apart from every way that
/// searches take, so that they can be held against it.
struct ExactRanking {
    let rows: [TopK.Candidate]
    /// Rows that the search was asked for, or that are as near as it wants them; `nil` for all.
    let wanted: Int?

    /// - Parameter run: one of its own: what it counts is not the statement's work.
    init(_ search: CompiledExactSearch, _ run: PlanRun) throws(DatabaseError) {
        let reader = try run.scope.reader(search.table)
        let searchRun = try ExactSearchRun(search, reader: reader, run)
        let limit = try search.count.value(run)
        let radius = try limit == nil ? searchRun.radius() : .infinity
        let type = search.table.columns[search.column].type
        guard let dimension = type.dimension, let element = VectorElement(type),
            let kernel = DistanceKernel(
                metric: search.metric, element: element, dimension: dimension),
            let query = kernel.prepare(try search.query(run, [])), let radius
        else {
            (rows, wanted) = ([], limit)
            return
        }
        let column = try reader.vectorColumn(search.column).remembering()
        var found: [TopK.Candidate] = []
        var count = 0
        for slot in try reader.liveSlots().slots {
            count += 1
            if count % 256 == 0 { try run.cancellation.check() }
            guard let vector = try column.vector(Slot(slot)) else { continue }
            let distance = kernel.distance(query, toRowAt: vector)
            guard !distance.isNaN else { continue }
            if let accepts = searchRun.accepts, try !accepts(Slot(slot)) { continue }
            found.append((distance, slot))
        }
        found.sort { $0.distance < $1.distance }
        rows = try searchRun.ordered(found, count: found.count)
        wanted = radius == .infinity ? limit : found.count { $0.distance <= radius }
    }

    /// How many the true answer has.
    var count: Int { min(wanted ?? rows.count, rows.count) }

    /// How many of `answer` belong into the true answer. What is as near as its last row does.
    func hits(in answer: [TopK.Candidate]) -> Int {
        guard count > 0 else { return 0 }
        let limit = rows[count - 1].distance
        return min(count, answer.count { $0.distance <= limit })
    }

    /// Ranks, counted from 0, of the rows that `answer` lacks. Of rows as near as the last, those
    /// whose place another such row has taken do not count.
    func ranksMissed(by answer: [TopK.Candidate]) -> [Int] {
        guard count > 0 else { return [] }
        let limit = rows[count - 1].distance
        let slots = Set(answer.map(\.slot))
        let nearer = rows.prefix(count).prefix { $0.distance < limit }.count
        var missed = (0..<nearer).filter { !slots.contains(rows[$0].slot) }
        let ties = (nearer..<count).filter { !slots.contains(rows[$0].slot) }
        let tiesLacking = (count - nearer) - answer.count { $0.distance == limit }
        missed += ties.prefix(max(0, tiesLacking))
        return missed
    }
}

extension TableReader {
    /// What names the row at `slot`: the columns of the primary key, or else the slot.
    func key(at slot: Slot) throws(DatabaseError) -> [JSONObject.Member] {
        guard !table.primaryKey.isEmpty else {
            return [.init(key: "slot", value: .int(Int64(slot.rawValue)))]
        }
        let row = try rows(needed: ColumnSelection(Set(table.primaryKey))).row(at: slot)
        return table.primaryKey.map { position in
            let column = table.columns[position]
            let json: JSON =
                switch row[position] {
                case .int(let number): .int(number)
                case .text(let text): .string(text)
                case let value:
                    .string(
                        ExplainText.text(of: .constant(value, column.type), columns: []))
                }
            return .init(key: column.name, value: json)
        }
    }
}
