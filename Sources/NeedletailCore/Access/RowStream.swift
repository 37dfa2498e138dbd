import Synchronization

/// The rows of a statement, fetched as they are asked for.
///
///     for try await row in database.stream("SELECT id, text FROM notes") { … }
///
/// A few rows at a time are read on a thread apart, more when many were taken already, so that
/// memory stays bounded and whoever is slow to take them slows the statement. It runs, and holds
/// its snapshot, from the first row that is asked for until the last, or until its iterator goes
/// away or its task is cancelled (57014).
public struct RowStream: AsyncSequence, Sendable {
    public typealias Element = Row
    public typealias Failure = DatabaseError

    private let source: StatementSource
    private let parameters: Parameters
    private let backend: any DatabaseBackend

    init(_ source: StatementSource, _ parameters: Parameters, backend: any DatabaseBackend) {
        self.source = source
        self.parameters = parameters
        self.backend = backend
    }

    public func makeAsyncIterator() -> Iterator {
        Iterator(RowFetcher(source, parameters, backend: backend))
    }

    /// One run of the statement.
    public struct Iterator: AsyncIteratorProtocol {
        private let fetcher: RowFetcher
        private var rows: [Row] = []
        private var nextRow = 0

        init(_ fetcher: RowFetcher) { self.fetcher = fetcher }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(DatabaseError) -> Row? {
            if nextRow == rows.count {
                rows = try await fetcher.rows()
                nextRow = 0
                if rows.isEmpty { return nil }
            }
            defer { nextRow += 1 }
            return rows[nextRow]
        }
    }
}

/// Reads the rows of one statement in pieces, on threads apart, one piece at a time.
final class RowFetcher: Sendable {
    fileprivate struct State: @unchecked Sendable {
        // SAFETY: the cursor is used with the lock held and nowhere else.
        var cursor: RowCursor?
        var hasEnded = false
        var rowsNext = 1
    }

    private let source: StatementSource
    private let parameters: Parameters
    private let backend: any DatabaseBackend
    private let interruption = Interruption()
    private let state = Mutex(State())

    private static let rowsMax = 256

    init(_ source: StatementSource, _ parameters: Parameters, backend: any DatabaseBackend) {
        self.source = source
        self.parameters = parameters
        self.backend = backend
    }

    deinit {
        // To close a statement may take a while.
        let rest = state.withLock { state in
            defer { state.cursor = nil }
            return State(cursor: state.cursor)
        }
        guard rest.cursor != nil else { return }
        interruption.request()
        backend.threads.submit(isUrgent: true) { rest.cursor?.close() }
    }

    /// The next few rows; none at the end.
    func rows() async throws(DatabaseError) -> [Row] {
        let isOpen = state.withLock { $0.cursor != nil }
        let result = await withTaskCancellationHandler {
            // One that is open holds what others may be waiting for.
            await backend.threads.run(isUrgent: isOpen) { () throws(DatabaseError) in
                try self.fetch()
            }
        } onCancel: {
            interruption.request()
        }
        return try result.get()
    }

    private func fetch() throws(DatabaseError) -> [Row] {
        try state.withLock { state throws(DatabaseError) in
            guard !state.hasEnded else { return [] }
            do throws(DatabaseError) {
                let cursor =
                    if let open = state.cursor { open } else {
                        try backend.open(source, parameters, interruption)
                    }
                state.cursor = cursor
                var rows: [Row] = []
                while rows.count < state.rowsNext, let row = try cursor.next() { rows.append(row) }
                if rows.count < state.rowsNext { state.end() }
                state.rowsNext = min(Self.rowsMax, state.rowsNext * 2)
                return rows
            } catch {
                state.end()
                throw error
            }
        }
    }
}

extension RowFetcher.State {
    /// Nothing more comes.
    fileprivate mutating func end() {
        cursor?.close()
        cursor = nil
        hasEnded = true
    }
}
