package import Needletail

extension Server {
    /// Serves `database`: one session for each connection.
    package convenience init(_ configuration: ServerConfiguration, database: Database) {
        self.init(configuration) { database.session() }
    }
}
