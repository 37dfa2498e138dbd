package import NeedletailCatalog
package import NeedletailCore
package import NeedletailStorage
import NeedletailSyntax
import Synchronization

/// An open database: its store, the newest catalogue, and statements parsed before.
package final class Engine: Sendable {
    package let store: Store
    package let name: String
    package let segments: SegmentLibrary
    let masks: FilterMaskCache
    package let scans = ScanCounter()
    package let folding = TailFolding()
    let statistics = StatisticsKeeper()
    let quietCommits = QuietCommits()
    package let failures = BackgroundFailures()
    private let pressure = TailPressure()
    private let catalog = Mutex<KnownCatalog?>(nil)
    private let statements = Mutex(StatementCache<PreparedText>())
    private let shapes = Mutex(StatementCache<ShapedText>())

    package init(store: Store, name: String) {
        self.store = store
        self.name = name
        masks = FilterMaskCache(budget: store.options.memoryBudgetBytes)
        segments = SegmentLibrary(store)
        if !store.options.isReadOnly {
            segments.setKeeper { [weak self] in
                if let self { folding.request(self) }
            }
        }
    }

    /// A snapshot of everything committed so far.
    package func readScope() throws(DatabaseError) -> TransactionScope {
        let transaction = SharedReadTransaction(try store.beginRead())
        return try TransactionScope(reading: transaction, functions: IndexFunctions.make) {
            view throws(DatabaseError) in
            try self.catalogSnapshot(view)
        }
    }

    /// What `writer` sees and writes.
    package func writeScope(_ writer: StorageWriter) throws(DatabaseError) -> TransactionScope {
        try TransactionScope(writing: writer, functions: IndexFunctions.make) {
            view throws(DatabaseError) in
            try self.catalogSnapshot(view)
        }
    }

    package func beginPinnedWrite(
        timeoutMilliseconds: Int, cancellation: Cancellation
    ) throws(DatabaseError) -> PinnedWriteTransaction {
        try cancellation.whileWaiting { mayGoOn throws(DatabaseError) in
            try store.beginPinnedWrite(
                timeoutMilliseconds: timeoutMilliseconds, whileWaiting: mayGoOn)
        }
    }

    /// Runs `body` in a write transaction of its own, on this thread, and has long tails of vector
    /// indexes taken in afterwards.
    ///
    /// - Parameter cancellation: ends the wait for the writer, too.
    /// - Returns: what `body` returns, and the commit sequence.
    package func write<T>(
        timeoutMilliseconds: Int, cancellation: Cancellation? = nil,
        _ body: (TransactionScope) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> (result: T, sequence: UInt64) {
        let outcome = try writeAlone(
            timeoutMilliseconds: timeoutMilliseconds, cancellation: cancellation, body)
        noteCommit()
        return outcome
    }

    /// Looks after vector indexes and statistics, in the background, some time after a commit.
    package func noteCommit() {
        if statistics.isDue(rowsChanged: store.rowsChanged) { folding.request(self) }
        guard let catalog = catalog.withLock({ $0?.catalog }), catalog.hasVectorIndexes else {
            return
        }
        folding.request(self, isCommit: true)
        // A failure is for the search that meets it.
        if segments.hasTailsInUse { try? prepareTails(catalog) }
        for table in catalog.tables {
            for index in catalog.indexes(of: table) where index.method == .hnsw {
                try? pressure.wait(index, self)
            }
        }
    }

    private func prepareTails(_ catalog: CatalogSnapshot) throws(DatabaseError) {
        let scope = try readScope()
        defer { scope.close() }
        for table in catalog.tables {
            for index in catalog.indexes(of: table) where index.method == .hnsw {
                guard let key = index.keys.first,
                    let column = table.columns.firstIndex(where: { $0.id == key.columnID })
                else { continue }
                try segments.prepareTail(of: index, try scope.reader(table), column: column)
            }
        }
    }

    /// Runs `body`, which changes no row and no definition, in a write transaction of its own, on
    /// this thread.
    func writeQuietly(
        timeoutMilliseconds: Int,
        _ body: (TransactionScope) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let (own, sequence) = try writeAlone(timeoutMilliseconds: timeoutMilliseconds) {
            scope throws(DatabaseError) in
            try body(scope)
            return scope.writer?.sequence
        }
        // Where nothing was written, the number is that of the next commit.
        if sequence == own { quietCommits.note(sequence) }
    }

    /// Runs `body` in a write transaction of its own, on this thread.
    ///
    /// - Returns: what `body` returns, and the commit sequence.
    private func writeAlone<T>(
        timeoutMilliseconds: Int, cancellation: Cancellation? = nil,
        _ body: (TransactionScope) throws(DatabaseError) -> T
    ) throws(DatabaseError) -> (result: T, sequence: UInt64) {
        let permit = try (cancellation ?? Cancellation()).whileWaiting {
            mayGoOn throws(DatabaseError) in
            try store.writerPermit(
                timeoutMilliseconds: timeoutMilliseconds, whileWaiting: mayGoOn)
        }
        let transaction = try store.beginWrite(permit)
        let scope = try writeScope(transaction.writer)
        let result = try body(scope)
        try scope.flush()
        let sequence = try transaction.commit()
        return (result, sequence)
    }

    /// The parsed form of `sql`, remembered by its text.
    package func prepare(_ sql: String) throws(DatabaseError) -> PreparedText {
        if let known = known(sql) { return known }
        let prepared = PreparedText(sql, try SQLParser.parse(statement: sql))
        statements.withLock { $0.remember(sql) { prepared } }
        return prepared
    }

    /// The parsed form of a text used before.
    func known(_ sql: String) -> PreparedText? { statements.withLock { $0.lookUp(sql) } }

    /// What is known of a shape that was met before; `nil` the first times.
    func known(_ shape: LiteralShape) -> ShapedText? {
        shapes.withLock { shapes in
            if let known = shapes.lookUp(shape.text) { return known }
            shapes.remember(shape.text) { ShapedText(shape) }
            return nil
        }
    }

    /// The catalogue that `view` sees: the remembered one, if nothing was changed since.
    private func catalogSnapshot(_ view: StorageView) throws(DatabaseError) -> CatalogSnapshot {
        let snapshot = try view.snapshot
        let known = catalog.withLock { $0 }
        if let known, let snapshot, known.snapshot == snapshot { return known.catalog }
        let version = try CatalogSnapshot.version(of: view)
        let found: CatalogSnapshot
        if let known, known.catalog.version == version {
            found = known.catalog
        } else {
            found = try CatalogSnapshot.load(view, functions: IndexFunctions.make)
        }
        catalog.withLock { $0 = KnownCatalog(catalog: found, snapshot: snapshot) }
        return found
    }

    /// The newest catalogue, and a snapshot that sees it.
    private struct KnownCatalog {
        let catalog: CatalogSnapshot
        let snapshot: UInt64?
    }
}
