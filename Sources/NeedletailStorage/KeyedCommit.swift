package import NeedletailCore

/// What a commit that bears an idempotency key leaves behind, in the same transaction as what it
/// changed: enough to know the request again, and to answer it again.
///
/// Two records: this one under the key, and the key under an ordinal, which counts the keys ever
/// written, so that the oldest are found first. Their kind was reserved from the first version on,
/// and a program that does not know it passes over it, also in `CHECK`; hence they came without a
/// new format version.
package struct KeyedCommit: Sendable, Hashable {
    private static let version: UInt8 = 1

    /// Of the statement, or of the statements of the transaction, and their parameters.
    package var digest: Hash128
    /// Whether it was a transaction's `COMMIT` and not a statement alone.
    package var isTransaction: Bool
    /// The commit.
    package var sequence: UInt64
    package var committed: Timestamp
    /// What was answered: the command tag, the count of rows,
    package var tag: String
    package var rowCount: Int
    /// and, where rows were returned, columns and rows in the form of a ``ValueSequence`` that is
    /// the caller's own.
    package var answer: [UInt8]
    /// Given when it is stored.
    fileprivate(set) var ordinal: UInt64 = 0

    package init(
        digest: Hash128, isTransaction: Bool, sequence: UInt64, committed: Timestamp, tag: String,
        rowCount: Int, answer: [UInt8] = []
    ) {
        self.digest = digest
        self.isTransaction = isTransaction
        self.sequence = sequence
        self.committed = committed
        self.tag = tag
        self.rowCount = rowCount
        self.answer = answer
    }

    /// Version (8 bits), whether it is a transaction (8), digest (128, high half first), ordinal,
    /// sequence, time, count (64 each), bytes of the tag (variable length), tag, answer.
    fileprivate var encoded: [UInt8] {
        var bytes: [UInt8] = [Self.version, isTransaction ? 1 : 0]
        bytes.append(littleEndian: digest.high)
        bytes.append(littleEndian: digest.low)
        bytes.append(littleEndian: ordinal)
        bytes.append(littleEndian: sequence)
        bytes.append(littleEndian: committed.microseconds)
        bytes.append(littleEndian: Int64(rowCount))
        bytes.append(variable: UInt64(tag.utf8.count))
        bytes.append(contentsOf: tag.utf8)
        bytes.append(contentsOf: answer)
        return bytes
    }

    /// Takes a stored record apart; `nil` where it is damaged.
    init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let version: UInt8 = reader.read(), version == Self.version,
            let scope: UInt8 = reader.read(), scope < 2, let high: UInt64 = reader.read(),
            let low: UInt64 = reader.read(), let ordinal: UInt64 = reader.read(),
            let sequence: UInt64 = reader.read(), let time: Int64 = reader.read(),
            let count: Int64 = reader.read(),
            let length = reader.readVariable().flatMap({ Int(exactly: $0) }),
            let tag = reader.read(count: length), let rest = reader.read(count: reader.remaining)
        else { return nil }
        digest = Hash128(high: high, low: low)
        isTransaction = scope == 1
        self.sequence = sequence
        committed = Timestamp(microseconds: time)
        self.tag = String(decoding: tag, as: UTF8.self)
        rowCount = Int(count)
        answer = Array(rest)
        self.ordinal = ordinal
    }
}

// MARK: Keys

extension StorageKey {
    /// The parts of the kind: by key, and by age.
    fileprivate static let byKey: UInt8 = 1
    fileprivate static let byAge: UInt8 = 2

    fileprivate static func keyedCommit(_ key: String) -> StorageKey {
        var bytes = StorageKey(.idempotencyKey)
        bytes.append(byKey)
        bytes.append(key.utf8)
        return bytes
    }

    fileprivate static var keyedCommitsByAge: StorageKey {
        var bytes = StorageKey(.idempotencyKey)
        bytes.append(byAge)
        return bytes
    }

    fileprivate static func keyedCommit(ordinal: UInt64) -> StorageKey {
        var bytes = keyedCommitsByAge
        bytes.append(bigEndian: ordinal)
        return bytes
    }
}

/// The value under an ordinal: the time of the commit (64 bits), then the key.
private struct AgedKey {
    let ordinal: UInt64
    let committed: Timestamp
    let key: String

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: committed.microseconds)
        bytes.append(contentsOf: key.utf8)
        return bytes
    }

    init(ordinal: UInt64, committed: Timestamp, key: String) {
        self.ordinal = ordinal
        self.committed = committed
        self.key = key
    }

    /// `nil` where it is damaged.
    init?(_ name: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through bounded readers, and not kept.
        var reader = ByteReader(payload)
        guard name.count == 10, let ordinal = KeyParts(name).longNumber(at: 2),
            let time: Int64 = reader.read(), let key = reader.read(count: reader.remaining),
            let text = String(validating: key, as: UTF8.self)
        else { return nil }
        self.ordinal = ordinal
        committed = Timestamp(microseconds: time)
        self.key = text
    }
}

// MARK: Reading and writing

extension StorageView {
    /// What the commit that bore `key` left; `nil` where there was none, or it is forgotten. Throws
    /// XX001 where it is damaged.
    package func keyedCommit(_ key: String) throws(DatabaseError) -> KeyedCommit? {
        let name = StorageKey.keyedCommit(key)
        guard let payload = try sealed(name) else { return nil }
        guard let commit = KeyedCommit(payload) else { throw .unsealed(name) }
        return commit
    }

    /// The keys that are kept, oldest first.
    package func keyedCommits() throws(DatabaseError) -> [String] {
        var keys: [String] = []
        try forEachAgedKey { aged throws(DatabaseError) in
            keys.append(aged.key)
            return true
        }
        return keys
    }

    fileprivate func newestKeyOrdinal() throws(DatabaseError) -> UInt64? {
        var newest: UInt64?
        try forEachAgedKey(reverse: true) { aged throws(DatabaseError) in
            newest = aged.ordinal
            return false
        }
        return newest
    }

    fileprivate func forEachAgedKey(
        reverse: Bool = false, _ body: (AgedKey) throws(DatabaseError) -> Bool
    ) throws(DatabaseError) {
        try forEach(prefix: .keyedCommitsByAge, reverse: reverse) {
            name, value throws(DatabaseError) in
            guard let payload = SealedRecord.open(key: name, value: value),
                let aged = AgedKey(name, payload)
            else { throw .corrupted("\(KeyParts(name).description) fails its checksum") }
            return try body(aged)
        }
    }
}

extension StorageWriter {
    /// Writes what this transaction leaves under `key`, and forgets a few keys that are too old.
    /// The caller has looked that ``StorageView/keyedCommit(_:)`` has none.
    package func putKeyedCommit(
        _ key: String, _ commit: KeyedCommit
    ) throws(DatabaseError) {
        var commit = commit
        commit.ordinal = try (unflushedView.newestKeyOrdinal() ?? 0) &+ 1
        let aged = AgedKey(ordinal: commit.ordinal, committed: commit.committed, key: key)
        // Not charged: a deletion must be possible where the quota is used up.
        try withoutQuota { () throws(DatabaseError) in
            try putSealed(.keyedCommit(key), commit.encoded)
            try putSealed(.keyedCommit(ordinal: aged.ordinal), aged.encoded)
            try forgetKeyedCommits(
                now: commit.committed, atMost: StorageTuning.forgottenKeys.adding)
        }
    }

    /// Removes the oldest keys that are over the limits, `atMost` of them: bounded work inside a
    /// commit.
    func forgetKeyedCommits(now: Timestamp, atMost: Int) throws(DatabaseError) {
        let view = try unflushedView
        guard let newest = try view.newestKeyOrdinal() else { return }
        let age = Int64(Limits.idempotencyKeySecondsMax) * 1_000_000
        var forgotten: [AgedKey] = []
        try view.forEachAgedKey { aged throws(DatabaseError) in
            let isExpired = now.microseconds.subtractingReportingOverflow(age).partialValue
            let isOld = aged.committed.microseconds < isExpired
            let isOver = newest &- aged.ordinal >= UInt64(Limits.idempotencyKeysMax)
            guard forgotten.count < atMost, isOld || isOver else { return false }
            forgotten.append(aged)
            return true
        }
        for aged in forgotten {
            try delete(.keyedCommit(ordinal: aged.ordinal))
            // One that was written anew since has another ordinal, and stays.
            guard let commit = try unflushedView.keyedCommit(aged.key),
                commit.ordinal == aged.ordinal
            else { continue }
            try delete(.keyedCommit(aged.key))
        }
    }
}

// MARK: Check

/// Holds the records by key and those by age against each other, without keeping either: both give
/// the same count and the same sum over pairs of ordinal and key.
struct KeyedCommitCheck {
    private struct Tally: Equatable {
        var count = 0
        var sum: UInt64 = 0

        mutating func add(_ ordinal: UInt64, _ key: [UInt8]) {
            count += 1
            sum &+= Hash128(of: key, seed: ordinal).low
        }
    }

    private var byKey = Tally()
    private var byAge = Tally()

    /// Takes a record. Returns whether its form is right.
    mutating func read(
        _ name: UnsafeRawBufferPointer, _ payload: UnsafeRawBufferPointer, newest: UInt64
    ) -> Bool {
        // SAFETY: lengths are checked before access, nothing is kept.
        guard name.count > 2 else { return false }
        switch name[1] {
        case StorageKey.byKey:
            let key = Array(name[2...])
            guard key.count <= Limits.idempotencyKeyBytesMax, let commit = KeyedCommit(payload),
                commit.sequence <= newest, ValueSequence.values(of: commit.answer) != nil
            else { return false }
            byKey.add(commit.ordinal, key)
        case StorageKey.byAge:
            guard let aged = AgedKey(name, payload) else { return false }
            byAge.add(aged.ordinal, Array(aged.key.utf8))
        default: return false
        }
        return true
    }

    /// What does not fit, if anything.
    func finish() -> String? {
        guard byKey != byAge else { return nil }
        return "idempotency keys: \(byKey.count) by key and \(byAge.count) by age do not agree"
    }
}
