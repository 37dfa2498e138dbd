import NeedletailExecutor

extension PreparedStatement {
    /// Runs it once for each of `sets`, all in one transaction, and returns the rows of each.
    ///
    ///     let nearest = try database.prepare(
    ///         "SELECT id FROM notes ORDER BY embedding <=> $1 LIMIT 10")
    ///     let answers = try nearest.query(batch: questions.map { [$0] })
    ///
    /// The answers are those of ``query(_:)``, in the order of the sets, of one snapshot. Where
    /// searches compare all rows, up to 64 of them share one pass over the vectors. All rows are
    /// held until the last set is through.
    ///
    /// Errors: those of the statement, naming the set that met it; nothing was changed then.
    public func query(
        batch sets: [[any ValueConvertible]]
    ) throws(DatabaseError) -> [ResultSet] {
        try run(batch: sets.map { .positional($0.map(\.databaseValue)) })
    }

    /// As the form that waits, on a thread of the database's own.
    public func query(
        batch sets: [[any ValueConvertible]]
    ) async throws -> [ResultSet] {
        let parameters = sets.map { Parameters.positional($0.map(\.databaseValue)) }
        return try await database.threads.run { try self.run(batch: parameters) }
    }

    private func run(batch sets: [Parameters]) throws(DatabaseError) -> [ResultSet] {
        guard !sets.isEmpty else { return [] }
        // Gone, it rolls back.
        let session = database.newSession()
        try session.begin(for: prepared)
        var results: [ResultSet] = []
        var mayShare = true
        while results.count < sets.count {
            do throws(DatabaseError) {
                let rest = sets[results.count...]
                let together = mayShare ? try session.startBatch(prepared, sets: rest) : nil
                mayShare = together != nil
                if let together {
                    for statement in together { results.append(try ResultSet(reading: statement)) }
                } else {
                    results.append(
                        try ResultSet(
                            reading: try session.start(prepared, parameters: sets[results.count])))
                }
            } catch {
                throw error.inBatch(element: results.count)
            }
        }
        if let sequence = try session.commit() {
            for place in results.indices { results[place].summary.commitSequence = sequence }
        }
        return results
    }
}
