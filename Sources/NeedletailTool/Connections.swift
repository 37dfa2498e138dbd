import Needletail
import NeedletailClient
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
    target: Target, isReadOnly: Bool, memoryBudget: Int? = nil
) throws(DatabaseError) -> any StatementSession {
    switch target {
    case .path(let path):
        return try openDatabase(path, isReadOnly: isReadOnly, memoryBudget: memoryBudget).session()
    case .server(let address):
        if memoryBudget != nil {
            throw DatabaseError(
                .invalidParameter, "--memory-budget is for a database that is opened here",
                hint: "Give it to needletail serve.")
        }
        let session = try RemoteSession.connect(url: address)
        guard isReadOnly else { return session }
        let setting = try session.start(
            "SET default_transaction_read_only = on", parameters: .none, input: nil)
        while try setting.next() != nil {}
        return session
    }
}

/// Checks every record and page of the database at `path`, calling `finding` for each fault.
///
/// A damaged file may end the process, which is why the caller runs this in a child.
func checkDatabase(path: String, finding: (String) -> Void) throws(DatabaseError) {
    try Database.check(at: path, finding: finding)
}

private func openDatabase(
    _ path: String, isReadOnly: Bool, memoryBudget: Int?
) throws(DatabaseError) -> Database {
    var options = DatabaseOptions()
    options.memoryBudget = memoryBudget
    options.isReadOnly = isReadOnly
    return try Database.open(path, options: options)
}
