import Foundation
import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("Damaged statements")
struct FuzzTests {
    @Test("never trap in the lexer, the splitter, the parser or the printer")
    func mutations() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["NEEDLETAIL_FUZZ_SECONDS"].flatMap { Double($0) } ?? 5
        let seed = UInt64.random(in: 0..<1_000_000_000)
        let corpus = Corpus.entries.map { Array($0.sql.utf8) }
        try #require(!corpus.isEmpty)
        print("fuzzing the corpus for \(seconds) s with seed \(seed)")
        var random = SplitMix64(seed: seed)
        let end = Date().addingTimeInterval(seconds)
        var rounds = 0
        while Date() < end {
            for _ in 0..<100 {
                let bytes = Self.mutated(corpus, &random)
                try Self.exercise(bytes, seed: seed)
                rounds += 1
            }
        }
        print("\(rounds) damaged statements")
    }

    /// A statement of the corpus with a few bytes changed, or two of them spliced.
    static func mutated(_ corpus: [[UInt8]], _ random: inout SplitMix64) -> [UInt8] {
        var bytes = corpus[Int.random(in: 0..<corpus.count, using: &random)]
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let offset = Int.random(in: 0...bytes.count, using: &random)
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where offset < bytes.count:
                bytes[offset] = UInt8.random(in: 0...255, using: &random)
            case 1 where offset < bytes.count: bytes.remove(at: offset)
            case 2: bytes.insert(UInt8.random(in: 0x20...0x7E, using: &random), at: offset)
            case 3: bytes = Array(bytes.prefix(offset))
            case 4:
                let other = corpus[Int.random(in: 0..<corpus.count, using: &random)]
                let start = Int.random(in: 0...other.count, using: &random)
                bytes.insert(contentsOf: other[start...], at: offset)
            default:
                let end = min(bytes.count, offset + Int.random(in: 1...30, using: &random))
                let copy = Array(bytes[offset..<end])
                bytes.insert(contentsOf: copy, at: offset)
            }
        }
        return bytes
    }

    static func exercise(_ bytes: [UInt8], seed: UInt64) throws {
        var lexer = Lexer(bytes, keepsComments: true)
        var last = 0
        while true {
            let token = lexer.next()
            if token.kind == .end { break }
            try #require(token.lower >= last && token.upper > token.lower, "seed \(seed)")
            last = token.upper
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            #expect(throws: DatabaseError.self) { try SourceText(bytes: bytes) }
            return
        }
        _ = Highlighter.spans(text)
        var splitter = StatementSplitter()
        _ = try splitter.feed(text)
        _ = splitter.finish()
        do throws(DatabaseError) {
            for statement in try SQLParser.parse(script: text) {
                let again = try SQLParser.parse(statement: statement.sql)
                if again != statement {
                    Issue.record("seed \(seed): \(text)\nprints as\n\(statement.sql)")
                }
            }
        } catch {
            let diagnostic = Diagnostic(error, in: text)
            if diagnostic.lines.count < 2 {
                Issue.record("seed \(seed): no position for \(error) in\n\(text)")
            }
        }
    }
}
