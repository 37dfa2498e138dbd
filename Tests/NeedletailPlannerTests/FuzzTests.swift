import Foundation
import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// Statements that nobody would write: they bind, or they fail with an error that has a code.
@Suite struct FuzzTests {
    private static var repository: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
    }

    /// The SQL of every entry in the grammar's corpus: what stands between the name and the rule.
    private static func corpus() -> [String] {
        let folder = repository.appendingPathComponent("grammar/corpus")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name -> [String] in
            let file = folder.appendingPathComponent(name)
            let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
            return statements(in: text)
        }
    }

    private static func statements(in text: String) -> [String] {
        var found: [String] = []
        var current: [Substring]?
        var rules = 0
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("====") {
                rules += 1
                if rules % 2 == 0 { current = [] }
            } else if line.hasPrefix("----"), let lines = current {
                found.append(lines.joined(separator: "\n"))
                current = nil
            } else {
                current?.append(line)
            }
        }
        return found
    }

    /// Binds, plans and describes; an error is as good as a plan.
    private func run(_ sql: String, _ catalog: FakeCatalog) {
        _ = BindingText.lines(for: sql, catalog: catalog)
        guard let script = try? SQLParser.parse(script: sql), script.count > 1 else { return }
        for statement in script { _ = BindingText.lines(for: statement.sql, catalog: catalog) }
    }

    @Test func `the corpus of the grammar binds or fails with an error`() throws {
        let catalog = try FakeCatalog.sample()
        let corpus = Self.corpus()
        #expect(corpus.count >= 150)
        for sql in corpus { run(sql, catalog) }
    }

    @Test func `shuffled words of real statements never trap`() throws {
        let catalog = try FakeCatalog.sample()
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["NEEDLETAIL_FUZZ_SECONDS"].flatMap(Double.init) ?? 5
        let seed =
            environment["NEEDLETAIL_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 1 ... .max)
        print("planner fuzz: seed \(seed)")
        var generator = SplitMix64(seed: seed)
        let statements = GoldenFile.all().flatMap { $0.cases.map(\.statement) } + Self.corpus()
        let words = statements.map { $0.split(separator: " ").map(String.init) }
        let all = words.flatMap { $0 }
        let end = Date().addingTimeInterval(seconds)
        var count = 0
        while Date() < end {
            var sentence = words.randomElement(using: &generator) ?? []
            for _ in 0..<Int.random(in: 1...3, using: &generator) where !sentence.isEmpty {
                let place = Int.random(in: sentence.indices, using: &generator)
                let word = all.randomElement(using: &generator) ?? ""
                switch Int.random(in: 0..<4, using: &generator) {
                case 0: sentence[place] = word
                case 1: sentence.insert(word, at: place)
                case 2: sentence.remove(at: place)
                default:
                    sentence.swapAt(place, Int.random(in: sentence.indices, using: &generator))
                }
            }
            run(sentence.joined(separator: " "), catalog)
            count += 1
        }
        #expect(count > 0)
    }
}
