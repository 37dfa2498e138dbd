import NeedletailCore
import NeedletailPlanner

/// Comparison with SQL's three outcomes.
enum SQLComparison {
    /// NULL where either side is NULL.
    ///
    /// A `jsonb` value meets another only within its kind (number with number, string with
    /// string, …); values of different kinds are neither equal, unequal nor ordered: NULL.
    static func compare(_ comparison: Comparison, _ left: Value, _ right: Value) -> Value {
        switch (left, right) {
        case (.null, _), (_, .null): return .null
        case (.int(let left), .int(let right)):
            return .bool(holds(comparison, left < right ? -1 : (left == right ? 0 : 1)))
        case (.text(let left), .text(let right))
        where comparison == .equal || comparison == .notEqual:
            let equal = left.utf8.elementsEqual(right.utf8)
            return .bool(equal == (comparison == .equal))
        case (.json(let left), .json(let right)) where !sameKind(left, right):
            return .null
        default:
            return .bool(holds(comparison, SortOrder.compare(left, right)))
        }
    }

    static func holds(_ comparison: Comparison, _ order: Int) -> Bool {
        switch comparison {
        case .equal: order == 0
        case .notEqual: order != 0
        case .less: order < 0
        case .lessOrEqual: order <= 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    private static func sameKind(_ left: JSON, _ right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null), (.bool, .bool), (.string, .string), (.array, .array),
            (.object, .object):
            true
        case (.int, .int), (.int, .double), (.double, .int), (.double, .double): true
        default: false
        }
    }
}
