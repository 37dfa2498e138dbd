import CLMDB
package import NeedletailCore

/// Which snapshots are read, in any process: from LMDB's table of readers.
extension StorageEnvironment {
    /// The numbers of all snapshots that somebody reads, in no order. Readers that died do not
    /// count.
    package func snapshotsRead() throws(DatabaseError) -> [UInt64] {
        _ = try enter(reusing: false)
        defer { leave() }
        clearStaleReaders()
        var numbers: [UInt64] = []
        let status = withUnsafeMutablePointer(to: &numbers) { pointer in
            // SAFETY: LMDB calls back before it returns, and hands on the pointer that it is given.
            mdb_reader_list(
                raw,
                { line, context in
                    guard let line, let context,
                        let number = StorageEnvironment.snapshotNumber(String(cString: line))
                    else { return 0 }
                    context.assumingMemoryBound(to: [UInt64].self).pointee.append(number)
                    return 0
                }, pointer)
        }
        guard status >= 0 else { throw DatabaseError(StorageError("mdb_reader_list", status)) }
        return numbers
    }

    /// Of a line `process thread snapshot`; idle readers have `-` in the last place.
    private static func snapshotNumber(_ line: String) -> UInt64? {
        let fields = line.split { $0.isWhitespace }
        return fields.count == 3 ? UInt64(fields[2]) : nil
    }
}

extension StorageView {
    /// LMDB's number of what this sees. Larger for every commit; of a write transaction, what its
    /// commit will have.
    package var snapshotNumber: UInt64 {
        get throws(DatabaseError) { UInt64(mdb_txn_id(try transaction)) }
    }

    /// ``snapshotNumber`` of a reader: two that have the same see the same. `nil` for a view that
    /// may write. Costs nothing, unlike ``commitSequence()``.
    package var snapshot: UInt64? {
        get throws(DatabaseError) { scope.isReader ? try snapshotNumber : nil }
    }
}
