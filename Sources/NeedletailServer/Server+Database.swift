package import Needletail
import NeedletailCore
import NeedletailSyntax
package import NeedletailWire

extension Server {
    /// Serves `database`: one session for each connection.
    package convenience init(_ configuration: ServerConfiguration, database: Database) {
        self.init(
            configuration, makeBoundary: { SQLBoundary() },
            openSession: { database.session() })
    }
}

/// Where statements end, as the language's own lexer sees it.
struct SQLBoundary: StatementBoundary {
    private var splitter = StatementSplitter()
    /// Bytes fed since a statement last ended; more than the open statement has, never less.
    private(set) var openBytes = 0

    mutating func feed(_ line: String) -> [String] {
        openBytes += line.utf8.count
        do throws(DatabaseError) {
            let pieces = try splitter.feed(line)
            if !pieces.isEmpty || !isOpen { openBytes = isOpen ? line.utf8.count : 0 }
            return pieces.map(\.text)
        } catch {
            // Too long: the session refuses it by the count.
            return []
        }
    }

    var isOpen: Bool { splitter.state != .empty }

    mutating func finish() -> String? {
        openBytes = 0
        return splitter.finish()?.text
    }
}
