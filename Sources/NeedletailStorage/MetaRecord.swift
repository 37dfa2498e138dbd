package import NeedletailCore

/// The records of an environment about itself.
package enum MetaRecord: UInt8, Sendable {
    /// ``StoreFormat``. The smallest key of all, so that it can be found without LMDB.
    case format = 0x01
    /// UInt64: the sequence of the last commit.
    case commitSequence = 0x02
    /// For the catalogue: the last number given to a table, an index or a column.
    case lastIdentifier = 0x03
    /// For the catalogue: its own settings.
    case catalog = 0x04
}

extension StorageView {
    /// The sequence of the last commit this view sees; 0 where there was none.
    package func commitSequence() throws(DatabaseError) -> UInt64 {
        let key = StorageKey.meta(.commitSequence)
        guard let payload = try sealed(key) else { return 0 }
        guard payload.count == 8 else { throw .unsealed(key) }
        let sequence = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
        guard sequence < .max else { throw .unsealed(key) }
        return sequence
    }

    /// The value of a counter; `nil` where it was never set.
    package func counter(
        table: UInt32, column: UInt32
    ) throws(DatabaseError) -> Int64? {
        let key = StorageKey.counter(table: table, column: column)
        guard let payload = try sealed(key) else { return nil }
        guard payload.count == 8 else { throw .unsealed(key) }
        return Int64(littleEndian: payload.loadUnaligned(as: Int64.self))
    }
}

extension StorageWriter {
    package func setCounter(
        table: UInt32, column: UInt32, to value: Int64
    ) throws(DatabaseError) {
        // SAFETY: the bytes of a local number, copied before the closure ends.
        try withUnsafeBytes(of: value.littleEndian) { (bytes) throws(DatabaseError) in
            try putSealed(.counter(table: table, column: column), bytes)
        }
    }

    /// What every commit adds: its change log record and its sequence; now and then it drops
    /// what is too old.
    func putCommitRecords() throws(DatabaseError) {
        try putChangeLog()
        if ChangeLog.prunes(at: sequence) {
            try forgetKeyedCommits(now: Store.now(), atMost: StorageTuning.forgottenKeys.pruning)
        }
        try withUnsafeBytes(of: sequence.littleEndian) { (bytes) throws(DatabaseError) in
            try putSealed(.meta(.commitSequence), bytes)
        }
    }
}
