import Foundation
import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("The corpus")
struct CorpusTests {
    @Test("there are at least 150 entries, each with a name of its own in its file")
    func size() throws {
        if ProcessInfo.processInfo.environment["NEEDLETAIL_RECORD"] == "1" { try Corpus.record() }
        #expect(Corpus.entries.count >= 150)
        let names = Corpus.entries.map(\.testDescription)
        #expect(Set(names).count == names.count)
    }

    @Test("gives the tree or the error that it says", arguments: Corpus.entries)
    func expected(entry: CorpusEntry) {
        #expect(entry.actual == entry.expected)
    }

    @Test("prints as text that parses to the same tree", arguments: Corpus.entries)
    func roundTrip(entry: CorpusEntry) throws {
        guard !entry.isError else { return }
        for statement in try SQLParser.parse(script: entry.sql) {
            let text = statement.sql
            let again = try SQLParser.parse(statement: text)
            #expect(again == statement, "\(text)")
            #expect(again.parameters == statement.parameters)
            #expect(again.sql == text)
        }
    }

    @Test("holds the positions of every node inside its statement", arguments: Corpus.entries)
    func ranges(entry: CorpusEntry) throws {
        guard !entry.isError else { return }
        for statement in try SQLParser.parse(script: entry.sql) {
            let range = try #require(statement.range)
            #expect(range.lower < range.upper && range.upper <= entry.sql.utf8.count)
            let alone = try #require(
                String(
                    bytes: Array(entry.sql.utf8)[range.lower..<range.upper], encoding: .utf8))
            #expect(try SQLParser.parse(statement: alone) == statement)
        }
    }
}
