package import NeedletailCore

/// A tree of operators, ready to run.
///
/// A table operator yields all columns of its table in their order, then one more: the slot as a
/// bigint. `needed` names the positions that anything above reads; the others come as NULL.
package indirect enum Plan: Sendable, Hashable {
    case nothing
    case tableScan(TableScan)
    case exactSearch(ExactSearch)
    case values([[BoundExpression]], columns: [Column])
    case series(start: BoundExpression, stop: BoundExpression, step: BoundExpression?)
    case unnest(BoundExpression)
    case filter(Plan, BoundExpression)
    case aggregate(Plan, BoundGrouping)
    case project(Plan, [BoundProjection])
    case distinct(Plan)
    /// `limit` bounds what must be kept while sorting (limit plus offset); `nil` keeps all.
    case sort(Plan, [BoundSort], limit: BoundExpression?, offset: BoundExpression?)
    case limit(Plan, limit: BoundExpression?, offset: BoundExpression?)
    /// `wanted` rows are read of it, limit plus offset; `nil` for all. Above a search that yields
    /// its rows in the order that is asked for, `grows` says that the search is to be asked for
    /// more rows as they are needed.
    case limitBy(Plan, BoundLimitBy, wanted: BoundExpression?, grows: Bool)
    /// Keeps the first `count` columns: sort keys that are not part of the result go.
    case trim(Plan, count: Int)
    case lateral(LateralJoin)
}

/// The rows of one plan, each with those of another that may read it.
///
/// Where the other ends in a search, the searches of many rows share one pass over the vectors.
package struct LateralJoin: Sendable, Hashable {
    package var outer: Plan
    package var inner: Plan
    /// What the columns of both are called, `alias.column`.
    package var outerNames: [String]
    package var innerNames: [String]
    /// Whether rows without a row of the other stay, with NULLs.
    package var keepsUnmatched: Bool

    /// The search at the end of the inner plan.
    package var search: ExactSearch? { inner.search }
}

extension Plan {
    /// What the plan searches, where it is one chain of operators above a search.
    package var search: ExactSearch? {
        switch self {
        case .exactSearch(let search): search
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _):
            input.search
        // A search whose rows are read in several goes is not run as one.
        case .nothing, .tableScan, .values, .series, .unnest, .lateral, .limitBy: nil
        }
    }

    /// ``search``, or the only one of a plan that runs it more than once: for every row beside it,
    /// or for more rows as they are needed.
    package var nestedSearch: ExactSearch? {
        switch self {
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _), .limitBy(let input, _, _, _):
            input.nestedSearch
        case .lateral(let join): join.outer.nestedSearch == nil ? join.inner.nestedSearch : nil
        case .exactSearch(let search): search
        case .nothing, .tableScan, .values, .series, .unnest: nil
        }
    }

    /// ``search``, where every execution runs it, once and to its end, or else finds that no row
    /// is wanted of it: what it finds may be looked for before the plan is opened.
    package var certainSearch: ExactSearch? {
        guard let search, readsAll(of: search) else { return nil }
        return search
    }

    private func readsAll(of search: ExactSearch) -> Bool {
        switch self {
        case .limit(let input, let limit, let offset):
            offset == nil && (limit == nil || limit == search.count)
                && input.readsAll(of: search)
        case .sort(let input, _, let limit, _): limit == nil && input.readsAll(of: search)
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .trim(let input, _):
            input.readsAll(of: search)
        case .exactSearch: true
        case .nothing, .tableScan, .values, .series, .unnest, .lateral, .limitBy: false
        }
    }
}

/// Rows of a table by one access path.
package struct TableScan: Sendable, Hashable {
    package var table: TableDefinition
    package var alias: String
    package var access: Access
    package var needed: Set<Int>
    /// Tested on each row; what the access path already guarantees is left in, so that it may be
    /// rechecked where keys were shortened.
    package var filter: BoundExpression?
    /// Where only the number of rows is asked for, how it is known without reading them.
    package var counted: CountedRows?

    package enum Access: Sendable, Hashable {
        /// Every live slot in slot order, which is the order of arrival. Fastest.
        case slots
        /// The whole primary key in key order, or backwards.
        case primaryKeyOrder(descending: Bool)
        case primaryKey(KeyCondition, descending: Bool)
        /// An ordered index in its order, or a bitmap index in the order of slots.
        case index(IndexDefinition, KeyCondition, descending: Bool)
    }

    package init(
        table: TableDefinition, alias: String, access: Access, needed: Set<Int>,
        filter: BoundExpression? = nil
    ) {
        self.table = table
        self.alias = alias
        self.access = access
        self.needed = needed
        self.filter = filter
    }
}

/// Which keys of an ordered structure to visit. All expressions are row-independent.
package struct KeyCondition: Sendable, Hashable {
    /// Alternatives for the leading parts: one list for each part, tried in every combination
    /// (`a = 1` has one alternative, `a IN (1, 2)` two).
    package var equal: [[BoundExpression]]
    /// The parts of `equal` whose one expression is an array: its elements are the alternatives.
    package var spread: Set<Int> = []
    /// On the part after the equal ones.
    package var lower: Bound?
    package var upper: Bound?
    /// Whether the part after the equal ones is NULL; there are no bounds then.
    package var isNull = false

    package struct Bound: Sendable, Hashable {
        package var value: BoundExpression
        package var isInclusive: Bool

        package init(value: BoundExpression, isInclusive: Bool) {
            self.value = value
            self.isInclusive = isInclusive
        }
    }

    package init(equal: [[BoundExpression]] = [], lower: Bound? = nil, upper: Bound? = nil) {
        self.equal = equal
        self.lower = lower
        self.upper = upper
    }

    /// Whether every leading part that is fixed has one value.
    package var hasSingleAlternatives: Bool {
        spread.isEmpty && equal.allSatisfy { $0.count == 1 }
    }

    package var isEmpty: Bool { equal.isEmpty && lower == nil && upper == nil && !isNull }
}

/// The rows nearest to a query vector: by computing every distance, or through a vector index.
///
/// With an index the rows are those its walk finds; their distances are exact all the same.
/// Yields the table's columns, the slot, then the distance (double precision), nearest first;
/// ties in primary-key order. Rows whose vector is NULL, and distances that are NaN, are left out.
package struct ExactSearch: Sendable, Hashable {
    package var table: TableDefinition
    package var alias: String
    /// Position of the vector column.
    package var column: Int
    package var metric: Metric
    /// Row-independent, of the column's type.
    package var query: BoundExpression
    /// How many are wanted (limit plus offset); `nil` for all of them, in order.
    package var count: BoundExpression?
    /// How many of these a statement with OFFSET hands out: those before them are other pages.
    package var page: BoundExpression?
    /// Of type double precision, row-independent: rows farther away are not wanted. The search may
    /// yield some that are as far; `nil` for no bound.
    package var radius: BoundExpression?
    package var filter: BoundExpression?
    /// The conditions of the filter one by one, where an index may answer.
    package var parts: [MaskPart] = []
    /// An index that narrows the candidates before any distance is computed.
    package var narrowing: TableScan.Access?
    /// An approximate index that may answer; `nil` for an exact search.
    package var index: IndexDefinition?
    /// How well and how widely, where the statement says.
    package var options: QueryOptions
    package var needed: Set<Int>

    /// Whether the segments of the index keep every column that is needed: those of the primary
    /// key and those that it includes.
    package var isCovered: Bool {
        guard let index, index.method == .hnsw, let included = index.vector?.include else {
            return false
        }
        let positions = needed.filter(table.columns.indices.contains)
        return !positions.isEmpty
            && positions.allSatisfy { position in
                table.primaryKey.contains(position)
                    || included.contains(table.columns[position].id)
            }
    }

    /// Whether the index includes every column that the filter reads.
    package var filterIsIncluded: Bool {
        guard let filter, let included = index?.vector?.include else { return false }
        var positions: Set<Int> = []
        filter.collectColumns(into: &positions)
        return !positions.isEmpty
            && positions.allSatisfy { position in
                table.columns.indices.contains(position)
                    && included.contains(table.columns[position].id)
            }
    }

    package init(
        table: TableDefinition, alias: String, column: Int, metric: Metric,
        query: BoundExpression, count: BoundExpression?, filter: BoundExpression?,
        narrowing: TableScan.Access?, index: IndexDefinition? = nil,
        options: QueryOptions = QueryOptions(), needed: Set<Int>
    ) {
        self.table = table
        self.alias = alias
        self.column = column
        self.metric = metric
        self.query = query
        self.count = count
        self.filter = filter
        self.narrowing = narrowing
        self.index = index
        self.options = options
        self.needed = needed
    }
}

extension Plan {
    /// Whether all it reads of tables is the row of one whole primary key.
    package var looksOneRowUp: Bool {
        switch self {
        case .tableScan(let scan):
            guard case .primaryKey(let keys, _) = scan.access else { return false }
            return keys.equal.count == scan.table.primaryKey.count
                && keys.hasSingleAlternatives
        case .nothing, .exactSearch, .values, .series, .unnest, .lateral, .limitBy: return false
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _):
            return input.looksOneRowUp
        }
    }
}
