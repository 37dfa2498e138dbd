package import NeedletailCore

/// Consecutive slots of one vector column, in place.
///
/// A stored block is a header of 48 bytes, the vectors from its first slot on, padding to 8 bytes
/// and one presence bit per row in 64-bit words. LMDB gives a value of this size pages of its own
/// behind a header of 16 bytes, so the vectors begin at a multiple of 64. All little-endian:
///
///      0  magic "NTVB"       16  column                32  write sequence (64 bits)
///      4  element, 8 bits    20  block number          40  zero (64 bits)
///      5  row shift, 8       24  rows in use           48  vectors
///      6  zero, 16           28  CRC32C
///      8  dimension
///     12  table
///
/// The checksum covers every other byte of the value; table, column and block are the key.
package struct VectorBlock: @unchecked Sendable {
    // SAFETY: points into a snapshot that nobody changes; valid as long as the view it came from.
    /// The first slot of the block.
    package let firstSlot: Slot
    /// Rows in use: slots past them hold no vector.
    package let rowCount: Int
    /// Bytes from one vector to the next.
    package let stride: Int
    /// The vector of the first slot, at a multiple of 64 bytes. Rows that are not present hold
    /// whatever was there before.
    package let vectors: UnsafeRawPointer
    /// One bit per row, the lowest of the first word for the first: whether it holds a vector.
    package let presence: UnsafePointer<UInt64>
    /// The commit that wrote the block.
    package let writeSequence: UInt64

    static let headerBytes = 48
    static let magic: UInt32 = 0x4256_544E
    static let checksumOffset = 28

    /// Whether all rows that a block of `layout` can have hold vectors.
    func isFull(_ layout: VectorLayout) -> Bool {
        guard rowCount == layout.rowsPerBlock else { return false }
        let (words, rest) = rowCount.quotientAndRemainder(dividingBy: 64)
        for word in 0..<words where presence[word] != .max { return false }
        return rest == 0 || presence[words] & ((1 << UInt64(rest)) - 1) == (1 << UInt64(rest)) - 1
    }

    /// Whether row `row` holds a vector.
    @inline(__always)
    package func isPresent(_ row: Int) -> Bool {
        row >= 0 && row < rowCount && presence[row >> 6] & (1 << UInt64(row & 63)) != 0
    }

    /// The vector of row `row`, or `nil` where it holds none.
    @inline(__always)
    package func vector(_ row: Int) -> UnsafeRawPointer? {
        isPresent(row) ? vectors + row &* stride : nil
    }
}

/// Which block of which column.
struct VectorBlockName: Hashable, Sendable {
    let table: UInt32
    let column: UInt32
    let block: UInt32

    var key: StorageKey { .vectorBlock(table: table, column: column, block: block) }

    var description: String { "vector block \(block) of table \(table), column \(column)" }
}

extension VectorBlock {
    /// Takes a stored block apart. Throws XX001 where the header does not fit the column or the
    /// size; the checksum is the caller's to verify.
    init(
        _ bytes: UnsafeRawBufferPointer, _ name: VectorBlockName, _ layout: VectorLayout
    ) throws(DatabaseError) {
        guard bytes.count >= Self.headerBytes, let start = bytes.baseAddress,
            Int(bitPattern: start) % 8 == 0
        else { throw .damagedBlock(name, "it is too short") }
        func number(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard number(0) == Self.magic, number(12) == name.table, number(16) == name.column,
            number(20) == name.block
        else { throw .damagedBlock(name, "its header belongs elsewhere") }
        guard bytes[4] == layout.element.rawValue, Int(bytes[5]) == layout.rowShift,
            number(8) == UInt32(layout.dimension)
        else { throw .damagedBlock(name, "its header does not fit the column") }
        let rows = Int(number(24))
        let first = UInt64(name.block) << UInt64(layout.rowShift)
        guard rows <= layout.rowsPerBlock, bytes.count == layout.blockBytes(rows),
            first <= UInt64(UInt32.max)
        else { throw .damagedBlock(name, "its size does not fit \(rows) rows") }
        firstSlot = Slot(UInt32(first))
        rowCount = rows
        stride = layout.stride
        vectors = start + Self.headerBytes
        // SAFETY: the size was checked above, and the address is a multiple of 8.
        presence = (vectors + layout.payloadBytes(rows)).assumingMemoryBound(to: UInt64.self)
        writeSequence = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
    }

    /// Block `number`, which was taken apart and verified before, at the same place.
    @inline(__always)
    init(verifiedAt start: UnsafeRawPointer, _ number: UInt32, _ layout: VectorLayout) {
        // SAFETY: header and size were found to fit each other and the layout.
        rowCount = Int(UInt32(littleEndian: start.load(fromByteOffset: 24, as: UInt32.self)))
        firstSlot = Slot(number << UInt32(layout.rowShift))
        stride = layout.stride
        vectors = start + Self.headerBytes
        presence = (vectors + layout.payloadBytes(rowCount)).assumingMemoryBound(to: UInt64.self)
        writeSequence = UInt64(littleEndian: start.load(fromByteOffset: 32, as: UInt64.self))
    }

    /// Whether the stored checksum is that of the bytes.
    static func isIntact(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard bytes.count >= headerBytes else { return false }
        let stored = bytes.loadUnaligned(fromByteOffset: checksumOffset, as: UInt32.self)
        return checksum(bytes) == UInt32(littleEndian: stored)
    }

    /// Of everything but the checksum itself.
    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var sum = Checksum()
        sum.update(UnsafeRawBufferPointer(rebasing: bytes[..<checksumOffset]))
        sum.update(UnsafeRawBufferPointer(rebasing: bytes[(checksumOffset + 4)...]))
        return sum.value
    }
}

extension DatabaseError {
    static func damagedBlock(_ name: VectorBlockName, _ reason: String) -> DatabaseError {
        .corrupted("\(name.description) is damaged: \(reason)")
    }
}
