import Foundation
import NeedletailCore
import NeedletailSyntax
import Testing

/// One statement of the corpus with what must come of it.
struct CorpusEntry: Sendable, CustomTestStringConvertible {
    let file: String
    let name: String
    let sql: String
    var expected: String

    var testDescription: String { "\(file): \(name)" }

    /// The tree, or the error as a person reads it.
    var actual: String {
        do throws(DatabaseError) {
            let statements = try SQLParser.parse(script: sql)
            return statements.map { SExpression($0).rendered() }.joined(separator: "\n")
        } catch {
            return Diagnostic(error, in: sql).lines.joined(separator: "\n")
        }
    }

    /// Whether the statement is to be refused.
    var isError: Bool { expected.hasPrefix("ERROR") }
}

/// The files of `grammar/corpus`.
enum Corpus {
    static let entries: [CorpusEntry] = {
        let folder = GrammarFolder.url.appending(path: "corpus")
        let files = (try? GrammarFolder.files(in: folder, endingIn: ".txt")) ?? []
        return files.flatMap { (try? entries(in: $0)) ?? [] }
    }()

    private static let rule = String(repeating: "=", count: 20)
    private static let divider = String(repeating: "-", count: 20)

    static func entries(in file: URL) throws -> [CorpusEntry] {
        let lines = try GrammarFolder.text(file).split(
            separator: "\n", omittingEmptySubsequences: false)
        var entries: [CorpusEntry] = []
        var position = 0
        while let start = lines[position...].firstIndex(of: rule[...]), start + 2 < lines.count {
            let end = lines[(start + 3)...].firstIndex(of: rule[...]) ?? lines.count
            let body = lines[(start + 3)..<end]
            let middle = body.firstIndex(of: divider[...]) ?? end
            entries.append(
                CorpusEntry(
                    file: file.lastPathComponent, name: String(lines[start + 1]),
                    sql: joined(lines[(start + 3)..<middle]),
                    expected: joined(lines[min(middle + 1, end)..<end])))
            position = end
        }
        return entries
    }

    private static func joined(_ lines: ArraySlice<Substring>) -> String {
        lines.joined(separator: "\n").trimmingCharacters(in: .newlines)
    }

    /// Writes what the parser says today into the files, for a person to read.
    static func record() throws {
        let folder = GrammarFolder.url.appending(path: "corpus")
        for file in try GrammarFolder.files(in: folder, endingIn: ".txt") {
            let text = try entries(in: file).map { entry in
                "\(rule)\n\(entry.name)\n\(rule)\n\(entry.sql)\n\(divider)\n\(entry.actual)\n"
            }.joined(separator: "\n")
            try text.write(to: file, atomically: true, encoding: .utf8)
        }
    }
}
