import NeedletailExecutor

extension Database {
    /// Runs one writing statement, in a transaction of its own, once: where a call with this `key`
    /// has committed before, in any process and also before a crash, this one returns what that
    /// returned, with its ``StatementSummary/commitSequence``, and changes nothing.
    ///
    /// So a caller that does not know whether it was done simply calls again. What keys promise in
    /// full is at ``StatementSession/startOnce(_:_:parameters:batch:)``, which also gives the rows.
    ///
    /// Errors: 22023 where the key belongs to another statement or other parameters, or the
    /// statement changes nothing.
    @discardableResult
    public func execute(
        once key: String, _ sql: String, _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        let statement = try newSession().startOnce(
            key, sql, parameters: .positional(parameters.map(\.databaseValue)), batch: nil)
        return try ResultSet(reading: statement).summary
    }
}
