import Foundation
import Needletail
import NeedletailText
import Testing

/// Every file in `Golden` is a session with a fresh database. `UPDATE_GOLDEN=1` rewrites the
/// answers, to be read before they are committed.
@Suite struct GoldenTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Golden")

    static var names: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return files.filter { $0.hasSuffix(".ntt") }.sorted()
    }

    @Test("answers are as they were read and agreed to", arguments: names)
    func golden(name: String) throws {
        let url = Self.folder.appendingPathComponent(name)
        let file = try GoldenFile(String(contentsOf: url, encoding: .utf8))
        try TemporaryFolder.with { folder in
            let database = try Database.open(folder + "/db")
            let session = database.session()
            var answers: [[String]] = []
            for record in file.records {
                let sql = record.sql.replacingOccurrences(of: "{tmp}", with: folder)
                let (lines, failed) = Self.answer(session, sql, kind: record.kind)
                let answer = lines.flatMap { $0.split(separator: "\n").map(String.init) }
                    .map { $0.replacingOccurrences(of: folder, with: "{tmp}") }
                answers.append(answer)
                let comment: Comment =
                    "\(name):\(record.line): \(record.sql)\n\(answer.joined(separator: "\n"))"
                #expect(failed == (record.kind == .error), comment)
                let isOpen = record.kind == .statement && record.expected.isEmpty
                if !Self.isUpdating, !isOpen { #expect(answer == record.expected, comment) }
            }
            session.close()
            #expect(try database.query("CHECK").isEmpty, "\(name): CHECK finds faults")
            database.close()
            if Self.isUpdating {
                let kept = zip(file.records, answers).map { record, answer in
                    record.kind == .statement && record.expected.isEmpty ? [] : answer
                }
                try file.text(with: kept).write(to: url, atomically: true, encoding: .utf8)
            }
        }
    }

    static let isUpdating = ProcessInfo.processInfo.environment["UPDATE_GOLDEN"] == "1"

    /// What a statement answers, and whether it failed.
    private static func answer(
        _ session: any StatementSession, _ sql: String, kind: GoldenFile.Kind
    ) -> (lines: [String], failed: Bool) {
        do throws(DatabaseError) {
            let statement = try session.start(sql, parameters: .none, input: nil)
            var lines: [String] = []
            while let row = try statement.next() {
                lines.append(
                    zip(row, statement.columns).map { value, column in
                        value.isNull ? "∅" : ValueText.text(of: value, as: column.type)
                    }.joined(separator: " | ").trimmingCharacters(in: .newlines))
            }
            let summary = statement.summary
            let notices = summary.notices.map { "NOTICE \($0.message)" }
            if kind == .query {
                return (lines.isEmpty ? ["(no rows)"] + notices : lines + notices, false)
            }
            return (lines + [summary.tag] + notices, false)
        } catch {
            let place = error.position.map { " at \($0.lower)" } ?? ""
            let hint = error.hint.map { ["HINT \($0)"] } ?? []
            return (["\(error.code.rawValue)\(place) \(error.message)"] + hint, true)
        }
    }
}
