import NeedletailWire

/// Ends statements at semicolons outside single quotes: enough SQL for tests.
package struct SemicolonBoundary: StatementBoundary {
    private var open = ""
    private var isQuoted = false

    package init() {}

    package var isOpen: Bool { !open.allSatisfy(\.isWhitespace) }
    package var openBytes: Int { open.utf8.count }

    package mutating func feed(_ line: String) -> [String] {
        var complete: [String] = []
        for character in line {
            if character == "'" { isQuoted.toggle() }
            guard character == ";", !isQuoted else {
                open.append(character)
                continue
            }
            if let sql = finish() { complete.append(sql) }
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
