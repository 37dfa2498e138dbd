package import Needletail
package import NeedletailCore
import NeedletailSyntax
import NeedletailWire

extension ServerConfiguration {
    /// Listens at `addresses`, in the forms of ``Endpoint/init(_:)``; its errors.
    package init(addresses: [String]) throws(DatabaseError) {
        var endpoints: [Endpoint] = []
        for address in addresses { endpoints.append(try Endpoint(address)) }
        self.init(listen: endpoints)
    }
}

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
