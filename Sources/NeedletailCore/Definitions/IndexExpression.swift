/// A value that an index keeps of every row and that is no column: it is computed from the row, and
/// the same row always has the same.
package struct IndexExpression: Sendable {
    /// As a key of `CREATE INDEX` says it, in canonical SQL: a call, or anything in parentheses.
    package var text: String
    package var type: ValueType
    /// The ``ColumnDefinition/id``s that it reads, ascending; at least one.
    package var columnIDs: [UInt16]
    /// What computes it; `nil` until the text was given its meaning.
    package var function: (any IndexFunction)?

    package init(
        text: String, type: ValueType, columnIDs: [UInt16], function: (any IndexFunction)? = nil
    ) {
        self.text = text
        self.type = type
        self.columnIDs = columnIDs
        self.function = function
    }

    /// Its value for `row`, of which at least the columns that it reads are there.
    ///
    /// Errors: those of the expression, which say that an index asks for it.
    package func value(of row: [Value]) throws(DatabaseError) -> Value {
        guard let function else {
            throw DatabaseError(.internalError, "the index expression \(text) has no function")
        }
        do throws(DatabaseError) {
            return try function.value(of: row)
        } catch {
            var error = error
            let reason = "an index computes \(text) of every row"
            error.hint = error.hint.map { "\($0); \(reason)" } ?? reason
            throw error
        }
    }
}

extension IndexExpression: Hashable {
    /// Whether both say the same, whatever computes them.
    package static func == (left: IndexExpression, right: IndexExpression) -> Bool {
        left.text == right.text && left.type == right.type && left.columnIDs == right.columnIDs
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(text) }
}

/// Computes an ``IndexExpression``. Called by several threads at once.
package protocol IndexFunction: Sendable {
    func value(of row: [Value]) throws(DatabaseError) -> Value
}

/// Gives the expression of an index of a table its function. An expression that cannot be
/// understood gets one that always throws.
package typealias IndexFunctionMaking =
    @Sendable (IndexExpression, TableDefinition) -> any IndexFunction

extension IndexDefinition {
    package var hasExpressions: Bool { keys.contains { $0.expression != nil } }

    /// The same index, its expressions ready to be computed.
    package func withFunctions(
        of table: TableDefinition, from make: IndexFunctionMaking
    ) -> IndexDefinition {
        guard hasExpressions else { return self }
        var copy = self
        for place in copy.keys.indices {
            guard let expression = copy.keys[place].expression else { continue }
            copy.keys[place].expression?.function = make(expression, table)
        }
        return copy
    }
}
