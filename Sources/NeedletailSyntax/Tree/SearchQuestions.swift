/// `RECALL n FOR query`: how well and how fast searches of the query's shape are answered.
package struct RecallStatement: Sendable, Hashable {
    /// How many rows give their vectors as queries.
    package let sampleCount: Expression
    package let query: SelectStatement

    package init(sampleCount: Expression, query: SelectStatement) {
        self.sampleCount = sampleCount
        self.query = query
    }
}

/// `WHY key FOR query`: why a row is, or is not, in the query's answer.
package struct WhyStatement: Sendable, Hashable {
    /// Of the row, the parts of its primary key.
    package let key: [Expression]
    package let query: SelectStatement

    package init(key: [Expression], query: SelectStatement) {
        self.key = key
        self.query = query
    }
}
