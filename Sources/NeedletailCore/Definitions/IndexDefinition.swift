/// An index as the catalogue describes it.
package struct IndexDefinition: Sendable, Hashable {
    /// Given at creation, never reused.
    package var id: UInt32
    package var name: String
    package var tableID: UInt32
    package var method: Method
    package var isUnique: Bool
    /// One or more; of a vector index, its vector column alone.
    package var keys: [Key]
    /// Of a vector index; `nil` for others.
    package var vector: VectorIndexOptions?

    /// How it is kept.
    package enum Method: String, Sendable, Hashable {
        /// Keys in order, for equality, ranges, `IN` and `ORDER BY`.
        case ordered = "btree"
        /// The set of slots of each value, for columns of few values.
        case bitmap
        /// The set of slots of each element of an array, and of each path and scalar of JSON.
        case gin
        /// A graph of near neighbours, for `ORDER BY` a distance.
        case hnsw
        /// Lists of near vectors, each around a centroid, for `ORDER BY` a distance.
        case ivf

        /// Whether it ranks vectors.
        package var isOfVectors: Bool { self == .hnsw || self == .ivf }
    }

    /// One part of its key: a column, a path inside a `jsonb` column, or an expression.
    package struct Key: Sendable, Hashable {
        /// The column's ``ColumnDefinition/id``; `nil` for an expression.
        package var columnID: UInt16?
        /// Empty for the column itself.
        package var path: [JSONStep]
        package var expression: IndexExpression?
        package var isDescending: Bool
        /// PostgreSQL's default: last when ascending, first when descending.
        package var nullsFirst: Bool

        package init(
            columnID: UInt16, path: [JSONStep] = [], isDescending: Bool = false,
            nullsFirst: Bool = false
        ) {
            self.columnID = columnID
            self.path = path
            self.isDescending = isDescending
            self.nullsFirst = nullsFirst
        }

        package init(
            _ expression: IndexExpression, isDescending: Bool = false, nullsFirst: Bool = false
        ) {
            self.expression = expression
            path = []
            self.isDescending = isDescending
            self.nullsFirst = nullsFirst
        }

        /// Whether it depends on the column with this ``ColumnDefinition/id``.
        package func reads(_ columnID: UInt16) -> Bool {
            expression?.columnIDs.contains(columnID) ?? (self.columnID == columnID)
        }
    }

    package init(
        id: UInt32, name: String, tableID: UInt32, method: Method = .ordered,
        isUnique: Bool = false, keys: [Key], vector: VectorIndexOptions? = nil
    ) {
        self.id = id
        self.name = name
        self.tableID = tableID
        self.method = method
        self.isUnique = isUnique
        self.keys = keys
        self.vector = vector
    }
}

/// One step into a JSON value.
package enum JSONStep: Sendable, Hashable {
    case key(String)
    /// 0-based; negative counts from the end.
    case index(Int)
}

extension JSON {
    /// The value at the end of `path`, or `nil` where a step leads nowhere.
    package func value(at path: some Sequence<JSONStep>) -> JSON? {
        var current = self
        for step in path {
            switch (step, current) {
            case (.key(let key), .object(let object)):
                guard let member = object[key] else { return nil }
                current = member
            case (.index(let index), .array(let elements)):
                let position = index < 0 ? elements.count + index : index
                guard elements.indices.contains(position) else { return nil }
                current = elements[position]
            default:
                return nil
            }
        }
        return current
    }
}
