/// Operators and punctuation: the only spellings that the lexer knows, the longest match first.
package enum Symbol: String, Sendable, Hashable, CaseIterable {
    case leftParenthesis = "("
    case rightParenthesis = ")"
    case leftBracket = "["
    case rightBracket = "]"
    case comma = ","
    case semicolon = ";"
    case dot = "."
    case colon = ":"
    case doubleColon = "::"
    case arrow = "=>"
    case plus = "+"
    case minus = "-"
    case star = "*"
    case slash = "/"
    case percent = "%"
    case caret = "^"
    case equal = "="
    case notEqual = "<>"
    case bangEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case l2Distance = "<->"
    case negativeInnerProduct = "<#>"
    case cosineDistance = "<=>"
    case l1Distance = "<+>"
    case hammingDistance = "<~>"
    case jaccardDistance = "<%>"
    case negativeBM25 = "<@>"
    case containedBy = "<@"
    case contains = "@>"
    case jsonText = "->>"
    case jsonValue = "->"
    case jsonPathText = "#>>"
    case jsonPathValue = "#>"
    case concatenate = "||"
    case overlaps = "&&"
    case tilde = "~"
    case tildeStar = "~*"
    case bangTilde = "!~"
    case bangTildeStar = "!~*"
    case question = "?"
    case questionBar = "?|"
    case questionAnd = "?&"
}

extension Symbol {
    /// Three bytes packed into one number, the first the most significant; shorter symbols end in
    /// zeros, which no symbol contains.
    static func packed(_ first: UInt8, _ second: UInt8, _ third: UInt8) -> UInt32 {
        UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    }

    static let byPackedBytes: [UInt32: Symbol] = Dictionary(
        uniqueKeysWithValues: allCases.map { symbol in
            let bytes = Array(symbol.rawValue.utf8) + [0, 0]
            return (packed(bytes[0], bytes[1], bytes[2]), symbol)
        })

    /// The binary operator that it stands for between two expressions, if it is one.
    var binaryOperator: BinaryOperator? {
        switch self {
        case .plus: .add
        case .minus: .subtract
        case .star: .multiply
        case .slash: .divide
        case .percent: .remainder
        case .caret: .power
        case .equal: .equal
        case .notEqual, .bangEqual: .notEqual
        case .less: .less
        case .lessOrEqual: .lessOrEqual
        case .greater: .greater
        case .greaterOrEqual: .greaterOrEqual
        case .l2Distance: .l2Distance
        case .negativeInnerProduct: .negativeInnerProduct
        case .cosineDistance: .cosineDistance
        case .l1Distance: .l1Distance
        case .hammingDistance: .hammingDistance
        case .jaccardDistance: .jaccardDistance
        case .negativeBM25: .negativeBM25
        case .containedBy: .containedBy
        case .contains: .contains
        case .jsonText: .jsonText
        case .jsonValue: .jsonValue
        case .jsonPathText: .jsonPathText
        case .jsonPathValue: .jsonPathValue
        case .concatenate: .concatenate
        case .overlaps: .overlaps
        case .tilde: .matches
        case .tildeStar: .matchesIgnoringCase
        case .bangTilde: .matchesNot
        case .bangTildeStar: .matchesNotIgnoringCase
        case .question: .hasKey
        case .questionBar: .hasAnyKey
        case .questionAnd: .hasAllKeys
        default: nil
        }
    }
}
