import NeedletailCore
import NeedletailFormats
import NeedletailPlanner

/// The rows of a `COPY … FROM`, whatever their format, with vectors from files of their own.
struct CopyReader {
    /// One of the three is there.
    private var jsonl: JSONLReader?
    private var csv: CSVReader?
    private var faiss: FAISSRows?
    private let vectors: [VectorFile]
    private var rowIndex = 0

    init(
        _ copy: BoundCopyFrom, input: (any CopyInput)?
    ) throws(DatabaseError) {
        let columns = copy.targets.map { position in
            Column(
                name: copy.table.columns[position].name, type: copy.table.columns[position].type)
        }
        if copy.options.format == .faiss {
            guard case .file(let path) = copy.origin else {
                throw DatabaseError(
                    .notSupported, "FORMAT faiss reads a file, not a stream",
                    hint: "Run COPY where the database is: needletail PATH -c \"COPY …\".")
            }
            faiss = try FAISSRows(path: path, columns: columns)
            vectors = []
            return
        }
        let source: any ByteSource
        switch (copy.origin, input) {
        case (.file(let path), _): source = try FileSource(path: path)
        case (.stream, let input?): source = CopyInputSource(input)
        case (.stream, nil):
            throw DatabaseError(
                .invalidParameter, "COPY … FROM STDIN has nothing to read here",
                hint: "name a file, or send the data after the statement")
        }
        let options = copy.options
        let mapping = try ColumnMapping(columns, rename: options.renames)
        switch options.format {
        case .jsonl:
            jsonl = JSONLReader(
                source, mapping: mapping,
                unknownKeys: options.ignoresUnknownKeys ? .ignore : .refuse)
        case .csv:
            let format = try CSVFormat(
                delimiter: String(UnicodeScalar(options.delimiter)),
                header: options.hasHeader ? .match : .absent, null: options.nullText)
            csv = CSVReader(source, mapping: mapping, format: format)
        case .faiss: break
        }
        vectors = try Self.openVectors(options.vectorFiles, columns: columns)
    }

    /// Of what has no lines, the number of the row.
    var lineNumber: Int { jsonl?.lineNumber ?? csv?.lineNumber ?? faiss?.position ?? 0 }

    var fractionRead: Double? {
        jsonl?.fractionRead ?? csv?.fractionRead ?? faiss?.fractionRead
    }

    /// Reads the next row: a value for each target, `nil` where none is given. False at the end.
    ///
    /// Errors name the line. After one the next call goes on with the next row.
    mutating func next(into row: inout [Value?]) throws(DatabaseError) -> Bool {
        rowIndex += 1
        var isRow = false
        if let found = try jsonl?.next(into: &row) { isRow = found }
        if let found = try csv?.next(into: &row) { isRow = found }
        if let found = try faiss?.next(into: &row) { isRow = found }
        if isRow { try addVectors(to: &row) } else { try checkVectorsEnd() }
        return isRow
    }

    private func addVectors(to row: inout [Value?]) throws(DatabaseError) {
        for vector in vectors { row[vector.place] = try vector.value(at: rowIndex - 1) }
    }

    private func checkVectorsEnd() throws(DatabaseError) {
        for vector in vectors where vector.rowCount != rowIndex - 1 {
            throw DatabaseError(
                .badCopyFormat,
                "the file of vectors has \(vector.rowCount) rows, the input \(rowIndex - 1)",
                hint: "the vectors must be in the order of the rows, one for each")
        }
    }

    private static func openVectors(
        _ files: [String: String], columns: [Column]
    ) throws(DatabaseError) -> [VectorFile] {
        var vectors: [VectorFile] = []
        for (name, path) in files.sorted(by: { $0.key < $1.key }) {
            guard let place = columns.firstIndex(where: { $0.name == name }) else {
                throw DatabaseError(
                    .undefinedColumn, "\"\(name)\" is not among the columns to be filled")
            }
            vectors.append(try VectorFile(path: path, column: columns[place], place: place))
        }
        return vectors
    }
}
