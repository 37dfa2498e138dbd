import Foundation
import Needletail
import NeedletailText
import Testing

/// Every file in `Golden` is a session with a fresh database. `UPDATE_GOLDEN=1` rewrites the answers,
/// to be read before they are committed.
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
                let answer = Self.answer(session, sql, kind: record.kind).map {
                    $0.replacingOccurrences(of: folder, with: "{tmp}")
                }
                answers.append(answer)
                guard !Self.isUpdating else { continue }
                if record.kind == .statement, record.expected.isEmpty {
                    #expect(
                        answer.first?.hasPrefix("ERROR") != true,
                        "\(name):\(record.line): \(record.sql)\n\(answer.joined(separator: "\n"))")
                } else {
                    #expect(
                        answer == record.expected,
                        "\(name):\(record.line): \(record.sql)\n\(answer.joined(separator: "\n"))")
                }
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

    private static func answer(
        _ session: any StatementSession, _ sql: String, kind: GoldenFile.Kind
    ) -> [String] {
        do {
            let statement = try session.start(sql, parameters: .none, input: nil)
            var lines: [String] = []
            while let row = try statement.next() {
                lines.append(
                    zip(row, statement.columns).map { value, column in
                        value.isNull ? "∅" : ValueText.text(of: value, as: column.type)
                    }.joined(separator: " | "))
            }
            let summary = statement.summary
            let notices = summary.notices.map { "NOTICE \($0.message)" }
            if kind == .query { return lines.isEmpty ? ["(no rows)"] + notices : lines + notices }
            return lines + [summary.tag] + notices
        } catch let error as DatabaseError {
            let place = error.position.map { " at \($0.lower)" } ?? ""
            let hint = error.hint.map { ["HINT \($0)"] } ?? []
            return ["\(error.code.rawValue)\(place) \(error.message)"] + hint
        } catch {
            return ["an error of another type: \(error)"]
        }
    }
}
