import ArgumentParser
import Needletail
import NeedletailClient
import NeedletailCore

/// `needletail mcp PATH|URL`: the tools of a language model, on standard input and output.
struct MCPCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mcp",
        abstract: "Let a language model look into a database (Model Context Protocol).",
        discussion: """
            Speaks JSON-RPC 2.0, one message to a line, on standard input and output; started by \
            the program that runs the model. It offers describe, query and search, which cannot \
            change anything, and upsert where --allow-writes is given.
            """)

    @Argument(
        help: "A database directory, or a server: needletail://HOST:PORT, unix:PATH.",
        completion: .directory)
    var target: String

    @Flag(help: "Offer the tool upsert, which writes rows.")
    var allowWrites = false

    func run() throws {
        let database = try openAccess(target: Target(target), allowsWrites: allowWrites)
        defer { database.close() }
        try MCPServer(database: database, allowsWrites: allowWrites).run()
    }
}

/// Opens a database, which must exist, or connects to a server.
private func openAccess(
    target: Target, allowsWrites: Bool
) throws(DatabaseError) -> any DatabaseAccess {
    switch target {
    case .path(let path):
        var options = DatabaseOptions()
        options.createIfMissing = false
        options.isReadOnly = !allowsWrites
        return try Database.open(path, options: options)
    case .server(let address): return try Client.connect(address)
    }
}
