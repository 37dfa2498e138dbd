import NeedletailCore

/// Refuses writes before an environment outgrows its quota.
///
/// LMDB does not say how large a transaction has become, so each is charged all that it writes,
/// and the free pages inside the file are counted only once the rest would not fit. The files of
/// index segments count as well.
struct QuotaGuard {
    private let environment: StorageEnvironment
    private let limitBytes: Int?
    private var chargedBytes = Self.transactionBytes
    private var usedBytes = 0
    private var isCounted = false

    /// Bytes of tree that one record costs beyond its own.
    private static let overheadBytes = 48
    /// Bytes of pages that every transaction copies: two trees from root to leaf, and the books.
    private static let transactionBytes = 16 * 4_096
    /// Longer values take whole pages.
    private static let inlineBytesMax = 2_000

    init(_ environment: StorageEnvironment) {
        self.environment = environment
        limitBytes = environment.quotaBytes
        if limitBytes != nil {
            usedBytes = environment.usedBytes &+ SegmentFolder(environment.directory).byteCount
        }
    }

    /// Accounts for a record of `bytes`. Throws 53100 where it does not fit; nothing has changed.
    mutating func charge(_ bytes: Int) throws(DatabaseError) {
        guard let limitBytes else { return }
        let pages = (bytes &+ 16 &+ 4_095) / 4_096 &* 4_096
        let cost = bytes > Self.inlineBytesMax ? pages : bytes
        let charged = chargedBytes &+ cost &+ Self.overheadBytes
        if usedBytes &+ charged > limitBytes, !isCounted {
            usedBytes -= try environment.freeBytes()
            isCounted = true
        }
        guard usedBytes &+ charged <= limitBytes else {
            throw DatabaseError(
                .diskFull,
                "the database uses \(usedBytes) of its \(limitBytes) bytes; \(charged) more do "
                    + "not fit",
                hint: "Delete rows, or raise the quota.")
        }
        chargedBytes = charged
    }
}
