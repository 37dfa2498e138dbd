package import NeedletailCore

/// The whole layout of keys. A key is its kind's byte, then big-endian numbers, then encoded
/// values, so that byte order groups what is read together. 32 bits unless another width is given.
///
///     byte  kind             key after the byte                      value
///     0x01  meta             name (1 byte, see MetaRecord)           sealed: see MetaRecord
///     0x10  tableDefinition  table                                   sealed: catalogue's own
///     0x11  indexDefinition  table, index                            sealed: catalogue's own
///     0x12  catalogName      catalogue's own                         sealed: catalogue's own
///     0x13  counter          table, column                           sealed: Int64
///     0x14  tableStatistics  table                                   sealed: TableStatistics
///     0x15  histogram        table, column                           sealed: ColumnStatistics
///     0x20  row              table, slot                             sealed: row record
///     0x21  primaryKey       table, encoded key (bounded)            sealed: slot
///     0x22  orderedIndex     index, encoded values (bounded), slot   sealed: empty
///     0x23  uniqueIndex      index, 128-bit hash                     sealed: slot
///     0x28  postingBitmap    index, encoded value (bounded), chunk   sealed: PostingChunk
///     0x29  textPosting      index, term, chunk                      (reserved)
///     0x30  vectorBlock      table, column, block                    VectorBlock, own checksum
///     0x31  codeBlock        index, block                            (reserved)
///     0x32  invertedList     index, list, part                       see InvertedList
///     0x33  listMap          index, chunk                            sealed: list numbers
///     0x40  liveSlots        table, chunk                            sealed: 1,024 bytes of bits
///     0x41  freedSlots       table, sequence (64 bits), part         sealed: ranges
///     0x48  changeLog        sequence (64 bits)                      sealed: ChangeSet
///     0x50  indexManifest    table, index                            sealed: IndexManifest
///     0x58  idempotencyKey   1, the key's UTF-8                      sealed: KeyedCommit
///                            2, ordinal (64 bits)                    sealed: time, the key's UTF-8
///     0x59  snapshot         caller's own                            (reserved)
///
/// *Sealed* is a CRC32C of key and payload, 4 bytes, then the payload. Numbers inside values are
/// little-endian. In the index environment only `meta` and the index's own kinds appear.
package enum KeyKind: UInt8, Sendable, CaseIterable {
    case meta = 0x01
    case tableDefinition = 0x10
    case indexDefinition = 0x11
    case catalogName = 0x12
    case counter = 0x13
    case tableStatistics = 0x14
    case histogram = 0x15
    case row = 0x20
    case primaryKey = 0x21
    case orderedIndex = 0x22
    case uniqueIndex = 0x23
    case postingBitmap = 0x28
    case textPosting = 0x29
    case vectorBlock = 0x30
    case codeBlock = 0x31
    case invertedList = 0x32
    case listMap = 0x33
    case liveSlots = 0x40
    case freedSlots = 0x41
    case changeLog = 0x48
    case indexManifest = 0x50
    case idempotencyKey = 0x58
    case snapshot = 0x59

    /// Whether nothing writes this kind yet.
    var isReserved: Bool {
        switch self {
        case .textPosting, .codeBlock, .snapshot: true
        default: false
        }
    }

    /// The kinds whose keys begin with a table's number and go with the table.
    static let ofTable: [KeyKind] = [
        .tableDefinition, .indexDefinition, .counter, .tableStatistics, .histogram, .row,
        .primaryKey, .vectorBlock, .liveSlots, .freedSlots, .indexManifest,
    ]

    /// The kinds whose keys begin with an index's number and go with the index.
    static let ofIndex: [KeyKind] = [
        .orderedIndex, .uniqueIndex, .postingBitmap, .textPosting, .codeBlock, .invertedList,
        .listMap,
    ]
}

extension StorageKey {
    package init(_ kind: KeyKind) {
        self.init()
        append(kind.rawValue)
    }

    /// Everything of `kind` under one number; also the key itself where one number is all.
    package init(_ kind: KeyKind, _ number: UInt32) {
        self.init(kind)
        append(bigEndian: number)
    }

    package init(_ kind: KeyKind, _ first: UInt32, _ second: UInt32) {
        self.init(kind, first)
        append(bigEndian: second)
    }

    package static func meta(_ record: MetaRecord) -> StorageKey {
        var key = StorageKey(.meta)
        key.append(record.rawValue)
        return key
    }

    package static func tableDefinition(_ table: UInt32) -> StorageKey {
        StorageKey(.tableDefinition, table)
    }

    package static func indexDefinition(table: UInt32, index: UInt32) -> StorageKey {
        StorageKey(.indexDefinition, table, index)
    }

    package static func counter(table: UInt32, column: UInt32) -> StorageKey {
        StorageKey(.counter, table, column)
    }

    package static func tableStatistics(_ table: UInt32) -> StorageKey {
        StorageKey(.tableStatistics, table)
    }

    package static func row(table: UInt32, slot: Slot) -> StorageKey {
        StorageKey(.row, table, slot.rawValue)
    }

    package static func histogram(table: UInt32, column: UInt32) -> StorageKey {
        StorageKey(.histogram, table, column)
    }

    /// - Parameter encoded: of ``KeyCoding``, already bounded.
    package static func primaryKey(
        table: UInt32, encoded: some Collection<UInt8>
    ) -> StorageKey {
        var key = StorageKey(.primaryKey, table)
        key.append(encoded)
        return key
    }

    /// - Parameter encoded: of ``KeyCoding``, already bounded.
    package static func orderedIndex(
        index: UInt32, encoded: some Collection<UInt8>, slot: Slot
    ) -> StorageKey {
        var key = orderedIndexPrefix(index: index, encoded: encoded)
        key.append(bigEndian: slot.rawValue)
        return key
    }

    /// The start of every entry whose encoded values begin with `encoded`.
    package static func orderedIndexPrefix(
        index: UInt32, encoded: some Collection<UInt8>
    ) -> StorageKey {
        var key = StorageKey(.orderedIndex, index)
        key.append(encoded)
        return key
    }

    /// - Parameter encoded: the posting's value, already bounded.
    package static func postingBitmap(
        index: UInt32, encoded: some Collection<UInt8>, chunk: UInt32
    ) -> StorageKey {
        var key = postingPrefix(index: index, encoded: encoded)
        key.append(bigEndian: chunk)
        return key
    }

    /// The start of every chunk of the postings whose encoded values begin with `encoded`.
    package static func postingPrefix(
        index: UInt32, encoded: some Collection<UInt8>
    ) -> StorageKey {
        var key = StorageKey(.postingBitmap, index)
        key.append(encoded)
        return key
    }

    package static func uniqueIndex(index: UInt32, hash: Hash128) -> StorageKey {
        var key = StorageKey(.uniqueIndex, index)
        key.append(bigEndian: hash.high)
        key.append(bigEndian: hash.low)
        return key
    }

    package static func vectorBlock(
        table: UInt32, column: UInt32, block: UInt32
    ) -> StorageKey {
        var key = StorageKey(.vectorBlock, table, column)
        key.append(bigEndian: block)
        return key
    }

    /// Part `part` of list `list`; list 0 is what is known of all lists.
    package static func invertedList(
        index: UInt32, list: UInt32, part: UInt32
    ) -> StorageKey {
        var key = StorageKey(.invertedList, index, list)
        key.append(bigEndian: part)
        return key
    }

    package static func listMap(index: UInt32, chunk: UInt32) -> StorageKey {
        StorageKey(.listMap, index, chunk)
    }

    package static func liveSlots(table: UInt32, chunk: UInt32) -> StorageKey {
        StorageKey(.liveSlots, table, chunk)
    }

    package static func freedSlots(
        table: UInt32, sequence: UInt64, part: UInt32
    ) -> StorageKey {
        var key = StorageKey(.freedSlots, table)
        key.append(bigEndian: sequence)
        key.append(bigEndian: part)
        return key
    }

    package static func changeLog(_ sequence: UInt64) -> StorageKey {
        var key = StorageKey(.changeLog)
        key.append(bigEndian: sequence)
        return key
    }

    package static func indexManifest(table: UInt32, index: UInt32) -> StorageKey {
        StorageKey(.indexManifest, table, index)
    }
}
