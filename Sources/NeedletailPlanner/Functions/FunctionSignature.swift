import NeedletailCore

/// One form of a function: what it takes and what it gives.
struct FunctionSignature: Sendable {
    var builtin: Builtin
    var parameters: [ArgumentPattern]
    /// How many of the last parameters may be missing.
    var optional = 0
    var result: ResultPattern

    init(
        _ builtin: Builtin, _ parameters: [ArgumentPattern], optional: Int = 0,
        _ result: ResultPattern
    ) {
        self.builtin = builtin
        self.parameters = parameters
        self.optional = optional
        self.result = result
    }

    func accepts(count: Int) -> Bool {
        count <= parameters.count && count >= parameters.count - optional
    }

    /// How it reads in a message: `substring(text, integer [, integer])`.
    func text(name: String) -> String {
        let required = parameters.dropLast(optional).map(\.text)
        let rest = parameters.suffix(optional).map(\.text)
        let tail = rest.enumerated().map { position, text in
            position == 0 && required.isEmpty ? " [\(text)]" : " [, \(text)]"
        }
        return "\(name)(\(required.joined(separator: ", "))\(tail.joined()))"
    }
}

/// What one parameter of a function takes.
enum ArgumentPattern: Sendable {
    case type(ValueType)
    /// Any of the five number types, as it is.
    case number
    /// `vector` or `halfvec` of any dimension.
    case floatVector
    /// As `floatVector`, or a bit string.
    case anyVector
    /// Any array.
    case array
    /// An element of the array argument.
    case element
    /// Any value; a literal is text.
    case any

    var text: String {
        switch self {
        case .type(let type): type.sqlName
        case .number: "number"
        case .floatVector: "vector"
        case .anyVector: "vector or bit"
        case .array: "array"
        case .element: "element"
        case .any: "any"
        }
    }

    /// How well an argument of `type` fits: 2 as it is, 1 after an implicit cast, `nil` not at all.
    func fit(_ argument: BoundExpression) -> Int? {
        let type = argument.type
        if type == .unknown { return 1 }
        switch self {
        case .type(let wanted):
            if type == wanted { return 2 }
            if argument.isJSONPath, wanted == .text { return 1 }
            guard let level = CastRules.level(from: type, to: wanted) else { return nil }
            return level == .implicit ? 1 : nil
        case .number: return type.isNumeric ? 2 : nil
        case .floatVector: return type.isFloatVector ? 2 : argument.isArrayConstructor ? 1 : nil
        case .anyVector: return type.isVector ? 2 : argument.isArrayConstructor ? 1 : nil
        case .array: return type.isArray ? 2 : nil
        case .element, .any: return 2
        }
    }
}

/// What a function gives.
enum ResultPattern: Sendable {
    case type(ValueType)
    /// The type of the first argument.
    case first
    /// The element type of the array argument.
    case element
    /// Bits, as many as the first argument has components.
    case bitsOfFirst
    /// A vector like the first argument; its dimension is the third argument where that is a
    /// constant.
    case subvector
}
