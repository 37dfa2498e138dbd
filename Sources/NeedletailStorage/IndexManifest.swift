package import NeedletailCore

/// Which segments make up an index, and how far they reach.
///
/// Stored as: version (16 bits), index (32), covered sequence (64), first slot of the tail (32),
/// count of segments (32), then for each its number (64), rows (32), count of chunks (32) and the
/// chunks' checksums (32 each).
package struct IndexManifest: Sendable, Hashable {
    /// The form above.
    package static let version: UInt16 = 1

    package struct Segment: Sendable, Hashable {
        package var number: UInt64
        package var rowCount: UInt32
        /// One CRC32C per chunk, in order.
        package var chunkChecksums: [UInt32]

        package init(number: UInt64, rowCount: UInt32, chunkChecksums: [UInt32]) {
            self.number = number
            self.rowCount = rowCount
            self.chunkChecksums = chunkChecksums
        }
    }

    package var index: UInt32
    /// The last commit whose changes the segments show.
    package var coveredSequence: UInt64
    /// Rows from this slot on are in the tail.
    package var tailStart: Slot
    package var segments: [Segment]

    package init(
        index: UInt32, coveredSequence: UInt64, tailStart: Slot, segments: [Segment]
    ) {
        self.index = index
        self.coveredSequence = coveredSequence
        self.tailStart = tailStart
        self.segments = segments
    }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.version)
        bytes.append(littleEndian: index)
        bytes.append(littleEndian: coveredSequence)
        bytes.append(littleEndian: tailStart.rawValue)
        bytes.append(littleEndian: UInt32(segments.count))
        for segment in segments {
            bytes.append(littleEndian: segment.number)
            bytes.append(littleEndian: segment.rowCount)
            bytes.append(littleEndian: UInt32(segment.chunkChecksums.count))
            for checksum in segment.chunkChecksums { bytes.append(littleEndian: checksum) }
        }
        return bytes
    }

    /// Takes a stored manifest apart; `nil` where it is damaged or of another version.
    package init?(_ payload: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        var reader = ByteReader(payload)
        guard let version: UInt16 = reader.read(), version == Self.version,
            let index: UInt32 = reader.read(), let covered: UInt64 = reader.read(),
            let tail: UInt32 = reader.read(), let count: UInt32 = reader.read()
        else { return nil }
        self.init(index: index, coveredSequence: covered, tailStart: Slot(tail), segments: [])
        for _ in 0..<count {
            guard let segment = Self.segment(&reader) else { return nil }
            segments.append(segment)
        }
        guard reader.remaining == 0 else { return nil }
    }

    private static func segment(_ reader: inout ByteReader) -> Segment? {
        guard let number: UInt64 = reader.read(), let rows: UInt32 = reader.read(),
            let chunks: UInt32 = reader.read(), Int(chunks) <= reader.remaining / 4
        else { return nil }
        var checksums: [UInt32] = []
        checksums.reserveCapacity(Int(chunks))
        for _ in 0..<chunks {
            guard let checksum: UInt32 = reader.read() else { return nil }
            checksums.append(checksum)
        }
        return Segment(number: number, rowCount: rows, chunkChecksums: checksums)
    }
}

extension StorageView {
    /// The manifest of an index, or `nil` where nothing was published.
    package func manifest(
        table: UInt32, index: UInt32
    ) throws(DatabaseError) -> IndexManifest? {
        let key = StorageKey.indexManifest(table: table, index: index)
        guard let payload = try sealed(key) else { return nil }
        guard let manifest = IndexManifest(payload) else { throw .unsealed(key) }
        return manifest
    }
}

extension StorageView {
    /// Calls `body` with every manifest there is.
    package func forEachManifest(
        _ body: (IndexManifest) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        try forEach(prefix: StorageKey(.indexManifest)) { key, value throws(DatabaseError) in
            guard let payload = SealedRecord.open(key: key, value: value),
                let manifest = IndexManifest(payload)
            else { throw .corrupted("\(KeyParts(key).description) fails its checksum") }
            try body(manifest)
            return true
        }
    }
}

extension StorageWriter {
    /// Publishes what an index consists of from this commit on.
    package func putManifest(
        table: UInt32, _ manifest: IndexManifest
    ) throws(DatabaseError) {
        try putSealed(
            .indexManifest(table: table, index: manifest.index), manifest.encoded)
    }
}
