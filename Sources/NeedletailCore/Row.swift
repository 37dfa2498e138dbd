/// A column of a result.
public struct Column: Sendable, Hashable {
    public var name: String
    public var type: ValueType

    public init(name: String, type: ValueType) {
        self.name = name
        self.type = type
    }
}

/// One row of a result: values in the order of its columns.
public struct Row: Sendable, Hashable {
    /// Shared by all rows of a result.
    public let columns: [Column]
    /// As many as there are columns.
    public let values: [Value]

    public init(columns: [Column], values: [Value]) {
        self.columns = columns
        self.values = values
    }

    public subscript(position: Int) -> Value { values[position] }

    /// The value of the first column called `name`, or `nil` if there is none.
    public subscript(name: String) -> Value? {
        columns.firstIndex { $0.name == name }.map { values[$0] }
    }
}
