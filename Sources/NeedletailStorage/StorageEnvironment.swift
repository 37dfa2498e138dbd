import CLMDB
package import NeedletailCore
import Synchronization

/// One LMDB environment: the map, its readers and its one writer.
///
/// Flags are LMDB's durable defaults plus `MDB_NOTLS`, so that a read transaction belongs to no
/// thread. How pages are read ahead is the business of ``MappedPages``. Transactions keep the
/// environment alive; ``close()`` takes effect when the last of them ends.
package final class StorageEnvironment: @unchecked Sendable {
    // SAFETY: LMDB's environment is for all threads by its contract; all else that changes is in a
    // lock, and the environment is closed only once no transaction is left.
    let raw: OpaquePointer
    let kind: EnvironmentKind
    let directory: StoreDirectory
    let isReadOnly: Bool
    let quotaBytes: Int?
    let writerLock: WriterLock
    let processLock: ProcessLock?
    let verifiedBlocks = VerifiedBlocks()
    let knownPlaces = KnownPlaces()
    /// Of the data; `nil` where the system does not tell, or of index chunks.
    let mapped: MappedPages?
    /// Bytes of memory that were given to the database; `nil` where nothing was said.
    package let memoryBudgetBytes: Int?
    /// Rows that transactions of this process inserted, deleted and updated.
    let rowsChanged = Atomic<Int>(0)
    private let readers: Mutex<Readers>
    private let failure = Mutex<DatabaseError?>(nil)

    /// The unnamed database of the file, where all keys are. LMDB numbers it so.
    let database: MDB_dbi = 1

    private struct Readers {
        var idle: [TransactionHandle] = []
        /// Transactions of any kind that have not ended.
        var active = 0
        var isClosed = false
        /// Given up when the environment really closes.
        var claim: OpenStoreClaim?
    }

    /// Opens or creates the file. The caller holds `claim` for the directory.
    init(
        _ kind: EnvironmentKind, in directory: StoreDirectory, options: StoreOptions,
        claim: OpenStoreClaim
    ) throws(DatabaseError) {
        let file = directory.file(kind)
        var made: OpaquePointer?
        try check(mdb_env_create(&made), "mdb_env_create")
        guard let made else { throw DatabaseError(StorageError("mdb_env_create", 0)) }
        do throws(DatabaseError) {
            try Self.open(made, file, options)
            if let identity = StoreDirectory.identity(file) {
                try claim.add(identity, file: file, path: directory.path)
            }
            processLock =
                options.isReadOnly ? nil : try ProcessLock(path: directory.writerLockFile(kind))
        } catch {
            mdb_env_close(made)
            throw error
        }
        raw = made
        self.kind = kind
        self.directory = directory
        isReadOnly = options.isReadOnly
        quotaBytes = options.quotaBytes
        memoryBudgetBytes = options.memoryBudgetBytes
        mapped = kind == .data ? MappedPages(file, budget: options.memoryBudgetBytes) : nil
        writerLock = WriterLock()
        readers = Mutex(Readers(claim: claim))
        clearStaleReaders()
        mapped?.note(usedBytes: usedBytes)
    }

    private static func open(
        _ raw: OpaquePointer, _ file: String, _ options: StoreOptions
    ) throws(DatabaseError) {
        let mebibyte = 1 << 20
        let size = max(1, (options.mapBytes - 1) / mebibyte + 1) * mebibyte
        try check(mdb_env_set_mapsize(raw, size), "mdb_env_set_mapsize")
        let readers = UInt32(clamping: max(1, options.readersMax))
        try check(mdb_env_set_maxreaders(raw, readers), "mdb_env_set_maxreaders")
        var flags = UInt32(MDB_NOSUBDIR | MDB_NOTLS)
        if options.isReadOnly { flags |= UInt32(MDB_RDONLY) }
        try check(mdb_env_open(raw, file, flags, 0o600), "mdb_env_open", file)
        // Opening the unnamed database once gives it its order of keys.
        var transaction: OpaquePointer?
        try check(mdb_txn_begin(raw, nil, UInt32(MDB_RDONLY), &transaction), "mdb_txn_begin")
        defer { mdb_txn_abort(transaction) }
        var database: MDB_dbi = 0
        try check(mdb_dbi_open(transaction, nil, 0, &database), "mdb_dbi_open", file)
    }

    /// Refuses new transactions, and closes the file as soon as none is left.
    func close() {
        let idle = readers.withLock { state in
            state.isClosed = true
            defer { state.idle = [] }
            return state.idle
        }
        for transaction in idle { mdb_txn_abort(transaction.raw) }
        closeIfUnused()
    }

    deinit { close() }

    private func closeIfUnused() {
        // The claim is the token: whoever takes it out closes the file, once.
        let claim = readers.withLock { state -> OpenStoreClaim? in
            guard state.isClosed, state.active == 0 else { return nil }
            defer { state.claim = nil }
            return state.claim
        }
        guard let claim else { return }
        mdb_env_close(raw)
        withExtendedLifetime(claim) {}
    }
}

/// An LMDB transaction that may change threads while nobody uses it.
struct TransactionHandle: @unchecked Sendable {
    // SAFETY: MDB_NOTLS ties readers to no thread, and the pool hands each to one user.
    let raw: OpaquePointer
}

extension StorageEnvironment {
    /// Starts a read transaction, a recycled one where there is one.
    func beginRead() throws(DatabaseError) -> OpaquePointer {
        let idle = try enter(reusing: true)
        if let idle {
            if mdb_txn_renew(idle.raw) == 0 { return idle.raw }
            mdb_txn_abort(idle.raw)
        }
        var made: OpaquePointer?
        var status = mdb_txn_begin(raw, nil, UInt32(MDB_RDONLY), &made)
        if status == MDB_READERS_FULL, clearStaleReaders() > 0 {
            status = mdb_txn_begin(raw, nil, UInt32(MDB_RDONLY), &made)
        }
        guard status == 0, let made else {
            leave()
            throw DatabaseError(StorageError("mdb_txn_begin", status))
        }
        return made
    }

    /// Ends a read transaction and keeps it for reuse where there is room.
    func endRead(_ transaction: OpaquePointer) {
        mdb_txn_reset(transaction)
        let handle = TransactionHandle(raw: transaction)
        let (isKept, isLast) = readers.withLock { state in
            state.active -= 1
            let isKept = !state.isClosed && state.idle.count < StorageTuning.idleReadersMax
            if isKept { state.idle.append(handle) }
            return (isKept, state.isClosed && state.active == 0)
        }
        if !isKept { mdb_txn_abort(transaction) }
        if isLast { closeIfUnused() }
    }

    /// Starts LMDB's write transaction. The caller holds the writer's lock, and the transaction
    /// belongs to the calling thread.
    func beginWrite() throws(DatabaseError) -> OpaquePointer {
        if let failure = failure.withLock({ $0 }) { throw failure }
        _ = try enter(reusing: false)
        var made: OpaquePointer?
        let status = mdb_txn_begin(raw, nil, 0, &made)
        guard status == 0, let made else {
            leave()
            throw DatabaseError(StorageError("mdb_txn_begin", status))
        }
        return made
    }

    /// To be called once for every write transaction that began, after it ended.
    func endWrite() { leave() }

    func enter(reusing: Bool) throws(DatabaseError) -> TransactionHandle? {
        try readers.withLock { state throws(DatabaseError) in
            guard !state.isClosed else {
                throw DatabaseError(
                    .adminShutdown, "the database is closed", hint: "Open it again.")
            }
            state.active += 1
            return reusing ? state.idle.popLast() : nil
        }
    }

    func leave() {
        let isLast = readers.withLock { state in
            state.active -= 1
            return state.isClosed && state.active == 0
        }
        if isLast { closeIfUnused() }
    }

    /// Refuses all later writes with `error`: after a failed sync nobody knows what the disk has.
    func poison(_ error: DatabaseError) {
        failure.withLock { $0 = $0 ?? error }
    }

    /// The reason why writes are refused until the database is reopened, if they are.
    package var writeFailure: DatabaseError? { failure.withLock { $0 } }

    /// Frees the places of readers whose process died. Returns how many there were.
    @discardableResult
    package func clearStaleReaders() -> Int {
        var dead: Int32 = 0
        return mdb_reader_check(raw, &dead) == 0 ? Int(dead) : 0
    }

    /// Path of the LMDB file.
    package var file: String { directory.file(kind) }

    /// Bytes of the file in use or free inside it, as of the last commit.
    package var usedBytes: Int {
        var info = MDB_envinfo()
        guard mdb_env_info(raw, &info) == 0 else { return 0 }
        return (Int(truncatingIfNeeded: info.me_last_pgno) &+ 1) &* pageBytes
    }

    /// Bytes of one page.
    package var pageBytes: Int {
        var info = MDB_stat()
        return mdb_env_stat(raw, &info) == 0 ? Int(info.ms_psize) : 4_096
    }

    /// Bytes of pages that hold nothing and will be used before the file grows.
    package func freeBytes() throws(DatabaseError) -> Int {
        let transaction = try beginRead()
        defer { endRead(transaction) }
        var cursor: OpaquePointer?
        // Database 0 is LMDB's list of free pages: each value is a count and the page numbers.
        try check(mdb_cursor_open(transaction, 0, &cursor), "mdb_cursor_open")
        defer { mdb_cursor_close(cursor) }
        var pages = 0
        var key = MDB_val()
        var value = MDB_val()
        while true {
            let status = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)
            if status == MDB_NOTFOUND { return pages &* pageBytes }
            try check(status, "mdb_cursor_get")
            // SAFETY: the value is live until the transaction ends, and its size is checked.
            let list = UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
            guard list.count >= 8 else { throw .corrupted("the list of free pages is damaged") }
            pages &+= list.loadUnaligned(as: Int.self)
        }
    }
}
