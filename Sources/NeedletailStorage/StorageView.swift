import CLMDB
package import NeedletailBitmap
package import NeedletailCore

/// Everything that can be read through one transaction.
///
/// Holds a reader's snapshot open for as long as it exists; a writer's view answers 25P01 once the
/// transaction, or the savepoint it was made in, has ended. Only one thread may use a transaction
/// at a time. Pointers it hands out are valid as long as the snapshot is held; in a write
/// transaction, until its next write.
package struct StorageView: Sendable {
    // SAFETY: pointers come from LMDB and live as long as the scope, which the view holds.
    let scope: TransactionScope
    /// Blocks written at this commit sequence or later may still change.
    let pendingSequence: UInt64

    package var environment: StorageEnvironment { scope.environment }

    /// The transaction, unless it has ended.
    @inline(__always)
    var transaction: OpaquePointer {
        get throws(DatabaseError) {
            guard scope.isOpen else { throw .transactionEnded }
            return scope.transaction
        }
    }

    /// The value at `key`, in place, or `nil` where there is none.
    @inline(__always)
    package func get(_ key: StorageKey) throws(DatabaseError) -> UnsafeRawBufferPointer? {
        let transaction = try transaction
        let database = scope.environment.database
        var value = MDB_val()
        let status = key.withUnsafeBytes { bytes in
            var name = MDB_val(bytes)
            return mdb_get(transaction, database, &name, &value)
        }
        if status == MDB_NOTFOUND { return nil }
        try check(status, "mdb_get")
        scope.environment.mapped?.touch(value.mv_size)
        if let pages = scope.pages { key.withUnsafeBytes { pages.add(value, at: $0) } }
        return UnsafeRawBufferPointer(start: value.mv_data, count: value.mv_size)
    }

    /// Whether the database is so large that what is about to be read should be asked for first.
    package var readsAhead: Bool { environment.mapped?.readsAhead ?? false }

    /// From now on the values that anybody reads in this transaction are taken down in `pages`;
    /// those of vector blocks only by their headers, for others read the vectors. LMDB's inner
    /// pages are not seen.
    package func takeDown(_ pages: PageTally?) { scope.pages = pages }

    /// A copy of the value at `key`, or `nil` where there is none.
    package func bytes(_ key: StorageKey) throws(DatabaseError) -> [UInt8]? {
        try get(key).map { Array($0) }
    }

    /// How many keys the whole environment has.
    package func keyCount() throws(DatabaseError) -> Int {
        var info = MDB_stat()
        try check(try mdb_stat(transaction, environment.database, &info), "mdb_stat")
        return Int(clamping: info.ms_entries)
    }

    /// Calls `body` with each key and value of `range` until it returns `false`.
    package func forEach(
        _ range: KeyRange, reverse: Bool = false,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        let cursor = try KeyRangeCursor(self, range, reverse: reverse)
        while try cursor.next() {
            guard try body(cursor.key, cursor.value) else { return }
        }
    }

    /// Calls `body` with each key that begins with `prefix` until it returns `false`.
    package func forEach(
        prefix: StorageKey, reverse: Bool = false,
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        try forEach(.prefix(prefix), reverse: reverse, body)
    }
}

extension PageTally {
    /// Adds the pages of the value at `key`.
    func add(_ value: MDB_val, at key: UnsafeRawBufferPointer) {
        let isBlock = key.first == KeyKind.vectorBlock.rawValue
        add(value.mv_data, count: isBlock ? VectorBlock.headerBytes : value.mv_size)
    }
}

extension MDB_val {
    /// The same bytes as LMDB wants them. LMDB does not write through keys and values it is given.
    init(_ bytes: UnsafeRawBufferPointer) {
        self.init(
            mv_size: bytes.count, mv_data: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
    }
}
