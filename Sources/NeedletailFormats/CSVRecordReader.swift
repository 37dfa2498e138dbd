package import NeedletailCore

/// One record of CSV: its fields without their quotes.
package struct CSVRecord: Sendable {
    /// All fields, one after another.
    package internal(set) var bytes: [UInt8] = []
    package internal(set) var fields: [Field] = []

    package struct Field: Sendable, Hashable {
        /// Where it stands in the record's bytes.
        package var range: Range<Int>
        package var isQuoted: Bool
    }

    package init() {}

    /// The text of the field at `place`.
    package func text(_ place: Int) -> String {
        String(decoding: bytes[fields[place].range], as: UTF8.self)
    }
}

/// Cuts a source into records of CSV, strictly: quotes stand around a whole field or not at all.
package struct CSVRecordReader {
    private var lines: LineReader
    private var line: [UInt8] = []
    private let format: CSVFormat
    /// The number of the line on which the record read last begins; the first is 1.
    package private(set) var lineNumber = 0

    package init(_ source: any ByteSource, format: CSVFormat) {
        lines = LineReader(source)
        self.format = format
    }

    package var fractionRead: Double? { lines.fractionRead }

    /// Reads the next record. An empty line is a record of one empty field. False at the end.
    ///
    /// Errors, with the line: 22P04 for quotes out of place or not closed, 54000 for a record
    /// beyond `Limits.lineBytesMax`, and those of the source.
    package mutating func next(into record: inout CSVRecord) throws(DatabaseError) -> Bool {
        guard try lines.next(into: &line) else { return false }
        lineNumber = lines.lineNumber
        record.bytes.removeAll(keepingCapacity: true)
        record.fields.removeAll(keepingCapacity: true)
        var position = 0
        while true {
            let first = record.bytes.count
            let isQuoted = position < line.count && line[position] == format.quote
            if isQuoted {
                position = try takeQuoted(from: position + 1, into: &record.bytes)
            } else {
                position = try takeBare(from: position, into: &record.bytes)
            }
            record.fields.append(
                CSVRecord.Field(range: first..<record.bytes.count, isQuoted: isQuoted))
            guard position < line.count else { return true }
            // What ended the field is its delimiter.
            position += 1
        }
    }

    /// Takes a field without quotes and returns where it ends.
    private func takeBare(
        from first: Int, into out: inout [UInt8]
    ) throws(DatabaseError) -> Int {
        var position = first
        while position < line.count, line[position] != format.delimiter {
            guard line[position] != format.quote else {
                throw misquoted("a quote stands inside a field that does not begin with one")
            }
            position += 1
        }
        out.append(contentsOf: line[first..<position])
        return position
    }

    /// Takes the rest of a quoted field, over as many lines as it has, and returns where it ends.
    private mutating func takeQuoted(
        from first: Int, into out: inout [UInt8]
    ) throws(DatabaseError) -> Int {
        var position = first
        while true {
            guard position < line.count else {
                try takeLineEnd(into: &out)
                position = 0
                continue
            }
            let byte = line[position]
            let next = position + 1 < line.count ? line[position + 1] : nil
            if byte == format.escape, let next, next == format.quote || next == format.escape {
                out.append(next)
                position += 2
            } else if byte == format.quote {
                guard next == nil || next == format.delimiter else {
                    throw misquoted("a closing quote is not followed by a delimiter")
                }
                return position + 1
            } else {
                out.append(byte)
                position += 1
            }
        }
    }

    /// Keeps a line end inside quotes and goes on to the next line.
    private mutating func takeLineEnd(into out: inout [UInt8]) throws(DatabaseError) {
        out.append(contentsOf: lines.endedInCRLF ? [0x0D, 0x0A] : [0x0A])
        guard out.count <= Limits.lineBytesMax else {
            throw DatabaseError(
                .programLimit,
                "the record is longer than \(Limits.lineBytesMax) bytes",
                hint: "Check that quotes are closed."
            ).inLine(lineNumber)
        }
        guard try lines.next(into: &line) else { throw misquoted("a quote is not closed") }
    }

    private func misquoted(_ reason: String) -> DatabaseError {
        DatabaseError(
            .badCopyFormat, reason,
            hint: "Put quotes around the whole field and double those inside it."
        ).inLine(lineNumber)
    }
}
