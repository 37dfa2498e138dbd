package import Needletail

extension Server {
    /// Serves `database`: one session for each connection.
    package convenience init(_ configuration: ServerConfiguration, database: Database) {
        let log = configuration.log
        database.observeBackgroundFailures { work, error in log.backgroundFailure(work, error) }
        self.init(configuration, openListedSession: { database.session(listing: $0) })
    }
}
