import CLMDB
package import NeedletailCore

/// A position among the keys of one transaction.
///
/// ``key`` and ``value`` are meaningful after a move that returned `true`, until the next move or
/// write.
package struct Cursor: ~Copyable {
    // SAFETY: closed in deinit, and not used once LMDB has freed it with its transaction.
    private let raw: OpaquePointer
    private let view: StorageView
    private var name = MDB_val()
    private var data = MDB_val()
    private var ahead = ReadAhead()

    package init(_ view: StorageView) throws(DatabaseError) {
        var made: OpaquePointer?
        let status = try mdb_cursor_open(view.transaction, view.environment.database, &made)
        guard status == 0, let made else {
            throw DatabaseError(StorageError("mdb_cursor_open", status))
        }
        raw = made
        self.view = view
    }

    deinit {
        // LMDB frees the cursors of a write transaction when that ends.
        if view.scope.isOpen { mdb_cursor_close(raw) }
    }

    package var key: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: name.mv_data, count: name.mv_size)
    }

    package var value: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: data.mv_data, count: data.mv_size)
    }

    /// Moves to the first key that is at least `key`.
    package mutating func seek(_ key: StorageKey) throws(DatabaseError) -> Bool {
        try requireOpen()
        let status = key.withUnsafeBytes { bytes in
            name = MDB_val(bytes)
            return mdb_cursor_get(raw, &name, &data, MDB_SET_RANGE)
        }
        return try found(status)
    }

    package mutating func next() throws(DatabaseError) -> Bool { try move(MDB_NEXT) }
    package mutating func previous() throws(DatabaseError) -> Bool { try move(MDB_PREV) }
    package mutating func first() throws(DatabaseError) -> Bool { try move(MDB_FIRST) }
    package mutating func last() throws(DatabaseError) -> Bool { try move(MDB_LAST) }

    /// Deletes what the cursor is at.
    mutating func delete() throws(DatabaseError) {
        try requireOpen()
        try check(mdb_cursor_del(raw, 0), "mdb_cursor_del")
    }

    private mutating func move(_ operation: MDB_cursor_op) throws(DatabaseError) -> Bool {
        try requireOpen()
        return try found(mdb_cursor_get(raw, &name, &data, operation))
    }

    private mutating func found(_ status: Int32) throws(DatabaseError) -> Bool {
        if status == MDB_NOTFOUND { return false }
        try check(status, "mdb_cursor_get")
        if let mapped = view.environment.mapped { ahead.moved(to: value, mapped) }
        if let pages = view.scope.pages { pages.add(data, at: key) }
        return true
    }

    private func requireOpen() throws(DatabaseError) { _ = try view.transaction }
}
