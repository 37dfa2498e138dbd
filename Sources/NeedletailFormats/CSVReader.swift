package import NeedletailCore
import NeedletailText

/// Reads records of CSV into the values of target columns.
package struct CSVReader {
    private var records: CSVRecordReader
    private var record = CSVRecord()
    private let mapping: ColumnMapping
    private let format: CSVFormat
    /// The column of each field, once it is known.
    private var places: [Int] = []
    private var hasStarted = false

    package init(_ source: any ByteSource, mapping: ColumnMapping, format: CSVFormat) {
        records = CSVRecordReader(source, format: format)
        self.mapping = mapping
        self.format = format
    }

    /// The number of the line on which the record read last begins; the first is 1.
    package var lineNumber: Int { records.lineNumber }
    package var fractionRead: Double? { records.fractionRead }

    /// Reads the next record into `row`: one value for each column, `nil` for columns that the
    /// header does not name. False at the end.
    ///
    /// Errors name the line and, where it applies, the column: 22P04 for bad quoting and for too
    /// few or too many fields, 42703 and 42701 for a header with unknown or repeated names, 22021
    /// for what is not UTF-8, and those of ``ValueText/parse(_:as:)``.
    package mutating func next(into row: inout [Value?]) throws(DatabaseError) -> Bool {
        if !hasStarted {
            hasStarted = true
            places = Array(mapping.columns.indices)
            if format.header != .absent {
                guard try records.next(into: &record) else { return false }
                if format.header == .match { try readHeader() }
            }
        }
        guard try records.next(into: &record) else { return false }
        guard record.fields.count == places.count else {
            throw DatabaseError(
                .badCopyFormat,
                "expected \(places.count) fields, not \(record.fields.count)",
                hint: "Check the delimiter and the quotes."
            ).inLine(lineNumber)
        }
        row.removeAll(keepingCapacity: true)
        row.append(contentsOf: repeatElement(nil, count: mapping.columns.count))
        for (field, place) in places.enumerated() {
            let column = mapping.columns[place]
            do throws(DatabaseError) {
                row[place] = try value(field, as: column.type)
            } catch { throw error.inLine(lineNumber, column: column.name) }
        }
        return true
    }

    private mutating func readHeader() throws(DatabaseError) {
        places.removeAll()
        for field in record.fields.indices {
            let name = record.text(field)
            guard let place = mapping.place(of: name) else {
                throw DatabaseError.unknownColumn(
                    name, columns: mapping.columns, hint: "Rename or remove the field."
                ).inLine(lineNumber)
            }
            guard !places.contains(place) else {
                throw DatabaseError(
                    .duplicateColumn, "\"\(name)\" stands twice in the header",
                    hint: "Remove one of the two fields."
                ).inLine(lineNumber)
            }
            places.append(place)
        }
    }

    private func value(_ place: Int, as type: ValueType) throws(DatabaseError) -> Value {
        let field = record.fields[place]
        let content = record.bytes[field.range]
        if !field.isQuoted, content.elementsEqual(format.null.utf8) { return .null }
        if let bad = UTF8Validation.firstError(in: record.bytes, range: field.range) {
            throw DatabaseError(
                .invalidEncoding, "invalid UTF-8 (byte \(bad - field.range.lowerBound))",
                hint: "Convert the file to UTF-8.")
        }
        return try ValueText.parse(content, as: type)
    }
}
