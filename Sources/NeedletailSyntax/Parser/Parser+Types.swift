import NeedletailCore

extension Parser {
    /// grammar: type, typeModifiers, zonedType
    @inline(never)
    mutating func type() throws(SyntaxFailure) -> TypeName {
        let start = token
        var name = try typeName()
        var modifiers: [TypeModifier] = []
        // The precision of a time stands before its zone.
        let hasZone =
            (start.kind == .keyword(.timestamp) || start.kind == .keyword(.time))
            && previous.kind == .keyword(.zone)
        if at(.leftParenthesis), !hasZone {
            modifiers = try parenthesizedList { parser throws(SyntaxFailure) in
                try parser.typeModifier()
            }
            name = try withZone(name)
        }
        var bounds: [Int64?] = []
        while accept(.leftBracket) {
            if token.kind == .integer, let bound = Int64(text(of: token)) {
                advance()
                bounds.append(bound)
            } else {
                bounds.append(nil)
            }
            try expect(.rightBracket)
            // A type is walked by loops only, so that this bounds nothing but nonsense.
            guard bounds.count <= Limits.nestingDepthMax else { throw unexpected("an array type") }
        }
        return TypeName(
            name, modifiers: modifiers, arrayBounds: bounds, location: location(from: start))
    }

    /// A name of one or two words; the long spellings of the standard become the short ones.
    ///
    /// grammar: typeName
    private mutating func typeName() throws(SyntaxFailure) -> Identifier {
        let start = token
        let name = try name("a type name")
        let long: String?
        switch start.kind {
        case .keyword(.double) where accept(.precision): long = "double precision"
        case .keyword(.character): long = accept(.varying) ? "varchar" : "char"
        case .keyword(.bit) where accept(.varying): long = "varbit"
        case .keyword(.timestamp), .keyword(.time):
            return try withZone(name)
        default: long = nil
        }
        guard let long else { return name }
        return Identifier(long, location: location(from: start))
    }

    /// The short name of `timestamp` or `time`, the words about time zones behind it taken. Any
    /// other name comes back as it is.
    private mutating func withZone(_ name: Identifier) throws(SyntaxFailure) -> Identifier {
        guard name.text == "timestamp" || name.text == "time", at(.with) || at(.without),
            peek().kind == .keyword(.time)
        else { return name }
        let isZoned = at(.with)
        advance()
        try expect(.time)
        try expect(.zone)
        guard isZoned else { return name }
        return Identifier(name.text == "time" ? "timetz" : "timestamptz", location: name.location)
    }

    /// grammar: typeModifier
    private mutating func typeModifier() throws(SyntaxFailure) -> TypeModifier {
        if token.kind == .integer, let value = Int64(text(of: token)) {
            advance()
            return .number(value)
        }
        if isAtString { return .string(try string("a string")) }
        guard isAtName else { throw unexpected("a number, such as a dimension") }
        return .name(takeName())
    }
}
