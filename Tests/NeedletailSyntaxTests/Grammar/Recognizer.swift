import NeedletailSyntax

/// Decides whether tokens are a sentence of the grammar, by the method of Earley, "An efficient
/// context-free parsing algorithm", 1970. It shares nothing with the parser but the lexer.
final class Recognizer {
    private enum Symbol: Hashable {
        case rule(Int)
        case terminal(String)
    }

    private struct Item: Hashable {
        let alternative: Int
        let dot: Int
        let origin: Int
    }

    /// The alternatives of each rule, by their numbers in ``bodies``.
    private var alternatives: [[Int]] = []
    private var bodies: [(rule: Int, symbols: [Symbol])] = []
    private var rules: [String: Int] = [:]
    private var canBeEmpty: Set<Int> = []
    private let grammar: EBNF

    init(_ grammar: EBNF) {
        self.grammar = grammar
        for name in grammar.productions.keys { rules[name] = newRule() }
        for (name, body) in grammar.productions {
            if let rule = rules[name] { define(rule, body) }
        }
        findEmptyRules()
    }

    private func newRule() -> Int {
        alternatives.append([])
        return alternatives.count - 1
    }

    private func add(_ rule: Int, _ symbols: [Symbol]) {
        alternatives[rule].append(bodies.count)
        bodies.append((rule, symbols))
    }

    private func define(_ rule: Int, _ body: EBNF.Body) {
        if case .choice(let choices) = body {
            for choice in choices { add(rule, symbols(of: choice)) }
        } else {
            add(rule, symbols(of: body))
        }
    }

    private func symbols(of body: EBNF.Body) -> [Symbol] {
        switch body {
        case .sequence(let parts): return parts.flatMap { symbols(of: $0) }
        case .terminal(let text): return [.terminal("'\(text)'")]
        case .reference(let name): return [rules[name].map { .rule($0) } ?? .terminal(name)]
        case .choice:
            let rule = newRule()
            define(rule, body)
            return [.rule(rule)]
        case .optional(let inner):
            let rule = newRule()
            add(rule, [])
            add(rule, symbols(of: inner))
            return [.rule(rule)]
        case .many(let inner):
            let rule = newRule()
            add(rule, [])
            add(rule, [.rule(rule)] + symbols(of: inner))
            return [.rule(rule)]
        case .some(let inner):
            let once = symbols(of: inner)
            let rule = newRule()
            add(rule, once)
            add(rule, [.rule(rule)] + once)
            return [.rule(rule)]
        }
    }

    private func findEmptyRules() {
        var isGrowing = true
        while isGrowing {
            isGrowing = false
            for (rule, symbols) in bodies where !canBeEmpty.contains(rule) {
                let isEmpty = symbols.allSatisfy { symbol in
                    if case .rule(let inner) = symbol { canBeEmpty.contains(inner) } else { false }
                }
                if isEmpty {
                    canBeEmpty.insert(rule)
                    isGrowing = true
                }
            }
        }
    }

    /// The terminals that `token` is.
    private static func terminals(_ token: Token) -> Set<String> {
        switch token.kind {
        case .word: ["word"]
        case .keyword(let keyword):
            keyword.isReserved
                ? ["'\(keyword.text)'", "keyword"]
                : ["'\(keyword.text)'", "keyword", "nonReserved"]
        case .symbol(let symbol): ["'\(symbol.rawValue)'"]
        case .quotedName: ["quotedName"]
        case .string: ["string"]
        case .escapeString: ["escapeString"]
        case .bitString: ["bitString"]
        case .hexString: ["hexString"]
        case .base64String: ["base64String"]
        case .integer: ["integer"]
        case .decimal: ["decimal"]
        case .positionalParameter: ["positionalParameter"]
        case .namedParameter: ["namedParameter"]
        case .comment, .problem, .end: []
        }
    }

    func accepts(_ text: String, as start: String = "script") -> Bool {
        guard let startRule = rules[start] else { return false }
        var lexer = Lexer(Array(text.utf8))
        var current: [Item] = alternatives[startRule].map {
            Item(alternative: $0, dot: 0, origin: 0)
        }
        /// Items of every finished position, by the rule behind their dots.
        var waiting: [[Int: [Item]]] = []
        var position = 0
        while true {
            let token = lexer.next()
            let here = closure(&current, position, &waiting)
            if token.kind == .end {
                return here.contains { item in
                    item.origin == 0 && bodies[item.alternative].rule == startRule
                        && item.dot == bodies[item.alternative].symbols.count
                }
            }
            let terminals = Self.terminals(token)
            current = here.compactMap { item in
                guard case .terminal(let name) = symbol(behind: item), terminals.contains(name)
                else { return nil }
                return Item(
                    alternative: item.alternative, dot: item.dot + 1, origin: item.origin)
            }
            if current.isEmpty { return false }
            position += 1
        }
    }

    private func symbol(behind item: Item) -> Symbol? {
        let symbols = bodies[item.alternative].symbols
        return item.dot < symbols.count ? symbols[item.dot] : nil
    }

    /// Predicts and completes until nothing is new.
    private func closure(
        _ items: inout [Item], _ position: Int, _ waiting: inout [[Int: [Item]]]
    ) -> [Item] {
        var seen = Set(items)
        var predicted: Set<Int> = []
        waiting.append([:])
        var next = 0
        func add(_ item: Item, to items: inout [Item]) {
            if seen.insert(item).inserted { items.append(item) }
        }
        while next < items.count {
            let item = items[next]
            next += 1
            switch symbol(behind: item) {
            case .rule(let rule)?:
                waiting[position][rule, default: []].append(item)
                if predicted.insert(rule).inserted {
                    for alternative in alternatives[rule] {
                        add(
                            Item(alternative: alternative, dot: 0, origin: position), to: &items)
                    }
                }
                if canBeEmpty.contains(rule) {
                    add(
                        Item(
                            alternative: item.alternative, dot: item.dot + 1, origin: item.origin),
                        to: &items)
                }
            case .terminal?: break
            case nil:
                let rule = bodies[item.alternative].rule
                for parent in waiting[item.origin][rule] ?? [] {
                    add(
                        Item(
                            alternative: parent.alternative, dot: parent.dot + 1,
                            origin: parent.origin), to: &items)
                }
            }
        }
        return items
    }
}
