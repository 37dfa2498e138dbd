extension Expression {
    /// How tightly the outermost operator binds, as text.
    var precedence: Precedence {
        switch kind {
        case .literal(.integer(let value)): value < 0 ? .unary : .primary
        case .literal(.decimal(let text, _)):
            text.utf8.first == UInt8(ascii: "-") ? .unary : .primary
        case .or: .or
        case .and: .and
        case .not: .not
        case .test, .distinctFrom: .isTest
        case .quantified: .comparison
        case .like, .between, .inList, .inSubquery: .predicate
        case .binary(let binary, _, _): binary.precedence
        case .unary: .unary
        case .cast: .postfix
        case .literal, .typedLiteral, .parameter, .column, .member, .element, .slice, .exists,
            .subquery, .array, .row, .call, .conditional, .defaultValue:
            .primary
        }
    }

    /// Whether its text starts with a sign.
    var startsWithSign: Bool {
        switch kind {
        case .unary: true
        case .literal: precedence == .unary
        default: false
        }
    }

    var isNumber: Bool {
        switch kind {
        case .literal(.integer), .literal(.decimal): true
        default: false
        }
    }
}
