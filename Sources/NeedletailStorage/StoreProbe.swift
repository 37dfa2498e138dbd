import NeedletailCore

/// Looks at a file before LMDB does: LMDB trusts what it maps, so a file that is not ours, or was
/// cut short, must be refused before.
enum StoreProbe {
    enum Finding: Equatable {
        /// Nothing was ever committed: the file may be taken for a new one.
        case empty
        case format(StoreFormat)
    }

    /// Attempts at a file that another process keeps changing meanwhile.
    private static let attempts = 5
    /// Deeper trees than this are damage: a page has at least two children.
    private static let depthMax = 64

    /// What kind of file is at `path`, which exists. Throws 58P02 where it is not a database of
    /// ours and this version, XX001 where pages are missing.
    static func examine(
        _ path: String, _ kind: EnvironmentKind
    ) throws(DatabaseError) -> Finding {
        var last = DatabaseError.notADatabase(path)
        var seen: UInt64?
        for _ in 0..<attempts {
            let file = try PageFile(path: path)
            if file.byteCount == 0 { return .empty }
            guard let meta = file.newestMeta(), meta.version == 1 else { throw last }
            do throws(DatabaseError) {
                return try examine(file, meta, kind)
            } catch {
                last = error
            }
            // A commit under our eyes may reuse pages we read; the same meta twice means no.
            if seen == meta.transaction { break }
            seen = meta.transaction
        }
        throw last
    }

    private static func examine(
        _ file: borrowing PageFile, _ meta: PageMeta, _ kind: EnvironmentKind
    ) throws(DatabaseError) -> Finding {
        if meta.main.root == .max, meta.main.entries == 0 { return .empty }
        let format = try firstRecord(file, meta)
        guard format.kind == kind else { throw .notADatabase(file.path) }
        let pages = file.byteCount / meta.pageBytes
        if meta.lastPage >= UInt64(pages) { try refuseIfCutShort(file.path) }
        return .format(format)
    }

    /// The format record is the smallest key, so it is down the leftmost path.
    private static func firstRecord(
        _ file: borrowing PageFile, _ meta: PageMeta
    ) throws(DatabaseError) -> StoreFormat {
        let key = StorageKey.meta(.format)
        var number = meta.main.root
        for _ in 0..<depthMax {
            guard let page = file.page(number, meta), page.number == number,
                let node = page.node(0), !node.isBig
            else { throw .notADatabase(file.path) }
            if page.flags & Page.branchFlag != 0 {
                number = node.child
                continue
            }
            guard page.flags & Page.leafFlag != 0, Array(page.bytes[node.key]) == key.bytes
            else { throw .notADatabase(file.path) }
            let value = Array(page.bytes[node.key.upperBound..<node.end])
            return try format(key, value, file.path)
        }
        throw .notADatabase(file.path)
    }

    private static func format(
        _ key: StorageKey, _ value: [UInt8], _ path: String
    ) throws(DatabaseError) -> StoreFormat {
        // SAFETY: a pointer into a local array, read within its length, not kept.
        let result = value.withUnsafeBytes { bytes -> Result<StoreFormat, DatabaseError> in
            guard
                let payload = key.withUnsafeBytes({ SealedRecord.open(key: $0, value: bytes) })
            else { return .failure(.notADatabase(path)) }
            return Result { () throws(DatabaseError) in
                try StoreFormat(payload, file: path)
            }
        }
        return try result.get()
    }

    /// A file may lack its last pages where they are free; where they are in use, reading them
    /// would kill the process.
    private static func refuseIfCutShort(_ path: String) throws(DatabaseError) {
        let report = try PageWalk.run(path: path)
        guard let first = report.problems.first else { return }
        throw .corrupted("\"\(path)\" is cut short or damaged: \(first)")
    }
}
