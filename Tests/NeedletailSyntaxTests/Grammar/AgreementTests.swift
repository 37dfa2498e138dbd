import Foundation
import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("The grammar and the parser agree")
struct AgreementTests {
    @Test("about every statement of the corpus")
    func corpus() throws {
        let recognizer = Recognizer(try EBNF.load())
        for entry in Corpus.entries {
            // Other errors are about values, sizes and features, which the grammar does not know.
            if entry.isError && !entry.expected.hasPrefix("ERROR 42601") { continue }
            #expect(
                recognizer.accepts(entry.sql) == !entry.isError,
                "\(entry.testDescription): \(entry.sql)")
        }
    }

    @Test("about random sentences of the grammar, which print and parse to the same tree")
    func sentences() throws {
        let grammar = try EBNF.load()
        let base = UInt64.random(in: 0..<1_000_000_000)
        var failures = 0
        for offset in 0..<UInt64(RoundTripTests.isSoak ? 200_000 : 4_000) {
            let seed = base + offset
            var random = RandomSentence(grammar, seed: seed)
            let text = random.sentence()
            do throws(DatabaseError) {
                let statement = try SQLParser.parse(statement: text)
                if try SQLParser.parse(statement: statement.sql) == statement { continue }
                Issue.record("seed \(seed): \(text)\nprints as\n\(statement.sql)")
            } catch {
                if error.code == .statementTooComplex { continue }
                let lines = Diagnostic(error, in: text).lines.joined(separator: "\n")
                Issue.record("seed \(seed): \(text)\n\(lines)")
            }
            failures += 1
            if failures == 5 { return }
        }
    }

    @Test("about damaged sentences")
    func damaged() throws {
        let grammar = try EBNF.load()
        let recognizer = Recognizer(grammar)
        let seed = UInt64.random(in: 0..<1_000_000_000)
        var random = SplitMix64(seed: seed)
        var failures = 0
        for offset in 0..<UInt64(RoundTripTests.isSoak ? 20_000 : 500) {
            var sentence = RandomSentence(grammar, seed: seed &+ offset)
            var words = sentence.sentence().split(separator: " ")
            guard words.count > 1, words.count < 60 else { continue }
            let first = Int.random(in: 0..<words.count, using: &random)
            let second = Int.random(in: 0..<words.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: words.remove(at: first)
            case 1: words.insert(words[second], at: first)
            default: words.swapAt(first, second)
            }
            let text = words.joined(separator: " ")
            let isParsed: Bool
            do throws(DatabaseError) {
                _ = try SQLParser.parse(statement: text)
                isParsed = true
            } catch {
                guard error.code == .syntaxError else { continue }
                isParsed = false
            }
            guard isParsed != recognizer.accepts(text, as: "statement") else { continue }
            Issue.record("seed \(seed) + \(offset): parsed is \(isParsed) for\n\(text)")
            failures += 1
            if failures == 5 { return }
        }
    }
}
