import NeedletailCore

/// The aggregates by name and what they give.
enum AggregateTable {
    static let names = [
        "count", "sum", "avg", "min", "max", "bool_and", "bool_or", "every", "string_agg",
        "array_agg",
    ]

    static func aggregate(named name: String) -> Aggregate? {
        switch name {
        case "count": .count
        case "sum": .sum
        case "avg": .avg
        case "min": .min
        case "max": .max
        case "bool_and", "every": .boolAnd
        case "bool_or": .boolOr
        case "string_agg": .stringAgg
        case "array_agg": .arrayAgg
        default: nil
        }
    }

    /// How many arguments it takes.
    static func argumentCount(_ function: Aggregate) -> Int {
        switch function {
        case .countRows: 0
        case .stringAgg: 2
        default: 1
        }
    }

    /// The type that an argument of `type` is cast to, and the type of the result; `nil` where the
    /// aggregate is not defined for it.
    static func types(
        _ function: Aggregate, _ type: ValueType
    ) -> (argument: ValueType, result: ValueType)? {
        switch function {
        case .countRows, .count: return (type, .bigint)
        case .sum:
            if type.isInteger { return (type, .bigint) }
            return type.isFloat || type.isFloatVector ? (type, type) : nil
        case .avg:
            if type.isNumeric { return (type, .double) }
            return type.isFloatVector ? (type, type) : nil
        case .min, .max:
            return type.isOrdered && type != .boolean ? (type, type) : nil
        case .boolAnd, .boolOr: return type == .boolean ? (type, type) : nil
        case .stringAgg: return type == .text ? (type, .text) : nil
        case .arrayAgg: return type.isArray ? nil : (type, .array(type))
        }
    }
}
