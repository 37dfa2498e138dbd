/// What a program hands over to be run.
package enum StatementSource {
    case text(String)
    case prepared(PreparedStatement)

    package var text: String {
        switch self {
        case .text(let text): text
        case .prepared(let statement): statement.text
        }
    }
}

/// How the statements of a ``DatabaseAccess`` are run, in this process or through a server.
///
/// All calls block, and may come from any thread. Where there is an `interruption`, a request of it
/// ends the statement with 57014.
package protocol DatabaseBackend: AnyObject, Sendable {
    /// Where the asynchronous forms run their blocking twins.
    var threads: StatementThreads { get }

    func prepare(_ sql: String) throws(DatabaseError) -> PreparedStatement

    /// Runs one statement in a transaction of its own and reads all its rows.
    func run(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption?
    ) throws(DatabaseError) -> ResultSet

    /// Starts one statement in a transaction of its own.
    func open(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption
    ) throws(DatabaseError) -> RowCursor

    /// Runs one statement for each of `sets`, all in one transaction.
    func run(
        _ statement: PreparedStatement, batch sets: [Parameters], _ interruption: Interruption?
    ) throws(DatabaseError) -> [ResultSet]

    func read<T>(_ interruption: Interruption?, _ body: (Snapshot) throws -> T) throws -> T

    func write<T>(_ interruption: Interruption?, _ body: (Transaction) throws -> T) throws -> T
}

/// Runs statements inside one transaction.
package protocol StatementRunner: AnyObject {
    func start(
        _ source: StatementSource, _ parameters: Parameters
    ) throws(DatabaseError) -> any RunningStatement
}

extension DatabaseBackend {
    /// Runs `body` on a thread apart; the cancellation of the task that waits for it requests the
    /// interruption that it is given.
    func apart<T: Sendable, Failure: Error>(
        _ body: @escaping @Sendable (Interruption) throws(Failure) -> T
    ) async throws(Failure) -> T {
        let interruption = Interruption()
        let threads = threads
        let result = await withTaskCancellationHandler {
            await threads.run { () throws(Failure) in try body(interruption) }
        } onCancel: {
            interruption.request()
        }
        return try result.get()
    }
}
