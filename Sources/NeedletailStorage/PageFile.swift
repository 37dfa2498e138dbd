import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An LMDB file read with plain, bounded reads: no byte in it can make this trap.
///
/// Knows the format of LMDB 0.9 on 64-bit machines, from its header files: a page is a header of
/// 16 bytes (number, padding, flags, bounds of the free space or count of pages), then offsets of
/// nodes from the front and nodes from the back.
struct PageFile: ~Copyable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(path: String) throws(DatabaseError) {
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DatabaseError(StorageError("open", errno, detail: path))
        }
        self.path = path
        var info = stat()
        byteCount = fstat(descriptor, &info) == 0 ? Int(info.st_size) : 0
    }

    deinit { close(descriptor) }

    /// `count` bytes from `offset`, or `nil` where the file does not have them.
    func read(_ offset: Int, count: Int) -> [UInt8]? {
        guard offset >= 0, count >= 0, offset <= byteCount, count <= byteCount - offset else {
            return nil
        }
        var isWhole = true
        // SAFETY: `pread` writes into the rest of the array's own capacity, whose count is passed.
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let size = pread(
                    descriptor, buffer.baseAddress?.advanced(by: filled), count - filled,
                    off_t(offset + filled))
                if size < 0, errno == EINTR { continue }
                guard size > 0 else {
                    isWhole = false
                    break
                }
                filled += size
            }
        }
        return isWhole ? bytes : nil
    }

    /// The newer of the two meta pages that can be read; `nil` where neither can.
    func newestMeta() -> PageMeta? {
        guard let first = read(0, count: PageMeta.byteCount) else { return nil }
        let one = PageMeta(first)
        let candidates = [one?.pageBytes ?? 4_096].compactMap { size in
            read(size, count: PageMeta.byteCount).flatMap(PageMeta.init)
        }
        return (candidates + [one].compactMap { $0 }).max { $0.transaction < $1.transaction }
    }

    /// The page of that number; `nil` where the file does not have it.
    func page(_ number: UInt64, _ meta: PageMeta) -> Page? {
        guard number <= UInt64(byteCount / meta.pageBytes) else { return nil }
        return read(Int(number) * meta.pageBytes, count: meta.pageBytes).map(Page.init)
    }
}

/// The root of one of the two trees of a file.
struct PageTree: Sendable, Hashable {
    let flags: UInt16
    let depth: UInt16
    let branchPages: UInt64
    let leafPages: UInt64
    let overflowPages: UInt64
    let entries: UInt64
    /// `UInt64.max` where the tree is empty.
    let root: UInt64

    static let byteCount = 48

    init(_ bytes: ArraySlice<UInt8>) {
        let start = bytes.startIndex
        flags = bytes.number(start + 4)
        depth = bytes.number(start + 6)
        branchPages = bytes.number(start + 8)
        leafPages = bytes.number(start + 16)
        overflowPages = bytes.number(start + 24)
        entries = bytes.number(start + 32)
        root = bytes.number(start + 40)
    }
}

/// A meta page: where the trees of one committed transaction begin.
struct PageMeta: Sendable, Hashable {
    let pageBytes: Int
    let version: UInt32
    let free: PageTree
    let main: PageTree
    let lastPage: UInt64
    let transaction: UInt64

    /// A page header and the meta record.
    static let byteCount = 16 + 136
    private static let magic: UInt32 = 0xBEEF_C0DE

    /// `nil` where the bytes are no meta page.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.byteCount, bytes[...].number(16) == Self.magic else {
            return nil
        }
        let flags: UInt16 = bytes[...].number(10)
        let size: UInt32 = bytes[...].number(40)
        guard flags & Page.metaFlag != 0, size.nonzeroBitCount == 1, (512...65_536).contains(size)
        else { return nil }
        version = bytes[...].number(20)
        pageBytes = Int(size)
        free = PageTree(bytes[40..<88])
        main = PageTree(bytes[88..<136])
        lastPage = bytes[...].number(136)
        transaction = bytes[...].number(144)
    }
}

/// One page in memory.
struct Page: Sendable {
    let bytes: [UInt8]

    static let headerBytes = 16
    static let branchFlag: UInt16 = 0x01
    static let leafFlag: UInt16 = 0x02
    static let overflowFlag: UInt16 = 0x04
    static let metaFlag: UInt16 = 0x08

    var number: UInt64 { bytes[...].number(0) }
    var flags: UInt16 { bytes[...].number(10) }
    var lower: Int { Int(bytes[...].number(12) as UInt16) }
    var upper: Int { Int(bytes[...].number(14) as UInt16) }
    /// Of an overflow page: how many pages belong together.
    var overflowCount: UInt32 { bytes[...].number(12) }

    /// Whether the bounds of the free space make sense.
    var hasValidBounds: Bool {
        lower >= Self.headerBytes && lower <= upper && upper <= bytes.count && lower % 2 == 0
    }

    var nodeCount: Int { hasValidBounds ? (lower - Self.headerBytes) / 2 : 0 }

    /// Node `index`, or `nil` where it does not lie within the page.
    func node(_ index: Int) -> PageNode? {
        guard index >= 0, index < nodeCount else { return nil }
        let start = Int(bytes[...].number(Self.headerBytes + index * 2) as UInt16)
        guard start >= upper, start + PageNode.headerBytes <= bytes.count else { return nil }
        let node = PageNode(bytes[start...], isLeaf: flags & Self.leafFlag != 0)
        return node.end <= bytes.count ? node : nil
    }
}

/// An entry of a page: a key with a child (branch), or with a value or where that is (leaf).
struct PageNode: Sendable {
    static let headerBytes = 8
    private static let bigDataFlag: UInt16 = 0x01

    let flags: UInt16
    let key: Range<Int>
    /// Of a leaf: bytes of the value.
    let valueBytes: Int
    /// Of a branch.
    let child: UInt64
    let isLeaf: Bool

    init(_ bytes: ArraySlice<UInt8>, isLeaf: Bool) {
        let start = bytes.startIndex
        let low: UInt16 = bytes.number(start)
        let high: UInt16 = bytes.number(start + 2)
        flags = bytes.number(start + 4)
        let keyBytes: UInt16 = bytes.number(start + 6)
        key = start + Self.headerBytes..<start + Self.headerBytes + Int(keyBytes)
        self.isLeaf = isLeaf
        valueBytes = isLeaf ? Int(high) << 16 | Int(low) : 0
        child = isLeaf ? 0 : UInt64(low) | UInt64(high) << 16 | UInt64(flags) << 32
    }

    /// Whether the value has pages of its own and the leaf only their number.
    var isBig: Bool { isLeaf && flags & Self.bigDataFlag != 0 }

    /// Whether it is something that only files with duplicate keys or named databases have.
    var isForeign: Bool { isLeaf && flags & ~Self.bigDataFlag != 0 }

    /// Where the node ends in its page.
    var end: Int { key.upperBound + (isBig ? 8 : valueBytes) }
}

extension ArraySlice<UInt8> {
    /// The little-endian number at `offset`. The caller has checked the bounds.
    func number<T: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> T {
        withUnsafeBytes { bytes in
            T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset - startIndex, as: T.self))
        }
    }
}
