import NeedletailCore
import NeedletailSyntax
import NeedletailWire

/// Ends statements where the language's own lexer sees their semicolons.
struct SQLStatementBoundary: StatementBoundary {
    private var splitter = StatementSplitter()

    var isOpen: Bool { splitter.state != .empty }

    mutating func feed(_ line: String) throws(DatabaseError) -> [String] {
        try splitter.feed(line).map(\.text)
    }

    mutating func finish() -> String? { splitter.finish()?.text }
}
