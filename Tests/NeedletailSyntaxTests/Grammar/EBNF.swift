import Foundation
import NeedletailSyntax
import Testing

/// The grammar as its files give it.
struct EBNF {
    indirect enum Body {
        case sequence([Body])
        case choice([Body])
        case optional(Body)
        case many(Body)
        /// One or more.
        case some(Body)
        case reference(String)
        /// A keyword in capitals, or a symbol.
        case terminal(String)
    }

    /// Productions over tokens.
    var productions: [String: Body] = [:]
    /// Names of the productions over characters; those of tokens are terminals here.
    var lexical: Set<String> = []

    /// Productions that stand for many words of `keywords.txt`.
    static let classes: Set<String> = ["nonReserved", "keyword"]

    static func load() throws -> EBNF {
        var grammar = EBNF()
        let folder = GrammarFolder.url.appending(path: "statements")
        for file in try GrammarFolder.files(in: folder, endingIn: ".ebnf") {
            let text = try GrammarFolder.text(file)
            if file.lastPathComponent == "lexical.ebnf" {
                for match in text.matches(of: /(?m)^(\w+)\s+::=/) {
                    grammar.lexical.insert(String(match.1))
                }
                continue
            }
            var reader = EBNFReader(text)
            for (name, body) in try reader.productions() {
                #expect(grammar.productions[name] == nil, "\(name) is defined twice")
                grammar.productions[name] = body
            }
        }
        for name in classes { grammar.productions[name] = nil }
        return grammar
    }
}

extension EBNF.Body {
    private var children: [EBNF.Body] {
        switch self {
        case .sequence(let bodies), .choice(let bodies): bodies
        case .optional(let body), .many(let body), .some(let body): [body]
        case .reference, .terminal: []
        }
    }

    var references: [String] {
        if case .reference(let name) = self { [name] } else { children.flatMap(\.references) }
    }

    var terminals: [String] {
        if case .terminal(let text) = self { [text] } else { children.flatMap(\.terminals) }
    }
}

/// Reads productions in W3C's notation.
struct EBNFReader {
    struct Malformed: Error { let near: String }

    private var tokens: [Substring] = []
    private var position = 0

    init(_ text: String) {
        let plain = text.replacing(/\/\*(?s:.*?)\*\//, with: " ")
        tokens = plain.matches(of: /'[^']*'|::=|\w+|[()|?*+]/).map(\.0)
    }

    mutating func productions() throws -> [(String, EBNF.Body)] {
        var found: [(String, EBNF.Body)] = []
        while position < tokens.count {
            let name = String(tokens[position])
            guard position + 1 < tokens.count, tokens[position + 1] == "::=" else {
                throw Malformed(near: name)
            }
            position += 2
            found.append((name, try choice()))
        }
        return found
    }

    private mutating func choice() throws -> EBNF.Body {
        var alternatives = [try sequence()]
        while position < tokens.count, tokens[position] == "|" {
            position += 1
            alternatives.append(try sequence())
        }
        return alternatives.count == 1 ? alternatives[0] : .choice(alternatives)
    }

    private mutating func sequence() throws -> EBNF.Body {
        var parts: [EBNF.Body] = []
        while position < tokens.count, tokens[position] != "|", tokens[position] != ")" {
            if position + 1 < tokens.count, tokens[position + 1] == "::=" { break }
            parts.append(try repeated())
        }
        return parts.count == 1 ? parts[0] : .sequence(parts)
    }

    private mutating func repeated() throws -> EBNF.Body {
        let token = tokens[position]
        position += 1
        var body: EBNF.Body
        if token == "(" {
            body = try choice()
            guard position < tokens.count, tokens[position] == ")" else {
                throw Malformed(near: "an open parenthesis")
            }
            position += 1
        } else if token.hasPrefix("'") {
            body = .terminal(String(token.dropFirst().dropLast()))
        } else {
            body = .reference(String(token))
        }
        while position < tokens.count {
            switch tokens[position] {
            case "?": body = .optional(body)
            case "*": body = .many(body)
            case "+": body = .some(body)
            default: return body
            }
            position += 1
        }
        return body
    }
}
