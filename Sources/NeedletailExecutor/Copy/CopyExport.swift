import NeedletailCore
import NeedletailFormats
import NeedletailPlanner

/// A running `COPY … TO`: turns rows into lines.
final class CopyExport: RowSource {
    private enum Format {
        case jsonl(JSONLWriter)
        case csv(CSVWriter)
    }

    private let rows: any RowSource
    private let options: CopyOptions
    private let format: Format
    private let progress: ProgressCounter
    private let cancellation: Cancellation
    private var hasHeaderToCome: Bool
    private var count = 0

    init(
        _ copy: BoundCopyTo, rows: any RowSource, progress: ProgressCounter,
        cancellation: Cancellation
    ) throws(DatabaseError) {
        self.rows = rows
        self.progress = progress
        self.cancellation = cancellation
        options = copy.options
        switch options.format {
        case .jsonl: format = .jsonl(JSONLWriter(columns: copy.query.columns))
        case .csv:
            format = .csv(
                CSVWriter(
                    columns: copy.query.columns,
                    format: try CSVFormat(
                        delimiter: String(UnicodeScalar(options.delimiter)),
                        header: options.hasHeader ? .match : .absent, null: options.nullText)))
        case .faiss:
            throw DatabaseError(
                .notSupported, "FORMAT faiss writes a file, not a stream",
                hint: "Run COPY where the database is: needletail PATH -c \"COPY …\".")
        }
        hasHeaderToCome = options.format == .csv && options.hasHeader
    }

    /// The next line as text, with its line end.
    func next() throws(DatabaseError) -> [Value]? {
        var line: [UInt8] = []
        guard try appendNext(to: &line) else { return nil }
        return [.text(String(decoding: line, as: UTF8.self))]
    }

    /// Writes all lines to a file. Returns how many rows there were.
    func write(to path: String) throws(DatabaseError) -> Int {
        let file = try FileSink(path: path)
        let sink: any ByteSink = options.isGzip ? try GzipSink(file) : file
        var buffer: [UInt8] = []
        while try appendNext(to: &buffer) {
            if buffer.count >= 1 << 18 {
                try sink.write(buffer)
                buffer.removeAll(keepingCapacity: true)
            }
        }
        try sink.write(buffer)
        try sink.finish()
        return count
    }

    private func appendNext(to buffer: inout [UInt8]) throws(DatabaseError) -> Bool {
        if hasHeaderToCome, case .csv(let writer) = format {
            hasHeaderToCome = false
            writer.appendHeader(into: &buffer)
            return true
        }
        guard let row = try rows.next() else { return false }
        switch format {
        case .jsonl(let writer): writer.append(row, into: &buffer)
        case .csv(let writer): writer.append(row, into: &buffer)
        }
        count += 1
        if count % 256 == 0 {
            try cancellation.check()
            progress.setRows(count)
        }
        return true
    }
}
