package import NeedletailCore
import NeedletailText

/// Reads one JSON object a line into the values of target columns.
package struct JSONLReader {
    /// What to do with a key that is no column.
    package enum UnknownKeys: Sendable, Hashable {
        case refuse
        case ignore
    }

    private var lines: LineReader
    private var line: [UInt8] = []
    private let mapping: ColumnMapping
    private let unknownKeys: UnknownKeys

    package init(
        _ source: any ByteSource, mapping: ColumnMapping, unknownKeys: UnknownKeys = .refuse
    ) {
        lines = LineReader(source)
        self.mapping = mapping
        self.unknownKeys = unknownKeys
    }

    /// The number of the line read last; the first is 1.
    package var lineNumber: Int { lines.lineNumber }
    package var fractionRead: Double? { lines.fractionRead }

    /// Reads the next object into `row`: one value for each column, `nil` where its key is missing.
    /// Of a key given twice, the last value counts. Blank lines are skipped. False at the end.
    ///
    /// Errors name the line and, where it applies, the column: 22P04 for a line that is no object,
    /// 42703 for an unknown key, and those of ``JSONScanner`` and ``ValueJSON/value(from:as:)``.
    package mutating func next(into row: inout [Value?]) throws(DatabaseError) -> Bool {
        repeat {
            guard try lines.next(into: &line) else { return false }
        } while line.allSatisfy(\.isBlank)
        row.removeAll(keepingCapacity: true)
        row.append(contentsOf: repeatElement(nil, count: mapping.columns.count))
        var scanner = JSONScanner(line)
        var column: String?
        do throws(DatabaseError) {
            guard try scanner.peekKind() == .object else {
                throw DatabaseError(
                    .badCopyFormat, "a line must hold one JSON object",
                    hint: "Write one object in braces on every line.")
            }
            try scanner.enterObject()
            while let key = try scanner.nextKey() {
                guard let place = mapping.place(of: key) else {
                    try skip(key, &scanner)
                    continue
                }
                column = mapping.columns[place].name
                row[place] = try ValueJSON.read(&scanner, as: mapping.columns[place].type)
                column = nil
            }
            try scanner.finish()
        } catch { throw error.inLine(lineNumber, column: column) }
        return true
    }

    private func skip(_ key: String, _ scanner: inout JSONScanner) throws(DatabaseError) {
        guard unknownKeys == .ignore else {
            throw .unknownColumn(
                key, columns: mapping.columns, hint: "Add it, rename the key, or ignore it.")
        }
        try scanner.skipValue()
    }
}

extension UInt8 {
    /// White space between JSON values.
    fileprivate var isBlank: Bool { self == 0x20 || self == 0x09 || self == 0x0D }
}
