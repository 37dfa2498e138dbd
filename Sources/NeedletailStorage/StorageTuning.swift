/// The numbers of the storage layer that are nobody else's business.
enum StorageTuning {
    /// Read transactions kept ready for reuse in one environment.
    static let idleReadersMax = 64
    /// Commits whose changes the log remembers.
    static let changeLogCommitsMax: UInt64 = 16_384
    /// Commits between two prunings of the change log; a power of two.
    static let changeLogPruneInterval: UInt64 = 64
    /// Idempotency keys that one commit forgets at most: one that adds a key, and one that prunes
    /// the change log.
    static let forgottenKeys = (adding: 4, pruning: 256)
    /// Slots of one chunk of the live bitmap.
    static let liveChunkSlots = 8_192
    /// Ranges of one record of freed slots.
    static let freedRangesPerRecord = 256
    /// Dirty vector blocks held in memory before they are written to the transaction.
    static let dirtyBlocksMax = 64
    /// Changes of postings, and chunks they are in, held in memory before they are written to the
    /// transaction.
    static let postingChangesMax = 1 << 20
    static let postingChunksMax = 1 << 16
    /// Rows of one vector block at most, however short the vectors.
    static let rowsPerBlockMax = 8_192
    /// Bytes of a bounded key; a longer encoding is cut and hashed.
    static let boundedKeyBytes = 480
    /// Checksums remembered as verified, a power of two. Eight bytes each, touched when used.
    static let verifiedBlocksMax = 1 << 20
    /// Columns whose blocks' places are remembered.
    static let knownPlacesMax = 8
    /// Microseconds between two attempts at another process's lock: the first, and the longest.
    static let lockPollMicroseconds = (first: 50, longest: 5_000)
    /// Free bytes under which a failed write is taken for a full disk.
    static let diskFullBytes = 1 << 20
    /// Findings after which a check stops looking.
    static let findingsMax = 1_000
}
