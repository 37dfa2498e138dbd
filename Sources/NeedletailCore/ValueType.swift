/// The type of a column, a parameter or an expression.
public enum ValueType: Sendable, Hashable {
    case boolean
    case smallint
    case int
    case bigint
    case real
    case double
    case text
    case bytea
    case timestamptz
    case date
    case uuid
    case jsonb
    /// A one-rank array; elements may be NULL.
    indirect case array(ValueType)
    /// 32-bit floats. `nil` where the dimension is not declared, as in a cast.
    case vector(Int?)
    /// 16-bit floats.
    case halfvec(Int?)
    /// Bits, most significant first as in PostgreSQL.
    case bit(Int?)
    /// A literal or parameter whose type the context decides; also the type of a bare NULL.
    case unknown
}

extension ValueType {
    /// The name as SQL writes it, with a declared dimension.
    public var sqlName: String {
        switch self {
        case .boolean: "boolean"
        case .smallint: "smallint"
        case .int: "integer"
        case .bigint: "bigint"
        case .real: "real"
        case .double: "double precision"
        case .text: "text"
        case .bytea: "bytea"
        case .timestamptz: "timestamptz"
        case .date: "date"
        case .uuid: "uuid"
        case .jsonb: "jsonb"
        case .array(let element): "\(element.sqlName)[]"
        case .vector(let dimension): Self.sized("vector", dimension)
        case .halfvec(let dimension): Self.sized("halfvec", dimension)
        case .bit(let dimension): Self.sized("bit", dimension)
        case .unknown: "unknown"
        }
    }

    private static func sized(_ name: String, _ dimension: Int?) -> String {
        dimension.map { "\(name)(\($0))" } ?? name
    }

    /// Whether it holds numbers that arithmetic applies to.
    public var isNumeric: Bool { isInteger || isFloat }

    /// Whether it is one of the three integer types.
    public var isInteger: Bool { self == .smallint || self == .int || self == .bigint }

    /// Whether it is `real` or `double precision`.
    public var isFloat: Bool { self == .real || self == .double }

    /// Whether it is kept in vector blocks rather than in the row.
    public var isVector: Bool {
        switch self {
        case .vector, .halfvec, .bit: true
        default: false
        }
    }

    /// The declared dimension of a vector type.
    public var dimension: Int? {
        switch self {
        case .vector(let dimension), .halfvec(let dimension), .bit(let dimension): dimension
        default: nil
        }
    }

    /// Bytes of one vector of `dimension` components in a vector block, without padding.
    public func vectorBytes(dimension: Int) -> Int {
        switch self {
        case .vector: dimension * 4
        case .halfvec: dimension * 2
        case .bit: (dimension + 7) / 8
        default: 0
        }
    }
}
