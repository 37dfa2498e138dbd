import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// An exact search, compiled.
final class CompiledExactSearch: Sendable {
    let table: TableDefinition
    /// Position of the column that is searched.
    let column: Int
    let metric: Metric
    let query: CompiledExpression
    let queryRange: SourceRange?
    let count: RowCount
    let page: RowCount?
    let radius: CompiledExpression?
    let layout: RowLayout
    /// What rows at one distance are ordered by.
    let key: PrimaryKeyLayout?
    let narrowing: CompiledAccess?
    /// An approximate index that may answer.
    let index: IndexDefinition?
    /// How exact the statement wants it.
    let options: CompiledOptions
    /// Whether it may have to end before it is through.
    let hasLimits: Bool
    let filter: CandidateFilter?
    let covering: Covering
    /// The filter's conditions, where its rows can be found before the search begins.
    let parts: FilterParts?

    /// What a statement says about its searches.
    enum CompiledOptions: Sendable {
        /// The same in every execution.
        case fixed(SearchOptions)
        /// Parameters have a part in it.
        case open(QueryOptions)

        init(_ options: QueryOptions) {
            let isFixed = options.values.values.allSatisfy {
                if case .constant = $0.kind { true } else { false }
            }
            let fixed = isFixed ? try? SearchOptions(options, parameters: []) : nil
            self = fixed.map(Self.fixed) ?? .open(options)
        }

        func values(_ parameters: [Value]) throws(DatabaseError) -> SearchOptions {
            switch self {
            case .fixed(let options): options
            case .open(let options): try SearchOptions(options, parameters: parameters)
            }
        }
    }

    /// What candidates are tested by, and the columns that it reads.
    struct CandidateFilter: Sendable {
        let accepts: CompiledPredicate
        let layout: RowLayout
        /// Positions of these columns, where the index includes all of them.
        let included: [Int]
    }

    init(_ search: ExactSearch, _ compiler: ExpressionCompiler) {
        table = search.table
        column = search.column
        metric = search.metric
        query = compiler.compile(search.query)
        queryRange = search.query.range
        count = RowCount(search.count, clause: .limit, compiler)
        page = search.page.map { RowCount($0, clause: .limit, compiler) }
        radius = search.radius.map(compiler.compile)
        layout = RowLayout(search.table, needed: ColumnSelection(search.needed))
        key = PrimaryKeyLayout(search.table)
        index = search.index
        options = CompiledOptions(search.options)
        covering = Covering(search)
        hasLimits = search.options.values.keys.contains { $0 == .maxVisited || $0 == .timeout }
        let parts = FilterParts(search.filter, search.parts, of: search.table, compiler)
        self.parts = parts
        narrowing = search.narrowing.map { CompiledAccess($0, of: search.table, compiler) }
        filter = search.filter.map { filter in
            var positions: Set<Int> = []
            filter.collectColumns(into: &positions)
            return CandidateFilter(
                accepts: parts?.accepts ?? compiler.predicate(filter),
                layout: parts?.layout
                    ?? RowLayout(search.table, needed: ColumnSelection(positions)),
                included: search.filterIsIncluded ? positions.sorted() : [])
        }
    }
}
