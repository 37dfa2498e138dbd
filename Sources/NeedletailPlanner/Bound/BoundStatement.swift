package import NeedletailCore

/// A statement ready to be planned and run.
package struct BoundStatement: Sendable, Hashable {
    package var kind: BoundKind
    package var parameters: [BoundParameter]
    package var notices: [Notice]

    package init(
        kind: BoundKind, parameters: [BoundParameter] = [], notices: [Notice] = []
    ) {
        self.kind = kind
        self.parameters = parameters
        self.notices = notices
    }
}

/// A parameter and the type its place in the statement asks for.
package struct BoundParameter: Sendable, Hashable {
    /// `nil` for `$1`, `$2`, …, which stand in their order.
    package var name: String?
    package var type: ValueType

    package init(name: String?, type: ValueType) {
        self.name = name
        self.type = type
    }
}

package indirect enum BoundKind: Sendable, Hashable {
    case query(BoundQuery)
    case insert(BoundInsert)
    case update(BoundUpdate)
    case delete(BoundDelete)
    case truncate(TableDefinition)
    case createTable(BoundCreateTable)
    case dropTable(TableDefinition?, name: String)
    case createIndex(BoundCreateIndex)
    case dropIndex(IndexDefinition?, name: String)
    /// One table, or all.
    case analyze([TableDefinition])
    /// One index, or all of a table in the order of their creation.
    case reindex([IndexDefinition])
    case copyFrom(BoundCopyFrom)
    case copyTo(BoundCopyTo)
    case begin(readOnly: Bool?)
    case commit
    case rollback
    case savepoint(String)
    case releaseSavepoint(String)
    case rollbackToSavepoint(String)
    case explain(BoundExplain)
    case recall(BoundRecall)
    case why(BoundWhy)
    case showTables
    case showIndexes(TableDefinition?)
    /// Of one table, or of every one.
    case showStatistics([TableDefinition], isAll: Bool)
    case showSessions
    case showSettings(like: String?)
    case showSetting(String)
    case showCreate(TableDefinition)
    case describeTable(TableDefinition, indexes: [IndexDefinition])
    case describeQuery(BoundQuery)
    /// The value is kept as text; the session knows each setting's type.
    case set(name: String, value: String?, isLocal: Bool)
    /// `nil` for all.
    case reset(name: String?)
    case check(TableDefinition?)
    /// Accepted for compatibility, with the notice that says what became of it.
    case nothing(tag: String)
}

package struct BoundInsert: Sendable, Hashable {
    package var table: TableDefinition
    package var indexes: [IndexDefinition]
    /// Yields the values for `targets`, already cast to the columns' types. NULL for an identity
    /// column asks for the next number.
    package var source: BoundQuery
    /// Column positions, one for each column of `source`.
    package var targets: [Int]
    /// For each column of the table that is not a target; row-independent.
    package var defaults: [Int: BoundExpression]
    package var conflict: BoundConflict?
    package var returning: [BoundProjection]
    /// Written as `UPSERT`, for the command tag.
    package var isUpsert: Bool
    package var checks: [BoundCheck]

    package init(
        table: TableDefinition, indexes: [IndexDefinition], source: BoundQuery, targets: [Int],
        defaults: [Int: BoundExpression], conflict: BoundConflict? = nil,
        returning: [BoundProjection] = [], isUpsert: Bool = false, checks: [BoundCheck] = []
    ) {
        self.table = table
        self.indexes = indexes
        self.source = source
        self.targets = targets
        self.defaults = defaults
        self.conflict = conflict
        self.returning = returning
        self.isUpsert = isUpsert
        self.checks = checks
    }
}

package struct BoundConflict: Sendable, Hashable {
    /// `nil`: any unique constraint (`DO NOTHING` without a target). Empty: the primary key.
    /// Otherwise a unique index.
    package var target: Target
    package var action: Action

    package enum Target: Sendable, Hashable {
        case any
        case primaryKey
        case index(IndexDefinition)
    }

    package indirect enum Action: Sendable, Hashable {
        case nothing
        /// Expressions read the existing row's columns, then the proposed (`EXCLUDED`) row's.
        case update([BoundAssignment], filter: BoundExpression?)
    }

    package init(target: Target, action: Action) {
        self.target = target
        self.action = action
    }
}

package struct BoundAssignment: Sendable, Hashable {
    package var column: Int
    package var value: BoundExpression

    package init(column: Int, value: BoundExpression) {
        self.column = column
        self.value = value
    }
}

/// A `CHECK` constraint over the row's columns.
package struct BoundCheck: Sendable, Hashable {
    package var name: String
    package var expression: BoundExpression

    package init(name: String, expression: BoundExpression) {
        self.name = name
        self.expression = expression
    }
}

package struct BoundUpdate: Sendable, Hashable {
    package var table: TableDefinition
    package var indexes: [IndexDefinition]
    package var assignments: [BoundAssignment]
    package var filter: BoundExpression?
    package var returning: [BoundProjection]
    package var checks: [BoundCheck]

    package init(
        table: TableDefinition, indexes: [IndexDefinition], assignments: [BoundAssignment],
        filter: BoundExpression? = nil, returning: [BoundProjection] = [],
        checks: [BoundCheck] = []
    ) {
        self.table = table
        self.indexes = indexes
        self.assignments = assignments
        self.filter = filter
        self.returning = returning
        self.checks = checks
    }
}

package struct BoundDelete: Sendable, Hashable {
    package var table: TableDefinition
    package var indexes: [IndexDefinition]
    package var filter: BoundExpression?
    package var returning: [BoundProjection]

    package init(
        table: TableDefinition, indexes: [IndexDefinition], filter: BoundExpression? = nil,
        returning: [BoundProjection] = []
    ) {
        self.table = table
        self.indexes = indexes
        self.filter = filter
        self.returning = returning
    }
}

package struct BoundCreateTable: Sendable, Hashable {
    /// With id 0; the catalogue gives the real one.
    package var definition: TableDefinition
    /// Unique constraints besides the primary key, with ids 0.
    package var uniques: [IndexDefinition]
    /// The table is there already and `IF NOT EXISTS` was said.
    package var isSatisfied: Bool

    package init(
        definition: TableDefinition, uniques: [IndexDefinition], isSatisfied: Bool
    ) {
        self.definition = definition
        self.uniques = uniques
        self.isSatisfied = isSatisfied
    }
}

package struct BoundCreateIndex: Sendable, Hashable {
    package var table: TableDefinition
    /// With id 0; the name is already chosen.
    package var definition: IndexDefinition
    package var isSatisfied: Bool

    package init(table: TableDefinition, definition: IndexDefinition, isSatisfied: Bool) {
        self.table = table
        self.definition = definition
        self.isSatisfied = isSatisfied
    }
}

package struct BoundExplain: Sendable, Hashable {
    package var statement: BoundKind
    package var analyze: Bool
    /// Measure the answer against the exact one; only with `analyze`.
    package var recall: Bool
    /// Estimate how many rows every operator hands out.
    package var costs: Bool
    /// Tell how long planning and execution took.
    package var summary: Bool
    package var format: Format

    package enum Format: String, Sendable, Hashable {
        case text, json
    }

    package init(
        statement: BoundKind, analyze: Bool, recall: Bool = false, costs: Bool = true,
        summary: Bool? = nil, format: Format
    ) {
        self.statement = statement
        self.analyze = analyze
        self.recall = recall
        self.costs = costs
        self.summary = summary ?? analyze
        self.format = format
    }
}
