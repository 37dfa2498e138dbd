package import NeedletailCore
import Synchronization

/// A database directory: two environments, *data* and *index*, with their locks.
///
/// Files in it: `data.mdb`, `index.mdb` (LMDB), `data.mdb-lock`, `index.mdb-lock` (LMDB's readers),
/// `data.lock`, `index.lock` (our writer's lock). All are of mode 0600, the directory 0700.
package final class Store: Sendable {
    package let path: String
    package let options: StoreOptions
    /// When and as what the store was made.
    package let format: StoreFormat
    /// Rows, definitions, vectors.
    package let data: StorageEnvironment
    /// Chunks of index segments.
    package let index: StorageEnvironment
    private let thread = Mutex<WriterThread?>(nil)

    /// Opens the directory at `path`, or makes it where that is allowed.
    ///
    /// Throws 58P01 where it is missing, 58P02 where it holds something else or another version,
    /// 55006 where this process has it open, XX001 where its files were cut short, 0A000 on a
    /// network file system.
    package static func open(
        path: String, options: StoreOptions = StoreOptions()
    ) throws(DatabaseError) -> Store {
        let directory = StoreDirectory(path: path)
        let creates = options.createIfMissing && !options.isReadOnly
        try directory.ensureExists(creating: creates)
        if !options.allowsNetworkFilesystem { try directory.refuseNetworkFilesystem() }
        guard let identity = StoreDirectory.identity(path) else {
            throw DatabaseError(StorageError("stat", 2, detail: path))
        }
        let claim = try OpenStoreClaim(identity, path: path)
        return try Store(directory, options, claim)
    }

    private init(
        _ directory: StoreDirectory, _ options: StoreOptions, _ claim: OpenStoreClaim
    ) throws(DatabaseError) {
        let stored = try Self.probe(directory, .data, claim)
        guard stored != nil || (options.createIfMissing && !options.isReadOnly) else {
            throw DatabaseError(
                .undefinedFile, "there is no database in \"\(directory.path)\"",
                hint: "Check the path, or create the database.")
        }
        let storedIndex = try Self.probe(directory, .index, claim)
        data = try StorageEnvironment(.data, in: directory, options: options, claim: claim)
        let format = try Self.establish(
            data, StoreFormat(store: Self.newIdentifier(), kind: .data, created: Self.now()))
        var indexOptions = options
        if storedIndex == nil, !options.isReadOnly { indexOptions.createIfMissing = true }
        do throws(DatabaseError) {
            index = try StorageEnvironment(
                .index, in: directory, options: indexOptions, claim: claim)
            let other = try Self.establish(
                index, StoreFormat(store: format.store, kind: .index, created: Self.now()))
            guard other.store == format.store else {
                throw DatabaseError(
                    .unsupportedFormat,
                    "\"\(directory.file(.index))\" belongs to another database",
                    hint: "Restore the file, or remove it: indexes can be rebuilt.")
            }
            if stored == nil || storedIndex == nil, !options.isReadOnly {
                try directory.synchronize()
            }
        } catch {
            data.close()
            throw error
        }
        path = directory.path
        self.options = options
        self.format = format
    }

    deinit { close() }

    /// Rows that committed transactions of this process inserted, deleted and updated, since it was
    /// opened.
    package var rowsChanged: Int { data.rowsChanged.load(ordering: .relaxed) }

    /// The pages of its files in memory; `nil` where the system does not tell of them.
    package var mappedPages: MappedPages? { data.mapped }

    /// Refuses new transactions and closes the files. Open transactions stay valid, and the files
    /// open, until they end. Harmless when repeated.
    package func close() {
        data.close()
        index.close()
    }

    /// The format in the file, `nil` where there is none yet.
    private static func probe(
        _ directory: StoreDirectory, _ kind: EnvironmentKind, _ claim: OpenStoreClaim
    ) throws(DatabaseError) -> StoreFormat? {
        let file = directory.file(kind)
        guard let identity = StoreDirectory.identity(file) else { return nil }
        try claim.add(identity, file: file, path: directory.path)
        switch try StoreProbe.examine(file, kind) {
        case .empty: return nil
        case .format(let format): return format
        }
    }

    /// Reads the format record, or writes `fresh` where there is none.
    private static func establish(
        _ environment: StorageEnvironment, _ fresh: StoreFormat
    ) throws(DatabaseError) -> StoreFormat {
        if let stored = try stored(ReadTransaction(environment).view) { return stored }
        let permit = try WriterPermit(
            environment, timeoutMilliseconds: Limits.lockTimeoutMillisecondsDefault)
        let transaction = try WriteTransaction(permit)
        // Another process may have been faster.
        if let stored = try stored(transaction.view) { return stored }
        try transaction.writer.putSealed(.meta(.format), fresh.encoded)
        _ = try transaction.commit()
        return fresh
    }

    private static func stored(_ view: StorageView) throws(DatabaseError) -> StoreFormat? {
        guard let payload = try view.sealed(.meta(.format)) else {
            guard try view.keyCount() == 0 else {
                throw .notADatabase(view.environment.file)
            }
            return nil
        }
        return try StoreFormat(payload, file: view.environment.file)
    }

    private static func newIdentifier() -> UUIDValue {
        UUIDValue(high: .random(in: 0 ... .max), low: .random(in: 0 ... .max))
    }
}

extension Store {
    /// Starts reading a snapshot of the data. Well under a microsecond when repeated.
    package func beginRead() throws(DatabaseError) -> ReadTransaction {
        try ReadTransaction(data)
    }

    /// Starts reading a snapshot of the index chunks.
    package func beginIndexRead() throws(DatabaseError) -> ReadTransaction {
        try ReadTransaction(index)
    }

    /// Starts the one write transaction of the data on this thread, waiting in line for it. Throws
    /// 55P03 where that takes too long.
    package func beginWrite(
        timeoutMilliseconds: Int = Limits.lockTimeoutMillisecondsDefault
    ) throws(DatabaseError) -> WriteTransaction {
        try WriteTransaction(WriterPermit(data, timeoutMilliseconds: timeoutMilliseconds))
    }

    /// Waits for the right to write the data; see ``beginWrite(_:)``.
    ///
    /// - Parameter whileWaiting: called again and again while others have it; ends the wait by
    ///   throwing.
    package func writerPermit(
        timeoutMilliseconds: Int, whileWaiting: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> WriterPermit {
        try WriterPermit(
            data, timeoutMilliseconds: timeoutMilliseconds, whileWaiting: whileWaiting)
    }

    /// Starts the one write transaction of the data on this thread.
    package func beginWrite(_ permit: WriterPermit) throws(DatabaseError) -> WriteTransaction {
        try WriteTransaction(permit)
    }

    /// Starts the one write transaction of the index chunks on this thread.
    package func beginIndexWrite(
        timeoutMilliseconds: Int = Limits.lockTimeoutMillisecondsDefault
    ) throws(DatabaseError) -> WriteTransaction {
        try WriteTransaction(WriterPermit(index, timeoutMilliseconds: timeoutMilliseconds))
    }

    /// Starts the one write transaction of the data on the writer thread, for transactions that
    /// outlive a call. The wait for the lock is on the calling thread.
    package func beginPinnedWrite(
        timeoutMilliseconds: Int = Limits.lockTimeoutMillisecondsDefault,
        whileWaiting: () throws(DatabaseError) -> Void = {}
    ) throws(DatabaseError) -> PinnedWriteTransaction {
        let permit = try writerPermit(
            timeoutMilliseconds: timeoutMilliseconds, whileWaiting: whileWaiting)
        return try PinnedWriteTransaction(permit, on: writerThread())
    }

    private func writerThread() throws(DatabaseError) -> WriterThread {
        try thread.withLock { thread throws(DatabaseError) in
            if let running = thread { return running }
            let started = try WriterThread()
            thread = started
            return started
        }
    }

    /// Frees the places of readers whose process died. Returns how many there were.
    @discardableResult
    package func clearStaleReaders() -> Int {
        data.clearStaleReaders() + index.clearStaleReaders()
    }
}
