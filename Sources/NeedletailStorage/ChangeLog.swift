package import NeedletailCore

/// How far back the log of changes reaches.
package enum ChangeLog {
    /// Commits whose changes can be read, the newest included.
    package static let commitsKept = StorageTuning.changeLogCommitsMax

    /// The oldest commit that the log keeps once commit `sequence` is made, where that commit
    /// prunes: only every 64th does, so that most commits touch no old page.
    package static func oldestKept(at sequence: UInt64) -> UInt64? {
        guard prunes(at: sequence), sequence > commitsKept else { return nil }
        return sequence - commitsKept + 1
    }

    /// Whether commit `sequence` drops what is too old.
    static func prunes(at sequence: UInt64) -> Bool {
        sequence % StorageTuning.changeLogPruneInterval == 0
    }
}

/// What one commit changed, and which commit it was.
package struct LoggedChange: Sendable, Hashable {
    package let sequence: UInt64
    package let changes: ChangeSet

    package init(sequence: UInt64, changes: ChangeSet) {
        self.sequence = sequence
        self.changes = changes
    }
}

extension StorageView {
    /// The changes of every commit after `sequence` that this view sees, oldest first. Commits
    /// that changed no slot are left out.
    ///
    /// Returns `nil` where the log no longer reaches back that far. At most `limit` commits; ask
    /// again from the last one for more.
    package func changes(
        since sequence: UInt64, limit: Int = .max
    ) throws(DatabaseError) -> [LoggedChange]? {
        let newest = try commitSequence()
        guard sequence < newest else { return [] }
        guard newest - sequence <= ChangeLog.commitsKept else { return nil }
        var result: [LoggedChange] = []
        var range = KeyRange.prefix(StorageKey(.changeLog))
        range.lower = .changeLog(sequence + 1)
        try forEach(range) { key, value throws(DatabaseError) in
            guard result.count < limit else { return false }
            guard let payload = SealedRecord.open(key: key, value: value),
                let number = KeyParts(key).longNumber(at: 1), let changes = ChangeSet(payload)
            else { throw .corrupted("\(KeyParts(key).description) fails its checksum") }
            result.append(LoggedChange(sequence: number, changes: changes))
            return true
        }
        return result
    }
}

extension StorageWriter {
    /// Writes what this transaction changed, and now and then drops what is older than the log
    /// remembers.
    func putChangeLog() throws(DatabaseError) {
        if !changes.isEmpty {
            try putSealed(.changeLog(sequence), changes.changeSet.encoded)
        }
        guard let oldest = ChangeLog.oldestKept(at: sequence) else { return }
        try delete(KeyRange(lower: StorageKey(.changeLog), upper: .changeLog(oldest)))
    }
}
