import NeedletailCore
import NeedletailFormats

/// A file of row-aligned vectors for one column of a `COPY`, read ahead in runs of rows.
final class VectorFile {
    private static let runBytes = 1 << 20

    /// Place of the column among the targets.
    let place: Int
    private let file: NPYFile
    private let type: ValueType
    private let runRows: Int
    private var run = 0..<0
    private var floats: [Float] = []
    private var halves: [UInt16] = []

    /// Errors: 22000 where the file's vectors have another dimension than the column's.
    init(path: String, column: Column, place: Int) throws(DatabaseError) {
        file = try NPYFile(path: path)
        type = column.type
        self.place = place
        runRows = max(1, Self.runBytes / max(1, file.dimension * 4))
        guard let expected = type.dimension, expected != file.dimension else { return }
        throw DatabaseError(
            .dataException,
            "expected \(expected) dimensions, not \(file.dimension), in \"\(path)\"",
            hint: "the column \"\(column.name)\" is declared \(type.sqlName)")
    }

    var rowCount: Int { file.rowCount }

    /// The vector of row `index`, 0-based, as the column's type.
    func value(at index: Int) throws(DatabaseError) -> Value {
        guard index < rowCount else {
            throw DatabaseError(
                .badCopyFormat,
                "the file of vectors has \(rowCount) rows, fewer than the input",
                hint: "the vectors must be in the order of the rows, one for each")
        }
        if !run.contains(index) { try read(index..<min(index + runRows, rowCount)) }
        let start = (index - run.lowerBound) * file.dimension
        let range = start..<start + file.dimension
        if !halves.isEmpty { return .halfvec(HalfVector(bits: Array(halves[range]))) }
        let vector = Value.vector(Array(floats[range]))
        guard case .halfvec = type else { return vector }
        return try Casting.cast(vector, from: .vector(nil), to: type, explicit: false)
    }

    private func read(_ rows: Range<Int>) throws(DatabaseError) {
        floats.removeAll(keepingCapacity: true)
        halves.removeAll(keepingCapacity: true)
        if case .halfvec = type, file.header.element == .half {
            try file.readHalves(rows, into: &halves)
        } else {
            try file.read(rows, into: &floats)
        }
        run = rows
    }
}
