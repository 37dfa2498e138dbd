public import NeedletailCore

extension RemoteSession {
    /// Runs the statement once for each of `sets`, each in a transaction of its own unless one is
    /// open, and returns the rows of each: they are sent without waiting for every single answer.
    ///
    /// For many small statements where the time on the way counts. Errors: that of the first that
    /// failed, once all are answered; those before it, and perhaps those after it, were carried
    /// out. In one transaction, and with searches that share their work: ``start(_:batch:)``.
    public func pipeline(
        _ sql: String, _ sets: [Parameters]
    ) throws(DatabaseError) -> [ResultSet] {
        guard !sets.isEmpty else { return [] }
        let first = try reserve(Int64(sets.count), StatementKind(sql))
        var results: [ResultSet] = []
        results.reserveCapacity(sets.count)
        var failure: DatabaseError?
        var sent = 0
        for position in sets.indices {
            if sent - position <= Limits.pipelineRequestsMax / 2, sent < sets.count {
                var lines: [UInt8] = []
                while sent < sets.count, sent - position < Limits.pipelineRequestsMax,
                    lines.count < Self.gatheredBytesMax
                {
                    lines += RequestLine.statement(
                        sql, sets[sent], id: first + Int64(sent),
                        timeoutMilliseconds: statementTimeoutMilliseconds)
                    sent += 1
                }
                do throws(DatabaseError) {
                    try sendRequest(lines)
                } catch {
                    // Answers to the earlier ones would come to nobody.
                    close()
                    throw error
                }
            }
            let id = first + Int64(position)
            expect(id)
            do throws(DatabaseError) {
                results.append(
                    try ResultSet(reading: RemoteStatement(id: id, session: self, input: nil)))
            } catch {
                guard !isLost else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return results
    }

    /// Bytes of requests that are sent in one piece.
    private static let gatheredBytesMax = 64 << 10
}
