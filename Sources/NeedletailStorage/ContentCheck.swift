import NeedletailBitmap
import NeedletailCore

/// Checks records as they pass in the order of keys, and at the end against each other.
struct ContentCheck {
    private let environment: EnvironmentKind
    private var findings: [Finding] = []
    private var tables: [UInt32: TableCheck] = [:]
    /// Which table an index belongs to, from the definitions.
    private var tableOfIndex: [UInt32: UInt32] = [:]
    private var slotsOfIndex: [UInt32: SlotBitmap] = [:]
    private var sequence: UInt64?
    private var hasFormat = false
    private var keyed = KeyedCommitCheck()

    init(_ environment: EnvironmentKind) { self.environment = environment }

    private mutating func note(_ message: String) {
        if findings.count < StorageTuning.findingsMax { findings.append(Finding(.damage, message)) }
    }

    /// Takes the next record.
    mutating func read(_ key: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
        // SAFETY: live during the call; lengths are checked before loads, nothing is kept.
        let parts = KeyParts(key)
        guard let kind = parts.kind else { return note("there is \(parts.description)") }
        guard !kind.isReserved else { return }
        if kind == .vectorBlock { return readBlock(parts, value) }
        if kind == .invertedList, parts.number(at: 5) != 0 { return readListPart(parts, value) }
        guard let payload = SealedRecord.open(key: key, value: value) else {
            return note("\(parts.description) fails its checksum")
        }
        if !read(kind, parts, payload) { note("\(parts.description) is malformed") }
    }

    /// Takes a sealed record. Returns whether its form is right.
    private mutating func read(
        _ kind: KeyKind, _ key: KeyParts, _ payload: UnsafeRawBufferPointer
    ) -> Bool {
        switch kind {
        case .meta: return readMeta(key, payload)
        case .indexDefinition:
            guard let table = key.owner, let index = key.number(at: 5) else { return false }
            tableOfIndex[index] = table
            return true
        case .orderedIndex, .uniqueIndex: return readIndexEntry(kind, key, payload)
        case .postingBitmap: return readPosting(key, payload)
        case .listMap: return key.bytes.count == 9 && payload.count % 4 == 0
        case .changeLog:
            guard let number = key.longNumber(at: 1), key.bytes.count == 9 else { return false }
            return number <= sequence ?? 0 && ChangeSet(payload) != nil
        case .indexManifest:
            return key.bytes.count == 9 && IndexManifest(payload)?.index == key.number(at: 5)
        case .idempotencyKey: return keyed.read(key.bytes, payload, newest: sequence ?? 0)
        case .histogram: return key.bytes.count == 9 && ColumnStatistics(payload) != nil
        case .row, .primaryKey, .liveSlots, .freedSlots, .tableStatistics:
            guard let table = key.owner else { return false }
            return tables[table, default: TableCheck()].read(kind, table, key, payload)
        default: return true
        }
    }

    private mutating func readMeta(_ key: KeyParts, _ payload: UnsafeRawBufferPointer) -> Bool {
        guard key.bytes.count == 2 else { return false }
        switch MetaRecord(rawValue: key.bytes[1]) {
        case .format:
            hasFormat = true
            return (try? StoreFormat(payload, file: ""))?.kind == environment
        case .commitSequence:
            guard payload.count == 8 else { return false }
            sequence = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
            return true
        default: return true
        }
    }

    private mutating func readIndexEntry(
        _ kind: KeyKind, _ key: KeyParts, _ payload: UnsafeRawBufferPointer
    ) -> Bool {
        guard let index = key.owner else { return false }
        if kind == .uniqueIndex {
            guard payload.count == 4 else { return false }
            let slot = UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self))
            return Self.insert(slot, &slotsOfIndex[index, default: SlotBitmap()])
        }
        guard key.bytes.count >= 9, let slot = key.lastNumber else { return false }
        return Self.insert(slot, &slotsOfIndex[index, default: SlotBitmap()])
    }

    private mutating func readPosting(
        _ key: KeyParts, _ payload: UnsafeRawBufferPointer
    ) -> Bool {
        // Kind, index, a byte of the value at least, chunk.
        guard let index = key.owner, key.bytes.count > 9, let chunk = key.lastNumber,
            chunk <= Limits.slotsMax / UInt32(PostingChunk.slots)
        else { return false }
        var words: [UInt64] = []
        let start = Int(chunk) * PostingChunk.slots
        guard PostingChunk.read(payload, into: &words, from: start) else { return false }
        let slots = SlotBitmap(words: words)
        slotsOfIndex[index, default: SlotBitmap()].formUnion(slots)
        return slots.count == PostingChunk.count(payload)
    }

    /// Puts `slot` in, unless it is none.
    static func insert(_ slot: UInt32, _ bitmap: inout SlotBitmap) -> Bool {
        guard slot < Limits.slotsMax else { return false }
        bitmap.insert(slot)
        return true
    }

    private mutating func readBlock(_ key: KeyParts, _ value: UnsafeRawBufferPointer) {
        guard key.bytes.count == 13, let table = key.owner, let column = key.number(at: 5),
            let number = key.number(at: 9)
        else { return note("\(key.description) has a damaged key") }
        let name = VectorBlockName(table: table, column: column, block: number)
        guard VectorBlock.isIntact(value), let layout = VectorLayout(header: value) else {
            return note("\(key.description) fails its checksum")
        }
        do throws(DatabaseError) {
            let block = try VectorBlock(value, name, layout)
            let end = UInt64(block.firstSlot.rawValue) + UInt64(block.rowCount)
            tables[table, default: TableCheck()].vectorEnd =
                max(tables[table]?.vectorEnd ?? 0, end)
        } catch {
            note(error.message)
        }
    }

    private mutating func readListPart(_ key: KeyParts, _ value: UnsafeRawBufferPointer) {
        guard key.bytes.count == 13, let index = key.owner, let list = key.number(at: 5),
            let part = key.number(at: 9)
        else { return note("\(key.description) has a damaged key") }
        let name = InvertedListName(index: index, list: list, part: part)
        guard VectorBlock.isIntact(value), (try? InvertedListPart(value, name)) != nil else {
            return note("\(name.description) fails its checksum")
        }
    }

    /// Compares the records with each other. To be called once, after the last record.
    mutating func finish() -> [Finding] {
        if !hasFormat { note("\(environment.name).mdb has no format record") }
        if sequence == nil { note("\(environment.name).mdb has no commit sequence") }
        if let message = keyed.finish() { note(message) }
        for table in tables.keys.sorted() {
            findings += tables[table]?.finish(table) ?? []
        }
        for (index, slots) in slotsOfIndex.sorted(by: { $0.key < $1.key }) {
            guard let table = tableOfIndex[index] else { continue }
            let dead = slots.subtracting(tables[table]?.live ?? SlotBitmap())
            guard let first = dead.slots.first(where: { _ in true }) else { continue }
            note(
                "index \(index) has entries of \(dead.count) rows that are not live in table "
                    + "\(table), the first at slot \(first)")
        }
        return Array(findings.prefix(StorageTuning.findingsMax))
    }
}
