import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// A ``MaskLookup``, compiled.
enum CompiledLookup: Sendable {
    case elements(IndexDefinition, CompiledExpression, all: Bool)
    case element(IndexDefinition, CompiledExpression)
    case document(IndexDefinition, CompiledExpression)
    case path(IndexDefinition, [JSONStep], CompiledExpression)
    case members(IndexDefinition?, KeyStructure, CompiledPlan)

    init(_ lookup: MaskLookup, _ table: TableDefinition, _ compiler: ExpressionCompiler) {
        switch lookup {
        case .elements(let index, let value, let all):
            self = .elements(index, compiler.compile(value), all: all)
        case .element(let index, let value): self = .element(index, compiler.compile(value))
        case .document(let index, let value): self = .document(index, compiler.compile(value))
        case .path(let index, let steps, let value):
            self = .path(index, steps, compiler.compile(value))
        case .members(let index, let query):
            let structure =
                index.map { KeyStructure($0, of: table) } ?? KeyStructure(primaryKeyOf: table)
            self = .members(index, structure, CompiledPlan(query, expressions: compiler))
        }
    }

    /// The slots of the rows that meet the condition, and whether there are no others among them.
    ///
    /// - Returns: `nil` where the index cannot tell.
    func slots(_ reader: TableReader, _ run: PlanRun) throws(DatabaseError) -> PostingMatch? {
        switch self {
        case .elements(let index, let value, let all):
            guard let postings = postings(index, reader) else { return nil }
            guard case .array(let elements) = try value(run, []) else { return .nothing }
            let slots =
                all
                ? try postings.slots(containing: elements)
                : try postings.slots(overlapping: elements)
            return PostingMatch(slots: slots, isExact: true)
        case .element(let index, let value):
            guard let postings = postings(index, reader) else { return nil }
            let wanted = try value(run, [])
            guard !wanted.isNull else { return .nothing }
            return PostingMatch(slots: try postings.slots(equalTo: wanted), isExact: true)
        case .document(let index, let value):
            guard let postings = postings(index, reader) else { return nil }
            guard case .json(let json) = try value(run, []) else { return .nothing }
            return try postings.match(containing: json)
        case .path(let index, let steps, let value):
            guard let postings = postings(index, reader) else { return nil }
            guard case .json(let json) = try value(run, []) else { return .nothing }
            // The rows decide about what an index files under one number or text.
            return try postings.slots(path: steps, equalTo: json)
                .map { PostingMatch(slots: $0, isExact: false) }
        case .members(let index, let structure, let query):
            return try members(index, structure, query, reader, run)
        }
    }

    private func postings(_ index: IndexDefinition, _ reader: TableReader) -> PostingReader? {
        PostingReader(view: reader.view, index: index, table: reader.table)
    }

    /// Values beyond which looking each up is not tried.
    private static let membersMax = 1 << 20

    private func members(
        _ index: IndexDefinition?, _ structure: KeyStructure, _ query: CompiledPlan,
        _ reader: TableReader, _ run: PlanRun
    ) throws(DatabaseError) -> PostingMatch? {
        let rows = try run.rows(of: query, limit: Self.membersMax)
        guard rows.count < Self.membersMax else { return nil }
        var found = SlotBitmap()
        for (place, value) in Set(rows.map { $0[0] }).enumerated() where !value.isNull {
            if place % 256 == 0 { try run.cancellation.check() }
            if let index, index.method == .bitmap {
                guard let postings = postings(index, reader) else { return nil }
                found.formUnion(try postings.slots(equalTo: value))
                continue
            }
            let cursor = try reader.cursor(
                structure, [ValueRange(prefix: [value])], descending: false)
            while let slot = try cursor.next() { found.insert(slot.rawValue) }
        }
        // Long keys are cut; the rows decide.
        let isExact = index?.method == .bitmap || rows.allSatisfy { !$0[0].isText }
        return PostingMatch(slots: found, isExact: isExact)
    }
}

extension PostingMatch {
    fileprivate static let nothing = PostingMatch(slots: SlotBitmap(), isExact: true)
}

extension Value {
    fileprivate var isText: Bool {
        switch self {
        case .text, .bytes: true
        default: false
        }
    }
}
