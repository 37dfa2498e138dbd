import Foundation

/// A golden file: statements, each with what it must answer.
///
///     statement            rows do not matter; the tag does, where one is given below `----`
///     query                rows, one to a line, values between ` | `, NULL as `∅`
///     error                `CODE [line:column] message`
///
/// Records are separated by blank lines; `#` begins a comment. `{tmp}` is a folder of the run's
/// own.
struct GoldenFile {
    enum Kind: String {
        case statement, query, error
    }

    struct Record {
        let kind: Kind
        let sql: String
        let expected: [String]
        /// Comments before it, kept when the file is rewritten.
        let comments: [String]
        let line: Int
    }

    let records: [Record]
    let trailing: [String]

    init(_ text: String) throws {
        var records: [Record] = []
        var comments: [String] = []
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var position = 0
        while position < lines.count {
            let line = lines[position]
            if line.isEmpty || line.hasPrefix("#") {
                comments.append(line)
                position += 1
                continue
            }
            guard let kind = Kind(rawValue: line) else {
                throw GoldenProblem("line \(position + 1): \"\(line)\" is no kind of record")
            }
            let start = position + 1
            position += 1
            var sql: [String] = []
            var expected: [String] = []
            var isExpected = false
            while position < lines.count, !lines[position].isEmpty {
                if lines[position] == "----" {
                    isExpected = true
                } else if isExpected {
                    expected.append(lines[position])
                } else {
                    sql.append(lines[position])
                }
                position += 1
            }
            records.append(
                Record(
                    kind: kind, sql: sql.joined(separator: "\n"), expected: expected,
                    comments: comments, line: start))
            comments = []
        }
        self.records = records
        trailing = comments
    }

    /// The file with `answers` in place of what was expected.
    func text(with answers: [[String]]) -> String {
        var lines: [String] = []
        for (record, answer) in zip(records, answers) {
            lines += record.comments + [record.kind.rawValue, record.sql]
            if !answer.isEmpty { lines += ["----"] + answer }
        }
        return (lines + trailing).joined(separator: "\n")
    }
}

struct GoldenProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
