import NeedletailCatalog
package import NeedletailExecutor
import NeedletailStorage

/// An open database.
///
///     let database = try Database.open("notes.needletail")
///     try database.execute("CREATE TABLE notes (id BIGINT PRIMARY KEY, embedding vector(3))")
///     try database.execute("INSERT INTO notes VALUES ($1, $2)", 1, [0.1, 0.2, 0.3] as [Float])
///     let nearest = try database.query(
///         "SELECT id FROM notes ORDER BY embedding <=> $1 LIMIT 10", [0.1, 0.2, 0.3] as [Float])
///
/// Open a directory once in a process and share the object: it is safe to use from any thread.
/// Reads never wait; there is one writer at a time, and the others wait for it up to
/// ``DatabaseOptions/lockTimeoutMilliseconds``.
///
/// What can be done with it is that of every `DatabaseAccess`, so that a program that outgrows one
/// process changes the line that opens it, and no other, to connect to a server.
public final class Database: DatabaseAccess {
    private let backend: EmbeddedBackend

    /// Opens the database in the directory at `path`, making it if need be.
    ///
    /// Errors: 22023 for a memory budget that is too small, 58P01 where the database is missing and
    /// not to be made, 58P02 where the files are of another version or not a database, 55006 where
    /// this process has it open already, XX001 where they are damaged.
    public static func open(
        _ path: String, options: DatabaseOptions = DatabaseOptions()
    ) throws(DatabaseError) -> Database {
        var storeOptions = StoreOptions()
        storeOptions.mapBytes = options.mapBytes
        storeOptions.isReadOnly = options.isReadOnly
        storeOptions.createIfMissing = options.createIfMissing
        storeOptions.quotaBytes = options.quotaBytes
        if let budget = options.memoryBudget, budget < Limits.memoryBudgetBytesMin {
            throw DatabaseError(
                .invalidParameter,
                "a memory budget of \(budget) bytes is less than \(Limits.memoryBudgetBytesMin)",
                hint: "Give it more, or leave it out: then the system decides.")
        }
        storeOptions.memoryBudgetBytes = options.memoryBudget
        storeOptions.allowsNetworkFilesystem = options.allowsNetworkFilesystem
        let store = try Store.open(path: path, options: storeOptions)
        let name = path.split(separator: "/").last.map(String.init) ?? path
        return Database(Engine(store: store, name: name), options: options)
    }

    private init(_ engine: Engine, options: DatabaseOptions) {
        backend = EmbeddedBackend(engine, options: options)
    }

    package var engine: Engine { backend.engine }
    package var options: DatabaseOptions { backend.options }

    public var route: DatabaseRoute { DatabaseRoute(backend) }

    /// The directory's name.
    public var name: String { engine.name }

    /// Refuses new transactions and closes the files once the open ones have ended.
    public func close() {
        engine.folding.stop()
        engine.segments.removeRetired()
        engine.store.close()
    }

    /// A conversation with settings and `BEGIN … COMMIT`, as the prompt and the server have it.
    public func session() -> any StatementSession { newSession() }

    /// Has `observer` told when work in the background fails, on whatever thread that is.
    package func observeBackgroundFailures(
        _ observer: @escaping @Sendable (String, DatabaseError) -> Void
    ) {
        engine.failures.observe(observer)
    }

    /// A conversation among others, which `listing` knows for `SHOW SESSIONS`.
    package func session(listing: any SessionListing) -> any StatementSession {
        backend.newSession(listing: listing)
    }

    func newSession() -> Session { backend.newSession() }
}
