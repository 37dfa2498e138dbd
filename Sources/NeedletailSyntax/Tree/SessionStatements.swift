/// `BEGIN` and `START TRANSACTION`.
package enum TransactionMode: String, Sendable, Hashable, CaseIterable {
    case readOnly = "READ ONLY"
    case readWrite = "READ WRITE"
}

/// `SET name = value`.
package struct SetStatement: Sendable, Hashable {
    package let scope: Scope
    package let name: ObjectName
    /// One or more, or empty for `DEFAULT`.
    package let values: [OptionValue]

    package init(scope: Scope = .session, name: ObjectName, values: [OptionValue]) {
        self.scope = scope
        self.name = name
        self.values = values
    }

    package enum Scope: Sendable, Hashable, CaseIterable {
        case session
        /// Until the transaction ends.
        case local
    }
}

/// `PRAGMA name [= value]`.
package struct PragmaStatement: Sendable, Hashable {
    package let name: ObjectName
    package let value: OptionValue?

    package init(name: ObjectName, value: OptionValue? = nil) {
        self.name = name
        self.value = value
    }
}

/// `SHOW …`.
package enum ShowStatement: Sendable, Hashable {
    case tables
    case collections
    case indexes(of: ObjectName?)
    /// With the pattern of `LIKE`, if there is one.
    case settings(like: String?)
    /// `SHOW STATISTICS [FOR] table`; without a table, of all.
    case statistics(of: ObjectName?)
    /// Who is connected.
    case sessions
    case snapshots
    case queries
    /// `SHOW CREATE [TABLE] name`: the statement that would make the table again.
    case create(ObjectName)
    /// `SHOW ALL`: every setting.
    case all
    case setting(ObjectName)
}

/// `DESCRIBE`.
package enum DescribeStatement: Sendable, Hashable {
    case table(ObjectName)
    case query(SelectStatement)
}

/// `EXPLAIN`.
package struct ExplainStatement: Sendable, Hashable {
    /// Runs the statement and counts its work.
    package let analyze: Bool
    /// Runs the exact search as well and reports the recall.
    package let recall: Bool
    /// `nil` where the statement does not say.
    package let costs: Bool?
    package let summary: Bool?
    package let format: Identifier?
    /// A query, `INSERT`, `UPSERT`, `UPDATE` or `DELETE`.
    package let statement: Statement

    package init(
        _ statement: Statement, analyze: Bool = false, recall: Bool = false, costs: Bool? = nil,
        summary: Bool? = nil, format: Identifier? = nil
    ) {
        self.statement = statement
        self.analyze = analyze
        self.recall = recall
        self.costs = costs
        self.summary = summary
        self.format = format
    }
}
