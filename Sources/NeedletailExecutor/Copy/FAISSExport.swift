import NeedletailCore
import NeedletailFormats
import NeedletailKernels
import NeedletailPlanner

/// A `COPY … TO 'x.faiss'`: all rows are gathered, and FAISS makes the index of them.
struct FAISSExport {
    private let rows: any RowSource
    private let options: CopyOptions
    private let columns: FAISSColumns
    private let progress: ProgressCounter
    private let cancellation: Cancellation

    /// Errors: 42804 unless the query yields one vector and, for ids, one integer at most.
    init(
        _ copy: BoundCopyTo, rows: any RowSource, progress: ProgressCounter,
        cancellation: Cancellation
    ) throws(DatabaseError) {
        columns = try FAISSColumns(
            copy.query.columns,
            hint: "Write COPY (SELECT id, embedding FROM t) TO 'x.faiss' (FORMAT faiss).")
        options = copy.options
        self.rows = rows
        self.progress = progress
        self.cancellation = cancellation
    }

    /// Writes the index of all rows to a file. Returns how many there were.
    func write(to path: String) throws(DatabaseError) -> Int {
        var (dimension, count) = (0, 0)
        var components: [Float] = []
        var ids: [Int64] = []
        while let row = try rows.next() {
            let vector = try vector(row)
            if count == 0 { dimension = vector.count }
            guard vector.count == dimension else {
                throw DatabaseError(
                    .dataException,
                    "row \(count + 1) has \(vector.count) dimensions, not "
                        + "\(dimension)", hint: "Select rows of one dimension.")
            }
            components += vector
            if let place = columns.id {
                guard case .int(let id) = row[place] else {
                    throw DatabaseError(
                        .notNullViolation, "row \(count + 1) has no id",
                        hint: "Add WHERE … IS NOT NULL.")
                }
                ids.append(id)
            }
            count += 1
            if count % 256 == 0 {
                try cancellation.check()
                progress.setRows(count)
            }
        }
        guard count > 0 else {
            throw DatabaseError(
                .dataException, "there are no rows to make an index of",
                hint: "An index of FAISS has a dimension, which the first row tells.")
        }
        let file = try FileSink(path: path)
        try FAISSIndexFile.write(
            kind: options.index.text, metric: options.metric, dimension: dimension,
            rows: components, ids: columns.id == nil ? nil : ids
        ) { bytes throws(DatabaseError) in try file.write(bytes) }
        try file.finish()
        return count
    }

    private func vector(_ row: [Value]) throws(DatabaseError) -> [Float] {
        switch row[columns.vector] {
        case .vector(let components): return components
        case .halfvec(let half): return half.components
        default:
            throw DatabaseError(
                .notNullViolation, "a row has no vector",
                hint: "Add WHERE … IS NOT NULL: an index of FAISS holds vectors alone.")
        }
    }
}
