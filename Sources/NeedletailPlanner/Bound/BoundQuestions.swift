package import NeedletailCore

/// `RECALL n FOR query`.
package struct BoundRecall: Sendable, Hashable {
    /// bigint, row-independent.
    package var sampleCount: BoundExpression
    package var query: BoundQuery
}

/// `WHY key FOR query`.
package struct BoundWhy: Sendable, Hashable {
    /// What the query reads.
    package var table: TableDefinition
    /// A value for each part of the primary key, of its type.
    package var key: [BoundExpression]
    package var query: BoundQuery
}
