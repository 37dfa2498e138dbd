package import NeedletailCore

/// A part of an inverted list, in place.
///
/// A list is its parts 0, 1 and so on. Each has the codes of some entries, and where the index has
/// second codes they are in a record of their own, whose part number has the highest bit set. A
/// record is a header of 48 bytes and the codes, padded to a page, so that LMDB gives it pages of
/// its own and codes begin at a multiple of 64. All little-endian:
///
///      0  magic "NTIL"   12  part       24  zero       32  write sequence (64 bits)
///      4  index          16  entries    28  CRC32C     40  zero (64 bits)
///      8  list           20  bytes                     48  codes
///
/// The checksum covers every other byte of the value. List 0 holds no entries: its parts are
/// sealed records of whoever keeps the lists.
package struct InvertedListPart: @unchecked Sendable {
    // SAFETY: points into a snapshot that nobody changes; valid as long as the view it came from,
    // in a write transaction until its next write.
    package let part: UInt32
    package let entryCount: Int
    package let codes: UnsafeRawBufferPointer
    /// The commit that wrote it.
    let writeSequence: UInt64

    /// The bit of a part number that says second codes.
    package static let fineBit: UInt32 = 1 << 31
    static let magic: UInt32 = 0x4C49_544E
    static let headerBytes = 48
    /// A shorter value would lie in a page with others, at any address.
    static let valueBytesMin = 4_080

    /// Bytes of a record with so many bytes of codes.
    static func valueBytes(_ codes: Int) -> Int { max(headerBytes + codes, valueBytesMin) }

    /// Takes a stored part apart. Throws XX001 where the header fits neither key nor size; the
    /// checksum is the caller's to verify.
    init(_ bytes: UnsafeRawBufferPointer, _ name: InvertedListName) throws(DatabaseError) {
        guard bytes.count >= Self.headerBytes else { throw .damagedList(name, "it is too short") }
        func number(_ offset: Int) -> UInt32 {
            UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
        guard number(0) == Self.magic, number(4) == name.index, number(8) == name.list,
            number(12) == name.part
        else { throw .damagedList(name, "its header belongs elsewhere") }
        let size = Int(number(20))
        guard bytes.count == Self.valueBytes(size) else {
            throw .damagedList(name, "its size does not fit \(size) bytes of codes")
        }
        part = name.part
        entryCount = Int(number(16))
        codes = UnsafeRawBufferPointer(
            rebasing: bytes[Self.headerBytes..<Self.headerBytes + size])
        writeSequence = UInt64(
            littleEndian: bytes.loadUnaligned(fromByteOffset: 32, as: UInt64.self))
    }

    /// Writes a part into `target`, which has ``valueBytes(_:)`` bytes.
    static func write(
        _ codes: UnsafeRawBufferPointer, entryCount: Int, _ name: InvertedListName,
        sequence: UInt64, into target: UnsafeMutableRawBufferPointer
    ) {
        // SAFETY: header, codes and padding are what the target has room for.
        target.initializeMemory(as: UInt8.self, repeating: 0)
        func store(_ number: UInt32, _ offset: Int) {
            target.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
        }
        store(magic, 0)
        store(name.index, 4)
        store(name.list, 8)
        store(name.part, 12)
        store(UInt32(entryCount), 16)
        store(UInt32(codes.count), 20)
        target.storeBytes(of: sequence.littleEndian, toByteOffset: 32, as: UInt64.self)
        UnsafeMutableRawBufferPointer(rebasing: target[headerBytes...]).copyMemory(from: codes)
        store(VectorBlock.checksum(UnsafeRawBufferPointer(target)), VectorBlock.checksumOffset)
    }
}

/// Which part of which list.
struct InvertedListName: Hashable, Sendable {
    let index: UInt32
    let list: UInt32
    let part: UInt32

    var key: StorageKey { .invertedList(index: index, list: list, part: part) }

    var description: String { "part \(part) of list \(list) of index \(index)" }

    /// What it is remembered by once it was verified: indexes and tables share their numbers.
    var verifiedName: VectorBlockName { VectorBlockName(table: index, column: list, block: part) }
}

extension StorageView {
    /// Part `part` of a list, verified, or `nil` where there is none. Throws XX001 where it is
    /// damaged.
    package func listPart(
        index: UInt32, list: UInt32, part: UInt32
    ) throws(DatabaseError) -> InvertedListPart? {
        let name = InvertedListName(index: index, list: list, part: part)
        guard let bytes = try get(name.key) else { return nil }
        let found = try InvertedListPart(bytes, name)
        let known = environment.verifiedBlocks
        if known.contains(name.verifiedName, sequence: found.writeSequence) { return found }
        guard VectorBlock.isIntact(bytes) else {
            throw .damagedList(name, "it fails its checksum")
        }
        // A sequence that is still being written may be written again with other bytes.
        if found.writeSequence < pendingSequence {
            known.insert(name.verifiedName, sequence: found.writeSequence)
        }
        return found
    }

    /// Calls `body` with list, entries and bytes of each part of each list of `index`, by the
    /// headers alone: for figures. Parts of second codes have no entries of their own.
    package func forEachListPart(
        index: UInt32, _ body: (_ list: UInt32, _ entries: Int, _ bytes: Int) -> Void
    ) throws(DatabaseError) {
        try forEach(prefix: StorageKey(.invertedList, index)) { key, value throws(DatabaseError) in
            guard let list = KeyParts(key).number(at: 5), let part = KeyParts(key).number(at: 9)
            else { return true }
            var entries = 0
            if list > 0, part & InvertedListPart.fineBit == 0,
                value.count >= InvertedListPart.headerBytes
            {
                entries = Int(
                    UInt32(
                        littleEndian: value.loadUnaligned(fromByteOffset: 16, as: UInt32.self)))
            }
            body(list, entries, value.count)
            return true
        }
    }

    /// The numbers of a chunk of an index's map from slots to lists; none where it was never
    /// written. Throws XX001 where it is damaged.
    package func listMap(
        index: UInt32, chunk: UInt32
    ) throws(DatabaseError) -> [UInt32] {
        let key = StorageKey.listMap(index: index, chunk: chunk)
        guard let payload = try sealed(key) else { return [] }
        guard payload.count % 4 == 0 else { throw .unsealed(key) }
        // SAFETY: loads stay within the length.
        return (0..<payload.count / 4).map { place in
            UInt32(
                littleEndian: payload.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self))
        }
    }
}

extension StorageWriter {
    /// Stores a part of a list. `part` has ``InvertedListPart/fineBit`` for second codes.
    package func putListPart(
        index: UInt32, list: UInt32, part: UInt32, entryCount: Int,
        _ codes: UnsafeRawBufferPointer
    ) throws(DatabaseError) {
        let name = InvertedListName(index: index, list: list, part: part)
        // SAFETY: copied into the space that LMDB reserved.
        try put(name.key, reserving: InvertedListPart.valueBytes(codes.count)) {
            InvertedListPart.write(
                codes, entryCount: entryCount, name, sequence: sequence, into: $0)
        }
    }

    /// Stores a chunk of an index's map from slots to lists; one of zeros is removed.
    package func putListMap(
        index: UInt32, chunk: UInt32, _ lists: [UInt32]
    ) throws(DatabaseError) {
        let key = StorageKey.listMap(index: index, chunk: chunk)
        guard lists.contains(where: { $0 != 0 }) else {
            try delete(key)
            return
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(lists.count * 4)
        for list in lists { bytes.append(littleEndian: list) }
        try putSealed(key, bytes)
    }
}

extension DatabaseError {
    static func damagedList(_ name: InvertedListName, _ reason: String) -> DatabaseError {
        .corrupted("\(name.description) is damaged: \(reason)")
    }
}
