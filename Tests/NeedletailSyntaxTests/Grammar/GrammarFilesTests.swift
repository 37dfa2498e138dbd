import Foundation
import NeedletailSyntax
import Testing

@Suite("The grammar folder and the parser")
struct GrammarFilesTests {
    @Test("keywords.txt lists the parser's keywords with their class, in alphabetical order")
    func keywords() throws {
        let text = try GrammarFolder.text(GrammarFolder.url.appending(path: "keywords.txt"))
        let listed = text.split(separator: "\n").map { line in
            line.split(separator: " ").map(String.init)
        }
        let expected = Keyword.allCases.sorted { $0.rawValue < $1.rawValue }.map {
            [$0.text, $0.isReserved ? "reserved" : "non-reserved"]
        }
        #expect(listed == expected)
    }

    @Test("every production is named in the parser, and the parser names no other")
    func productions() throws {
        let grammar = try EBNF.load()
        var named: Set<String> = []
        for file in try GrammarFolder.files(in: GrammarFolder.sources, endingIn: ".swift") {
            for line in try GrammarFolder.text(file).split(separator: "\n") {
                guard let found = line.range(of: "grammar: ") else { continue }
                let names = line[found.upperBound...].split(separator: ",")
                named.formUnion(names.map { $0.trimmingCharacters(in: .whitespaces) })
            }
        }
        #expect(named == Set(grammar.productions.keys).union(grammar.lexical).union(EBNF.classes))
    }

    @Test("every production that is used is defined, and every one is reachable from the script")
    func reachable() throws {
        let grammar = try EBNF.load()
        var seen: Set<String> = []
        var open = ["script"]
        while let name = open.popLast() {
            guard seen.insert(name).inserted, !grammar.lexical.contains(name),
                !EBNF.classes.contains(name)
            else { continue }
            let body = try #require(grammar.productions[name], "\(name) is not defined")
            open += body.references
        }
        #expect(Set(grammar.productions.keys).subtracting(seen).isEmpty)
    }

    @Test("every keyword and every symbol of the lexer stands in some production")
    func terminals() throws {
        let grammar = try EBNF.load()
        let used = Set(grammar.productions.values.flatMap(\.terminals))
        let keywords = Set(Keyword.allCases.map(\.text))
        // Words that only announce something unsupported stand in no production.
        let announcing: Set = [
            "COLLATE", "FOR", "FOREIGN", "NATURAL", "OVER", "REFERENCES", "WINDOW",
        ]
        #expect(keywords.subtracting(used).isSubset(of: announcing))
        #expect(Set(Symbol.allCases.map(\.rawValue)).subtracting(used).isEmpty)
        #expect(used.subtracting(keywords).isSubset(of: Set(Symbol.allCases.map(\.rawValue))))
    }
}
