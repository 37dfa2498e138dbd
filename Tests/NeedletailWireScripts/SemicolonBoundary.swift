package import NeedletailCore
import NeedletailWire

/// Ends statements at semicolons outside single quotes: enough SQL for tests.
package struct SemicolonBoundary: StatementBoundary {
    private var open = ""
    private var isQuoted = false

    private let bytesMax: Int

    /// - Parameter bytesMax: bytes of one statement.
    package init(bytesMax: Int = 1 << 20) { self.bytesMax = bytesMax }

    package var isOpen: Bool { !open.allSatisfy(\.isWhitespace) }

    package mutating func feed(_ line: String) throws(DatabaseError) -> [String] {
        var complete: [String] = []
        for character in line {
            if character == "'" { isQuoted.toggle() }
            guard character == ";", !isQuoted else {
                open.append(character)
                continue
            }
            if let sql = finish() { complete.append(sql) }
        }
        guard open.utf8.count <= bytesMax else {
            _ = finish()
            throw DatabaseError(
                .programLimit, "the statement is longer than \(bytesMax) bytes",
                hint: "Is a semicolon missing?")
        }
        return complete
    }

    package mutating func finish() -> String? {
        defer {
            open = ""
            isQuoted = false
        }
        let trimmed = open.drop { $0.isWhitespace }
        guard let last = trimmed.lastIndex(where: { !$0.isWhitespace }) else { return nil }
        return String(trimmed[...last])
    }
}
