package import NeedletailCore

/// The vectors in an index file of FAISS, read from the disk when they are asked for.
///
/// Flat, IVF-Flat, IVF with 8-bit scalar quantisation, HNSW over flat vectors, and maps of ids over
/// flat vectors or HNSW, as `faiss.write_index` of versions 1.5 to 1.15 leaves them. What a
/// quantised index has of a vector is the middle of the cell that it fell into.
package final class FAISSFile {
    package let dimension: Int
    package let rowCount: Int
    /// Whether rows have ids in the file; else their ids are their places.
    package let hasIDs: Bool
    private let file: OpenFile
    private let runs: [FAISSRun]

    /// Errors: 58P01 and 58030 as for any file; 22P04 for what is no such index, or contradicts
    /// itself; 0A000 for an index of another kind.
    package init(path: String) throws(DatabaseError) {
        file = try OpenFile(reading: path)
        guard let size = file.size else {
            throw FAISSFileReader.malformed(
                path, "it is a pipe or a device", hint: "Save it to a file first.")
        }
        var reader = FAISSFileReader(file, size: size)
        let index = try reader.index(depth: 0)
        guard reader.isAtEnd else {
            throw FAISSFileReader.malformed(path, "something follows the index")
        }
        dimension = index.dimension
        runs = index.runs
        rowCount = index.rowCount
        hasIDs = index.runs.contains { $0.ids != nil }
    }

    /// Appends the ids and the components of `rows`, which must exist, one row after another, in
    /// the order of the file.
    ///
    /// Errors: 22000 where a component is NaN or infinite, 22P04 if the file has been cut since it
    /// was opened, 58030 if the disk fails.
    package func read(
        _ rows: Range<Int>, ids: inout [Int64], into components: inout [Float]
    ) throws(DatabaseError) {
        precondition(rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist")
        for run in runs where run.rows.overlaps(rows) {
            let part = run.rows.clamped(to: rows)
            try read(part, of: run, ids: &ids, into: &components)
        }
    }

    private func read(
        _ rows: Range<Int>, of run: FAISSRun, ids: inout [Int64],
        into components: inout [Float]
    ) throws(DatabaseError) {
        let skipped = rows.lowerBound - run.rows.lowerBound
        if let offset = run.ids {
            let bytes = try exactly(8 * rows.count, at: offset + 8 * skipped)
            for row in 0..<rows.count {
                ids.append(Int64(littleEndian: Self.load(bytes, at: 8 * row)))
            }
        } else {
            ids.append(contentsOf: rows.map { Int64($0) })
        }
        let width = run.coding.rowBytes(dimension)
        let bytes = try exactly(width * rows.count, at: run.vectors + width * skipped)
        let first = components.count
        run.coding.append(bytes, dimension: dimension, to: &components)
        guard let bad = components[first...].firstIndex(where: { !$0.isFinite }) else { return }
        let row = rows.lowerBound + (bad - first) / dimension
        throw DatabaseError(
            .dataException,
            "component \((bad - first) % dimension + 1) of row \(row) is NaN or infinite",
            hint: "Remove such rows before writing the index.")
    }

    private func exactly(_ count: Int, at offset: Int) throws(DatabaseError) -> [UInt8] {
        let bytes = try file.bytes(count, at: offset)
        guard bytes.count == count else {
            throw FAISSFileReader.malformed(
                file.path, "it was cut while it was read", hint: "Copy the file again.")
        }
        return bytes
    }

    static func load<Bits: FixedWidthInteger>(_ bytes: [UInt8], at offset: Int) -> Bits {
        // SAFETY: unaligned loads inside the array, which `loadUnaligned` checks.
        bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Bits.self) }
    }
}

/// Rows that follow one another in the file.
struct FAISSRun {
    /// Their places among all rows.
    var rows: Range<Int>
    /// Offset of the first vector.
    var vectors: Int
    /// Offset of the first id; `nil` where ids are places.
    var ids: Int?
    var coding: FAISSCoding
}

/// How the vectors of a run are written.
enum FAISSCoding {
    case floats
    /// A byte a dimension: its cell of `range / 255` from `least`, to which `center` is added.
    case bytes(least: [Float], range: [Float], center: [Float])

    func rowBytes(_ dimension: Int) -> Int {
        switch self {
        case .floats: 4 * dimension
        case .bytes: dimension
        }
    }

    func append(_ bytes: [UInt8], dimension: Int, to components: inout [Float]) {
        switch self {
        case .floats:
            for place in 0..<bytes.count / 4 {
                components.append(
                    Float(
                        bitPattern: UInt32(littleEndian: FAISSFile.load(bytes, at: 4 * place))))
            }
        case .bytes(let least, let range, let center):
            for (place, byte) in bytes.enumerated() {
                let column = place % dimension
                let share = (Float(byte) + 0.5) / 255
                components.append(center[column] + least[column] + share * range[column])
            }
        }
    }
}
