/// An operator between two expressions.
package enum BinaryOperator: String, Sendable, Hashable, CaseIterable {
    // Comparisons.
    case equal = "="
    case notEqual = "<>"
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    // Distances: smaller is nearer.
    case l2Distance = "<->"
    case negativeInnerProduct = "<#>"
    case cosineDistance = "<=>"
    case l1Distance = "<+>"
    case hammingDistance = "<~>"
    case jaccardDistance = "<%>"
    case negativeBM25 = "<@>"
    // JSON, arrays and text.
    case jsonText = "->>"
    case jsonValue = "->"
    case jsonPathText = "#>>"
    case jsonPathValue = "#>"
    case contains = "@>"
    case containedBy = "<@"
    case hasKey = "?"
    case hasAnyKey = "?|"
    case hasAllKeys = "?&"
    case concatenate = "||"
    case overlaps = "&&"
    case matches = "~"
    case matchesIgnoringCase = "~*"
    case matchesNot = "!~"
    case matchesNotIgnoringCase = "!~*"
    // Arithmetic.
    case add = "+"
    case subtract = "-"
    case multiply = "*"
    case divide = "/"
    case remainder = "%"
    case power = "^"
}

extension BinaryOperator {
    /// Whether it is one of the six comparisons, which do not chain.
    package var isComparison: Bool { precedence == .comparison }

    /// Whether it ranks rows by how near they are.
    package var isDistance: Bool {
        switch self {
        case .l2Distance, .negativeInnerProduct, .cosineDistance, .l1Distance, .hammingDistance,
            .jaccardDistance, .negativeBM25:
            true
        default: false
        }
    }

    /// How tightly it binds; PostgreSQL's order.
    package var precedence: Precedence {
        switch self {
        case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: .comparison
        case .add, .subtract: .sum
        case .multiply, .divide, .remainder: .product
        case .power: .power
        default: .operators
        }
    }
}

/// An operator before an expression. `NOT` is a node of its own.
package enum UnaryOperator: String, Sendable, Hashable, CaseIterable {
    case minus = "-"
    case plus = "+"
}

/// The levels of the expression grammar, the loosest first.
package enum Precedence: Int, Sendable, Hashable, Comparable, CaseIterable {
    case or
    case and
    case not
    case isTest
    case comparison
    case predicate
    case operators
    case sum
    case product
    case power
    case unary
    case postfix
    case primary

    package static func < (left: Precedence, right: Precedence) -> Bool {
        left.rawValue < right.rawValue
    }
}
