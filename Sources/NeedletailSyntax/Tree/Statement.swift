package import NeedletailCore

/// One statement, as it was written. Nothing in it is looked up or checked yet.
///
/// Two statements are equal if they say the same, wherever their texts put it.
package struct Statement: Sendable, Hashable {
    package let kind: Kind
    /// What must be bound before it runs. The parser fills it in; it takes no part in equality.
    package let parameters: ParameterUse
    package let location: Location

    package init(_ kind: Kind, parameters: ParameterUse = .none, location: Location = .none) {
        self.kind = kind
        self.parameters = parameters
        self.location = location
    }

    package var range: SourceRange? { location.range }

    /// How many values must be bound.
    package var parameterCount: Int {
        switch parameters {
        case .none: 0
        case .positional(let count): count
        case .named(let names): names.count
        }
    }

    /// The named parameters in the order of their first use.
    package var parameterNames: [String] {
        if case .named(let names) = parameters { names } else { [] }
    }

    package static func == (left: Statement, right: Statement) -> Bool { left.kind == right.kind }

    package func hash(into hasher: inout Hasher) { hasher.combine(kind) }

    /// Which statement it is.
    package indirect enum Kind: Sendable, Hashable {
        // Queries and data.
        case select(SelectStatement)
        case insert(InsertStatement)
        case upsert(UpsertStatement)
        case update(UpdateStatement)
        case delete(DeleteStatement)
        case truncate(ObjectName)
        case copy(CopyStatement)
        // Definitions.
        case createTable(CreateTableStatement)
        case createCollection(CreateCollectionStatement)
        case createIndex(CreateIndexStatement)
        case createExtension(CreateExtensionStatement)
        case createSnapshot(String)
        case drop(DropStatement)
        case alterTable(AlterTableStatement)
        case alterIndex(AlterIndexStatement)
        // Upkeep.
        case reindex(ReindexStatement)
        /// All tables without a name.
        case analyze(ObjectName?)
        /// The integrity check, of the whole database without a name.
        case check(ObjectName?)
        // Transactions.
        case begin(TransactionMode?)
        case commit
        case rollback
        case savepoint(Identifier)
        case release(Identifier)
        case rollbackTo(Identifier)
        // Sessions.
        case set(SetStatement)
        /// Every setting without a name.
        case reset(ObjectName?)
        case pragma(PragmaStatement)
        case show(ShowStatement)
        case describe(DescribeStatement)
        case explain(ExplainStatement)
        // Questions about a search.
        case recall(RecallStatement)
        case why(WhyStatement)
    }
}
