extension Printer {
    /// Writes `expression`, in parentheses if it binds more loosely than `minimum`.
    mutating func print(_ expression: Expression, _ minimum: Precedence = .or) {
        guard expression.precedence < minimum else { return printBare(expression) }
        parenthesized { $0.printBare(expression) }
    }

    mutating func printList(_ expressions: [Expression]) {
        list(expressions) { $0.print($1) }
    }

    private mutating func printBare(_ expression: Expression) {
        switch expression.kind {
        case .literal(let literal): write(Self.text(of: literal))
        case .typedLiteral(let type, let text):
            print(type)
            write(" " + Literal.sqlString(text))
        case .parameter(let parameter): print(parameter)
        case .column(let path): printPath(path)
        case .member, .element, .slice: printPostfix(expression.kind)
        case .unary(let sign, let operand): printUnary(sign, operand)
        case .binary(let binary, let left, let right): printBinary(binary, left, right)
        case .and(let operands): list(operands, separator: " AND ") { $0.print($1, .not) }
        case .or(let operands): list(operands, separator: " OR ") { $0.print($1, .and) }
        case .not(let operand):
            write("NOT ")
            print(operand, .not)
        case .quantified, .test, .distinctFrom, .like, .between, .inList, .inSubquery:
            printPredicate(expression.kind)
        case .exists(let query):
            write("EXISTS ")
            parenthesized { $0.print(query) }
        case .subquery(let query): parenthesized { $0.print(query) }
        case .array(let elements, let spelling):
            write(spelling == .keyword ? "ARRAY[" : "[")
            printList(elements)
            write("]")
        case .row(let elements): parenthesized { $0.printList(elements) }
        case .call(let call): print(call)
        case .conditional(let conditional): print(conditional)
        case .cast(let operand, let type):
            print(operand, .postfix)
            write("::")
            print(type)
        case .defaultValue: write("DEFAULT")
        }
    }

    private mutating func printPath(_ path: [Identifier]) {
        for (position, name) in path.enumerated() {
            if position == 0 {
                print(name)
            } else {
                write(".")
                printStep(name)
            }
        }
    }

    private mutating func printPostfix(_ kind: Expression.Kind) {
        switch kind {
        case .member(let base, let name):
            // A plain name and a step behind it would read as one path.
            switch base.kind {
            case .element, .slice, .member, .call: print(base, .primary)
            default: parenthesized { $0.print(base) }
            }
            write(".")
            printStep(name)
        case .element(let base, let index):
            print(base, .primary)
            write("[")
            print(index)
            write("]")
        case .slice(let base, let lower, let upper):
            print(base, .primary)
            write("[")
            print(lower)
            write(" : ")
            print(upper)
            write("]")
        default: break
        }
    }

    private mutating func printUnary(_ sign: UnaryOperator, _ operand: Expression) {
        write(sign.rawValue)
        // `-5` would read as one number, and two signs in a row as a comment.
        if operand.startsWithSign {
            write(" ")
            print(operand, .unary)
        } else if sign == .minus, operand.isNumber {
            parenthesized { $0.print(operand) }
        } else {
            print(operand, .unary)
        }
    }

    private mutating func printBinary(
        _ binary: BinaryOperator, _ left: Expression, _ right: Expression
    ) {
        let isComparison = binary.isComparison
        print(left, isComparison ? .predicate : binary.precedence)
        write(" \(binary.rawValue) ")
        print(right, isComparison ? .predicate : binary.precedence.tighter)
    }

    private mutating func printPredicate(_ kind: Expression.Kind) {
        switch kind {
        case .quantified(let binary, let left, let quantifier, let operand):
            print(left, .predicate)
            write(" \(binary.rawValue) \(quantifier.rawValue) ")
            parenthesized { printer in
                switch operand {
                case .array(let array): printer.print(array)
                case .subquery(let query): printer.print(query)
                }
            }
        case .test(let operand, let test, let isNegated):
            print(operand, .isTest)
            write(isNegated ? " IS NOT \(test.rawValue)" : " IS \(test.rawValue)")
        case .distinctFrom(let left, let right, let isNegated):
            print(left, .isTest)
            write(isNegated ? " IS NOT DISTINCT FROM " : " IS DISTINCT FROM ")
            print(right, .comparison)
        case .like(let like):
            print(like.value, .operators)
            write((like.isNegated ? " NOT" : "") + (like.ignoresCase ? " ILIKE " : " LIKE "))
            print(like.pattern, .operators)
            if let escape = like.escape { write(" ESCAPE " + Literal.sqlString(escape)) }
        case .between(let operand, let low, let high, let isNegated):
            print(operand, .operators)
            write(isNegated ? " NOT BETWEEN " : " BETWEEN ")
            print(low, .operators)
            write(" AND ")
            print(high, .operators)
        case .inList(let operand, let elements, let isNegated):
            print(operand, .operators)
            write(isNegated ? " NOT IN " : " IN ")
            parenthesized { $0.printList(elements) }
        case .inSubquery(let operand, let query, let isNegated):
            print(operand, .operators)
            write(isNegated ? " NOT IN " : " IN ")
            parenthesized { $0.print(query) }
        default: break
        }
    }
}
