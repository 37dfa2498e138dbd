import NeedletailCore
import NeedletailFormats

/// The vectors of a FAISS index as rows, read ahead in runs.
struct FAISSRows {
    private static let runBytes = 1 << 20

    private let file: FAISSFile
    private let width: Int
    private let places: FAISSColumns
    private let vectorType: ValueType
    private let runRows: Int
    private var run = 0..<0
    private var ids: [Int64] = []
    private var floats: [Float] = []
    private(set) var position = 0

    /// - Parameter columns: those that are filled: one vector, and an integer at most.
    /// - Throws: 42804 for other columns, 22000 for another dimension, and what ``FAISSFile``
    ///   throws.
    init(path: String, columns: [Column]) throws(DatabaseError) {
        places = try FAISSColumns(
            columns, hint: "Name the columns: COPY t (id, embedding) FROM 'x.faiss'.")
        file = try FAISSFile(path: path)
        width = columns.count
        let column = columns[places.vector]
        vectorType = column.type
        runRows = max(1, Self.runBytes / (4 * file.dimension))
        guard let expected = vectorType.dimension, expected != file.dimension else { return }
        throw DatabaseError(
            .dataException,
            "expected \(expected) dimensions, not \(file.dimension), in \"\(path)\"",
            hint: "the column \"\(column.name)\" is declared \(vectorType.sqlName)")
    }

    var fractionRead: Double? {
        file.rowCount == 0 ? nil : Double(position) / Double(file.rowCount)
    }

    /// The next row: a value for each column. False at the end.
    mutating func next(into row: inout [Value?]) throws(DatabaseError) -> Bool {
        guard position < file.rowCount else { return false }
        if !run.contains(position) {
            let rows = position..<min(position + runRows, file.rowCount)
            ids.removeAll(keepingCapacity: true)
            floats.removeAll(keepingCapacity: true)
            // What cannot be read is passed over where the next row is asked for all the same.
            defer { run = rows }
            try file.read(rows, ids: &ids, into: &floats)
        }
        let place = position - run.lowerBound
        position += 1
        row = [Value?](repeating: nil, count: width)
        guard (place + 1) * file.dimension <= floats.count else {
            throw DatabaseError(.dataException, "row \(position) could not be read")
        }
        let vector = Value.vector(
            Array(floats[place * file.dimension..<(place + 1) * file.dimension]))
        if case .halfvec = vectorType {
            row[places.vector] = try Casting.cast(
                vector, from: .vector(nil), to: vectorType, explicit: false)
        } else {
            row[places.vector] = vector
        }
        if let id = places.id { row[id] = .int(ids[place]) }
        return true
    }
}
