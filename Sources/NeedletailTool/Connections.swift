import NeedletailCore

/// What a target on the command line names.
enum Target {
    /// A directory that holds a database, made where there is none.
    case path(String)
    /// A running server.
    case server(String)

    init(_ text: String) {
        let isServer = text.hasPrefix("unix:") || text.contains("://")
        self = isServer ? .server(text) : .path(text)
    }

    var isRemote: Bool {
        if case .server = self { true } else { false }
    }
}

/// Opens a session on a database or a server.
func openSession(
    target: Target, isReadOnly: Bool
) throws(DatabaseError) -> any StatementSession {
    switch target {
    case .path(let path):
        throw DatabaseError(
            .notSupported, "this build opens no database, so not \"\(path)\" either",
            hint: "Use a build that includes the database module.")
    case .server(let address):
        throw DatabaseError(
            .notSupported, "this build connects to no server, so not to \"\(address)\" either",
            hint: "Use a build that includes the client module.")
    }
}

/// Serves the database at `path` on every address of `listen` until it is told to stop.
func serveDatabase(path: String, listen: [String], isReadOnly: Bool) throws(DatabaseError) {
    throw DatabaseError(
        .notSupported, "this build serves no database, so not \"\(path)\" either",
        hint: "Use a build that includes the server module.")
}

/// Checks every record and page of the database at `path`, calling `finding` for each fault.
///
/// A damaged file may end the process, which is why the caller runs this in a child.
func checkDatabase(path: String, finding: (String) -> Void) throws(DatabaseError) {
    throw DatabaseError(
        .notSupported, "this build checks no database, so not \"\(path)\" either",
        hint: "Use a build that includes the database module.")
}
