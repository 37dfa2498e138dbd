import NeedletailKernels

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Which rows have the record of a node that is there already.
struct RecordTwins {
    /// Of each row, the first node with the same record.
    let nodeOf: [Int?]
    let slots: [UInt32]

    /// - Parameters:
    ///   - rows: no two of the same vector.
    ///   - graph: with records of `layout`.
    init(
        of rows: [Int], among graph: GraphView, isThere: @Sendable (Int) -> Bool,
        _ layout: CodeLayout, _ threads: Int, _ row: GraphBuilder.RowReader
    ) {
        let bytes = layout.recordBytes
        // SAFETY: a record for each row, each written by one part and read when all are; freed at
        // the end. Records begin at multiples of 16.
        let records = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, rows.count) * bytes, alignment: 16)
        nonisolated(unsafe) let shared = records
        records.initializeMemory(as: UInt8.self, repeating: 0, count: rows.count * bytes)
        defer { records.deallocate() }
        let encoded = ScanPool.shared.map(count: rows.count, grain: 256, threads: threads) { part in
            let vector = UnsafeMutablePointer<Float>.allocate(capacity: max(1, layout.dimension))
            defer { vector.deallocate() }
            return part.map { place in
                let slot = row(rows[place], vector)
                let record = shared + place * bytes
                layout.encode(vector, into: record)
                return (slot: slot, hash: Self.hash(record, bytes))
            }
        }.flatMap(\.self)
        var places: [UInt64: [Int]] = [:]
        for (place, row) in encoded.enumerated() { places[row.hash, default: []].append(place) }
        let known = places
        let found =
            known.isEmpty
            ? []
            : ScanPool.shared.map(count: graph.nodeCount, grain: 1_024, threads: threads) { part in
                var pairs: [(place: Int, node: Int)] = []
                for node in part where isThere(node) {
                    let record = UnsafeRawPointer(graph.record(node))
                    for place in known[Self.hash(record, bytes)] ?? []
                    where Self.isSame(record, shared + place * bytes, bytes) {
                        pairs.append((place, node))
                    }
                }
                return pairs
            }.flatMap(\.self)
        var nodeOf = [Int?](repeating: nil, count: rows.count)
        for (place, node) in found where nodeOf[place] == nil { nodeOf[place] = node }
        self.nodeOf = nodeOf
        slots = encoded.map(\.slot)
    }

    /// Of all words but the one that the slot is in.
    private static func hash(_ record: UnsafeRawPointer, _ bytes: Int) -> UInt64 {
        // SAFETY: whole records of a multiple of 16 bytes, the first of which are the header.
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15
        for offset in stride(from: 0, to: bytes, by: 8) {
            var word = record.load(fromByteOffset: offset, as: UInt64.self)
            if offset == WalkRecord.residual {
                word = UInt64(record.load(fromByteOffset: offset, as: UInt32.self))
            }
            hash = (hash ^ word) &* 0xFF51_AFD7_ED55_8CCD
            hash ^= hash >> 32
        }
        return hash
    }

    private static func isSame(
        _ one: UnsafeRawPointer, _ other: UnsafeRawPointer, _ bytes: Int
    ) -> Bool {
        // SAFETY: as above.
        let rest = WalkRecord.header
        return memcmp(one, other, WalkRecord.slot) == 0
            && memcmp(one + rest, other + rest, bytes - rest) == 0
    }
}
