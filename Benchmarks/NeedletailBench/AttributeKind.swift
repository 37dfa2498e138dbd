import Needletail

/// The SQL type that all values of one attribute fit.
enum AttributeKind: Hashable {
    /// NULL, or missing, so far.
    case unknown
    case integer, number, boolean, text
    indirect case array(AttributeKind)
    /// Objects, arrays of arrays, and values of several types.
    case document

    init(_ value: JSON) {
        switch value {
        case .null: self = .unknown
        case .int: self = .integer
        case .double: self = .number
        case .bool: self = .boolean
        case .string: self = .text
        case .object: self = .document
        case .array(let elements):
            let kind = elements.reduce(AttributeKind.unknown) { $0.joined(with: AttributeKind($1)) }
            self = kind.isScalar ? .array(kind) : .document
        }
    }

    /// The narrowest kind that holds the values of both.
    func joined(with other: AttributeKind) -> AttributeKind {
        switch (self, other) {
        case (_, .unknown): self
        case (.unknown, _): other
        case (.integer, .number), (.number, .integer): .number
        case (.array(let left), .array(let right)):
            left.joined(with: right).isScalar ? .array(left.joined(with: right)) : .document
        default: self == other ? self : .document
        }
    }

    /// Whether a vector index can include it and an ordered index can hold it.
    var isScalar: Bool {
        switch self {
        case .array, .document: false
        default: true
        }
    }

    var sqlName: String {
        switch self {
        case .integer: "bigint"
        case .number: "double precision"
        case .boolean: "boolean"
        case .text, .unknown: "text"
        case .array(let element): element.sqlName + "[]"
        case .document: "jsonb"
        }
    }

    /// `json` as a value of this kind; one of the values it was inferred from.
    func value(_ json: JSON) -> Value {
        switch (self, json) {
        case (_, .null): .null
        case (.document, _): .json(json)
        case (.number, .int(let value)): .double(Double(value))
        case (.array(let kind), .array(let elements)): .array(elements.map(kind.value))
        case (_, .int(let value)): .int(value)
        case (_, .double(let value)): .double(value)
        case (_, .bool(let value)): .bool(value)
        case (_, .string(let value)): .text(value)
        default: .json(json)
        }
    }
}
