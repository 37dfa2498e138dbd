package import NeedletailCore
package import NeedletailText

/// Writes rows as one JSON object a line.
package struct JSONLWriter {
    private let columns: [Column]
    private let vectors: ValueJSON.VectorForm
    /// `{"id":` and `,"name":`, ready to be written.
    private let keys: [[UInt8]]

    /// - Parameter vectors: `none` leaves vectors out as `null`.
    package init(columns: [Column], vectors: ValueJSON.VectorForm = .json) {
        self.columns = columns
        self.vectors = vectors
        keys = columns.enumerated().map { place, column in
            var key: [UInt8] = [UInt8(ascii: place == 0 ? "{" : ",")]
            JSONPrinter.append(column.name, into: &key)
            key.append(UInt8(ascii: ":"))
            return key
        }
    }

    /// Appends one row and LF. There must be a value for each column.
    package func append(_ row: [Value], into out: inout [UInt8]) {
        precondition(row.count == columns.count, "a row has a value for each column")
        if columns.isEmpty { out.append(UInt8(ascii: "{")) }
        for (place, value) in row.enumerated() {
            out.append(contentsOf: keys[place])
            ValueJSON.appendJSON(
                of: value, as: columns[place].type, into: &out, vectors: vectors)
        }
        out.append(contentsOf: "}\n".utf8)
    }
}
