package import NeedletailCore
import NeedletailText

/// Writes rows as CSV, in the forms of ``ValueText``; booleans are `t` and `f`, as PostgreSQL's.
package struct CSVWriter {
    private let columns: [Column]
    private let format: CSVFormat

    package init(columns: [Column], format: CSVFormat) {
        self.columns = columns
        self.format = format
    }

    /// Appends the names of the columns and LF, unless the format has no header.
    package func appendHeader(into out: inout [UInt8]) {
        guard format.header != .absent else { return }
        for (place, column) in columns.enumerated() {
            if place > 0 { out.append(format.delimiter) }
            append(Array(column.name.utf8), into: &out)
        }
        out.append(0x0A)
    }

    /// Appends one row and LF. There must be a value for each column.
    package func append(_ row: [Value], into out: inout [UInt8]) {
        precondition(row.count == columns.count, "a row has a value for each column")
        for (place, value) in row.enumerated() {
            if place > 0 { out.append(format.delimiter) }
            var field: [UInt8] = []
            switch value {
            case .null:
                out.append(contentsOf: format.null.utf8)
                continue
            case .bool(let flag): field.append(UInt8(ascii: flag ? "t" : "f"))
            default: ValueText.append(value, as: columns[place].type, into: &field)
            }
            append(field, into: &out)
        }
        out.append(0x0A)
    }

    private func append(_ field: [UInt8], into out: inout [UInt8]) {
        guard needsQuotes(field) else { return out.append(contentsOf: field) }
        out.append(format.quote)
        for byte in field {
            if byte == format.quote || byte == format.escape { out.append(format.escape) }
            out.append(byte)
        }
        out.append(format.quote)
    }

    /// Whether `field` would read back as something else: two fields, NULL, or a byte order mark.
    private func needsQuotes(_ field: [UInt8]) -> Bool {
        field.elementsEqual(format.null.utf8) || field.first == 0xEF
            || field.contains {
                $0 == format.delimiter || $0 == format.quote || $0 == 0x0A || $0 == 0x0D
            }
    }
}
