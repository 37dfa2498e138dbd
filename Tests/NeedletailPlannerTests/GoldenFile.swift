import Foundation

/// Statements and what comes of them, as text.
///
/// A case is a statement on lines that begin with `> `, the expected lines below it, and an empty
/// line. Lines that begin with `#` are remarks and stay where they are.
struct GoldenFile {
    struct Case: Sendable {
        var file: String
        var line: Int
        var statement: String
        var expected: [String]
    }

    let url: URL
    let cases: [Case]
    private let remarks: [Int: [String]]

    static var folder: URL {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Golden")
    }

    /// Every golden file, by name.
    static func all() -> [GoldenFile] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().map {
            GoldenFile(url: folder.appendingPathComponent($0))
        }
    }

    init(url: URL) {
        self.url = url
        let text = (try? String(contentsOf: url, encoding: .utf8)) ?? ""
        var cases: [Case] = []
        var remarks: [Int: [String]] = [:]
        var isInStatement = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("> ") {
                let piece = String(line.dropFirst(2))
                if isInStatement, let last = cases.indices.last {
                    cases[last].statement += "\n" + piece
                } else {
                    cases.append(
                        Case(
                            file: url.lastPathComponent, line: number + 1, statement: piece,
                            expected: []))
                }
                isInStatement = true
                continue
            }
            isInStatement = false
            if line.hasPrefix("#") {
                remarks[cases.count, default: []].append(String(line))
            } else if !line.isEmpty, let last = cases.indices.last {
                cases[last].expected.append(String(line))
            }
        }
        self.cases = cases
        self.remarks = remarks
    }

    /// Writes the file again with what the statements give now.
    func record(_ actual: (Case) -> [String]) throws {
        var lines: [String] = []
        for (position, entry) in cases.enumerated() {
            if let remark = remarks[position] { lines += remark + [""] }
            lines += entry.statement.split(separator: "\n").map { "> \($0)" }
            lines += actual(entry)
            lines.append("")
        }
        try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
    }
}
