import NeedletailCore
import NeedletailSyntax

/// Makes random sentences of the grammar, as text with blanks between the tokens.
struct RandomSentence {
    private let grammar: EBNF
    private var random: SplitMix64
    private var words: [String] = []

    init(_ grammar: EBNF, seed: UInt64) {
        self.grammar = grammar
        random = SplitMix64(seed: seed)
    }

    mutating func sentence(_ start: String = "statement") -> String {
        words = []
        expand(.reference(start), 60)
        return words.joined(separator: " ")
    }

    private mutating func chance(_ outOf: Int) -> Bool {
        Int.random(in: 0..<outOf, using: &random) == 0
    }

    private mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: 0..<elements.count, using: &random)]
    }

    /// Writes what `body` stands for; the deeper it gets, the less it writes.
    private mutating func expand(_ body: EBNF.Body, _ budget: Int) {
        let isTired = budget < 0 || words.count > 150
        switch body {
        case .sequence(let parts): for part in parts { expand(part, budget - 1) }
        case .choice(let choices):
            let open = isTired ? choices.filter { !mentionsMore($0) } : choices
            expand(pick(open.isEmpty ? choices : open), budget - 1)
        case .optional(let inner): if !isTired, chance(3) { expand(inner, budget - 1) }
        case .many(let inner):
            while !isTired, words.count < 150, chance(4) { expand(inner, budget - 1) }
        case .some(let inner):
            repeat { expand(inner, budget - 1) } while !isTired && words.count < 150 && chance(4)
        case .terminal(let text): words.append(text)
        case .reference(let name): expand(name, budget, isTired: isTired)
        }
    }

    /// Whether it leads back to whole expressions or queries.
    private func mentionsMore(_ body: EBNF.Body) -> Bool {
        body.references.contains {
            [
                "expr", "exprs", "query", "case", "row", "call", "array", "comparison", "unary",
                "quantified", "like", "between", "in", "arguments",
            ].contains($0)
        }
    }

    private mutating func expand(_ name: String, _ budget: Int, isTired: Bool) {
        switch name {
        case "name": words.append(pick(["a", "bc", "docs", "\"Quoted\"", "größe"]))
        case "keyword": words.append(pick(Keyword.allCases).text)
        case "nonReserved": words.append(pick(["date", "interval"]))
        case "word": words.append(pick(["a", "bc", "docs"]))
        case "quotedName": words.append("\"Quo\"\"ted\"")
        case "string": words.append(pick(["'a'", "''", "''''"]))
        case "escapeString": words.append("E'\\n'")
        case "bitString": words.append("B'01'")
        case "hexString": words.append("X'0A'")
        case "base64String": words.append("b64'AACAPw=='")
        case "integer": words.append(pick(["1", "20"]))
        case "decimal": words.append(pick(["1.5", ".5", "1e5"]))
        case "positionalParameter", "namedParameter": words.append(pick([":q", "$r"]))
        case "expr" where isTired, "operators" where isTired: words.append("1")
        case "query" where isTired: words += ["SELECT", "1"]
        default:
            if let body = grammar.productions[name] { expand(body, budget - 1) }
        }
    }
}
