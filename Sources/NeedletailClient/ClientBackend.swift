import NeedletailCore

/// Runs statements in a server, on the connections of a pool.
final class ClientBackend: DatabaseBackend {
    let pool: ConnectionPool
    let threads = StatementThreads()

    init(_ pool: ConnectionPool) { self.pool = pool }

    /// A server keeps statements by their text, so there is nothing to prepare but the text.
    func prepare(_ sql: String) -> PreparedStatement {
        PreparedStatement(sql, compiled: nil, backend: self)
    }

    func run(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption?
    ) throws(DatabaseError) -> ResultSet {
        try again(interruption) { session throws(DatabaseError) in
            defer { self.giveBack(session, interruption) }
            return try ResultSet(
                reading: try session.begin(source.text, parameters, interruption: interruption))
        }
    }

    func open(
        _ source: StatementSource, _ parameters: Parameters, _ interruption: Interruption
    ) throws(DatabaseError) -> RowCursor {
        let statement = try again(interruption) { session throws(DatabaseError) in
            do throws(DatabaseError) {
                return LentStatement(
                    try session.begin(source.text, parameters, interruption: interruption)
                ) { self.giveBack(session, interruption) }
            } catch {
                self.giveBack(session, interruption)
                throw error
            }
        }
        return RowCursor(statement, interruption: interruption)
    }

    func run(
        _ statement: PreparedStatement, batch sets: [Parameters], _ interruption: Interruption?
    ) throws(DatabaseError) -> [ResultSet] {
        guard !sets.isEmpty else { return [] }
        return try again(interruption) { session throws(DatabaseError) in
            defer { self.giveBack(session, interruption) }
            let running = try session.begin(
                statement.text, batch: sets, interruption: interruption)
            let all = try ResultSet(reading: running)
            return try all.split(running.setSizes, count: sets.count)
        }
    }

    func read<T>(
        _ interruption: Interruption?, _ body: (Snapshot) throws -> T
    ) throws -> T {
        try inTransaction("BEGIN READ ONLY", interruption) { scope in
            try body(Snapshot(scope))
        }
    }

    func write<T>(
        _ interruption: Interruption?, _ body: (Transaction) throws -> T
    ) throws -> T {
        try inTransaction("BEGIN READ WRITE", interruption) { scope in
            let transaction = Transaction(scope)
            let result = try body(transaction)
            try transaction.checkIntact()
            try scope.commit()
            return result
        }
    }

    /// Calls `body` once, in a transaction that is rolled back unless it commits.
    private func inTransaction<T>(
        _ begin: String, _ interruption: Interruption?, _ body: (RemoteScope) throws -> T
    ) throws -> T {
        // Nothing has happened before it began, so that much may be repeated.
        let session = try again(interruption) { session throws(DatabaseError) in
            do throws(DatabaseError) {
                try session.runToEnd(begin, interruption: interruption)
                return session
            } catch {
                self.giveBack(session, interruption)
                throw error
            }
        }
        defer { giveBack(session, interruption) }
        let scope = RemoteScope(session, interruption)
        defer { scope.end() }
        return try body(scope)
    }

    private func giveBack(_ session: RemoteSession, _ interruption: Interruption?) {
        // A request that comes later must not reach what the next one runs.
        interruption?.disarm()
        pool.giveBack(session)
    }

    /// Calls `body`, which gives the connection back, and repeats it after failures where that
    /// cannot do anything twice.
    private func again<T>(
        _ interruption: Interruption?,
        _ body: (RemoteSession) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> T {
        var attempt = 0
        while true {
            do throws(DatabaseError) {
                return try body(try pool.take(interruption))
            } catch {
                guard attempt < pool.options.retriesMax, Outcome.isSafeAgain(error),
                    interruption?.isRequested != true
                else { throw error }
            }
            pool.pause(milliseconds: Outcome.delayMilliseconds(attempt: attempt))
            attempt += 1
        }
    }
}

extension ResultSet {
    /// The rows of each of `count` sets, whose sizes are known where there are columns.
    fileprivate func split(_ sizes: [Int], count: Int) throws(DatabaseError) -> [ResultSet] {
        let sizes = columns.isEmpty ? Array(repeating: 0, count: count) : sizes
        let total = sizes.reduce(0) { sum, size in
            let (next, isTooMuch) = sum.addingReportingOverflow(size)
            return size < 0 || isTooMuch ? -1 : next
        }
        guard sizes.count == count, total == rows.count else {
            throw DatabaseError(
                .protocolViolation, "the server did not tell the rows of each set of the batch",
                hint: "Check that the server is of this version.")
        }
        var start = 0
        return sizes.map { size in
            defer { start += size }
            var summary = self.summary
            if !columns.isEmpty {
                summary.rowCount = size
                var words = summary.tag.split(separator: " ").map(String.init)
                if words.count > 1 { words[words.count - 1] = "\(size)" }
                summary.tag = words.joined(separator: " ")
            }
            return ResultSet(
                columns: columns, rows: Array(rows[start..<start + size]), summary: summary)
        }
    }
}
