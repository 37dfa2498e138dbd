import NeedletailExecutor

/// A statement parsed and planned once. Replanned by itself when a definition has changed.
public final class PreparedStatement: Sendable {
    let prepared: PreparedText
    let database: Database

    init(_ prepared: PreparedText, database: Database) {
        self.prepared = prepared
        self.database = database
    }

    /// The text it was made from.
    public var text: String { prepared.text }

    /// Runs it in a transaction of its own and returns all rows.
    public func query(_ parameters: any ValueConvertible...) throws(DatabaseError) -> ResultSet {
        try run(.positional(parameters.map(\.databaseValue)))
    }

    /// Runs it with parameters by name.
    public func query(
        named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try run(.named(parameters.mapValues(\.databaseValue)))
    }

    /// Runs it in a transaction of its own and returns what it did.
    @discardableResult
    public func execute(
        _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try run(.positional(parameters.map(\.databaseValue))).summary
    }

    /// Runs it and hands out its rows one by one.
    public func cursor(_ parameters: any ValueConvertible...) throws(DatabaseError) -> RowCursor {
        let session = database.newSession()
        return RowCursor(
            try session.start(
                prepared, parameters: .positional(parameters.map(\.databaseValue))),
            session: session)
    }

    private func run(_ parameters: Parameters) throws(DatabaseError) -> ResultSet {
        try ResultSet(
            reading: try database.newSession().start(
                prepared, parameters: parameters, isLast: true))
    }
}
