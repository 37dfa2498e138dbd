package import NeedletailCore

/// The expression of an index with its meaning, by which filters and orders recognise it.
package final class BoundIndexFunction: IndexFunction {
    /// Over the table's columns, without places in a text.
    package let expression: BoundExpression
    private let compute: @Sendable ([Value]) throws(DatabaseError) -> Value

    package init(
        _ expression: BoundExpression,
        compute: @escaping @Sendable ([Value]) throws(DatabaseError) -> Value
    ) {
        self.expression = expression
        self.compute = compute
    }

    package func value(of row: [Value]) throws(DatabaseError) -> Value { try compute(row) }
}

extension IndexExpression {
    /// What it means; `nil` where its text could not be understood.
    var bound: BoundExpression? { (function as? BoundIndexFunction)?.expression }
}
