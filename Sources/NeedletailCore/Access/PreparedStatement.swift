/// A statement parsed and planned once. Replanned by itself when a definition has changed.
///
/// Like a ``DatabaseAccess``, every call has a form that blocks and one with `await`.
public final class PreparedStatement: Sendable {
    /// The text it was made from.
    public let text: String
    /// What its own backend made of the text.
    package let compiled: (any AnyObject & Sendable)?
    private let backend: any DatabaseBackend

    package init(
        _ text: String, compiled: (any AnyObject & Sendable)?, backend: any DatabaseBackend
    ) {
        self.text = text
        self.compiled = compiled
        self.backend = backend
    }

    /// Runs it in a transaction of its own and returns all rows.
    public func query(_ parameters: any ValueConvertible...) throws(DatabaseError) -> ResultSet {
        try backend.run(.prepared(self), Parameters(parameters), nil)
    }

    /// Runs it with parameters by name.
    public func query(
        named parameters: [String: any ValueConvertible]
    ) throws(DatabaseError) -> ResultSet {
        try backend.run(.prepared(self), Parameters(named: parameters), nil)
    }

    /// Runs it in a transaction of its own and returns what it did.
    @discardableResult
    public func execute(
        _ parameters: any ValueConvertible...
    ) throws(DatabaseError) -> StatementSummary {
        try backend.run(.prepared(self), Parameters(parameters), nil).summary
    }

    /// Runs it and hands out its rows one by one. Asynchronous code uses ``stream(_:)`` instead.
    public func cursor(_ parameters: any ValueConvertible...) throws(DatabaseError) -> RowCursor {
        try backend.open(.prepared(self), Parameters(parameters), Interruption())
    }

    /// Runs it once for each of `sets`, all in one transaction, and returns the rows of each.
    ///
    ///     let nearest = try database.prepare(
    ///         "SELECT id FROM notes ORDER BY embedding <=> $1 LIMIT 10")
    ///     let answers = try nearest.query(batch: questions.map { [$0] })
    ///
    /// The answers are those of ``query(_:)``, in the order of the sets, of one snapshot. Where
    /// searches compare all rows, up to 64 of them share one pass over the vectors. All rows are
    /// held until the last set is through. What a server tells in the summaries beside the number
    /// of rows (plan, visits, times) is that of all sets together.
    ///
    /// Errors: those of the statement, naming the set that met it; nothing was changed then.
    public func query(
        batch sets: [[any ValueConvertible]]
    ) throws(DatabaseError) -> [ResultSet] {
        try backend.run(self, batch: sets.map { Parameters($0) }, nil)
    }
}

// MARK: Away from the caller's thread

extension PreparedStatement {
    /// As the form that blocks, on a thread apart.
    public func query(
        _ parameters: any ValueConvertible...
    ) async throws(DatabaseError) -> ResultSet {
        try await run(Parameters(parameters))
    }

    /// As the form that blocks, on a thread apart.
    public func query(
        named parameters: [String: any ValueConvertible]
    ) async throws(DatabaseError) -> ResultSet {
        try await run(Parameters(named: parameters))
    }

    /// As the form that blocks, on a thread apart.
    @discardableResult
    public func execute(
        _ parameters: any ValueConvertible...
    ) async throws(DatabaseError) -> StatementSummary {
        try await run(Parameters(parameters)).summary
    }

    /// As the form that blocks, on a thread apart.
    public func query(
        batch sets: [[any ValueConvertible]]
    ) async throws(DatabaseError) -> [ResultSet] {
        let parameters = sets.map { Parameters($0) }
        return try await backend.apart { interruption throws(DatabaseError) in
            try self.backend.run(self, batch: parameters, interruption)
        }
    }

    /// Its rows as they are asked for, in bounded memory.
    public func stream(_ parameters: any ValueConvertible...) -> RowStream {
        RowStream(.prepared(self), Parameters(parameters), backend: backend)
    }

    private func run(_ parameters: Parameters) async throws(DatabaseError) -> ResultSet {
        try await backend.apart { interruption throws(DatabaseError) in
            try self.backend.run(.prepared(self), parameters, interruption)
        }
    }
}
