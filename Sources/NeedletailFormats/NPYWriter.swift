package import NeedletailCore
import NeedletailText

/// Writes a matrix as a `.npy` file, row by row.
package final class NPYWriter {
    private let sink: any ByteSink
    private let header: NPYHeader
    private var pending: [UInt8]
    private var rowsWritten = 0

    /// - Parameters:
    ///   - rowCount: how many rows will be written; the header says it before they come.
    ///   - dimension: components of each, at least one.
    package init(
        _ sink: any ByteSink, element: NPYHeader.Element, rowCount: Int, dimension: Int
    ) throws(DatabaseError) {
        self.sink = sink
        header = try NPYHeader(element: element, rowCount: rowCount, dimension: dimension)
        pending = header.encoded
    }

    /// Writes the next row.
    ///
    /// Errors: 22000 for another dimension, 22003 where a component overflows a half, 54000 for
    /// more rows than were announced, and those of the sink.
    package func write(_ row: [Float]) throws(DatabaseError) {
        try begin(row.count)
        switch header.element {
        case .float: for value in row { append(value.bitPattern) }
        case .double: for value in row { append(Double(value).bitPattern) }
        case .half: for bits in try HalfFloat.vector(row).bits { append(bits) }
        }
        try flush(beyond: 256 << 10)
    }

    /// Writes the next row from halves.
    package func write(_ row: HalfVector) throws(DatabaseError) {
        guard header.element == .half else { return try write(HalfFloat.floats(row)) }
        try begin(row.bits.count)
        for bits in row.bits { append(bits) }
        try flush(beyond: 256 << 10)
    }

    /// Completes the file. Errors: 22000 if fewer rows came than were announced.
    package func finish() throws(DatabaseError) {
        guard rowsWritten == header.rowCount else {
            throw DatabaseError(
                .dataException, "\(rowsWritten) rows came where \(header.rowCount) were announced",
                hint: "Count and write the rows on one snapshot.")
        }
        try flush(beyond: 0)
        try sink.finish()
    }

    private func begin(_ dimension: Int) throws(DatabaseError) {
        guard dimension == header.dimension else {
            throw DatabaseError(
                .dataException, "expected \(header.dimension) dimensions, not \(dimension)",
                hint: "All rows of a .npy file have one dimension.")
        }
        guard rowsWritten < header.rowCount else {
            throw DatabaseError(
                .programLimit, "more rows came than the \(header.rowCount) announced",
                hint: "Count and write the rows on one snapshot.")
        }
        rowsWritten += 1
    }

    private func append(_ bits: some FixedWidthInteger) {
        // SAFETY: the bytes are copied while the number they belong to is there.
        withUnsafeBytes(of: bits.littleEndian) { pending.append(contentsOf: $0) }
    }

    private func flush(beyond limit: Int) throws(DatabaseError) {
        guard pending.count > limit else { return }
        try sink.write(pending)
        pending.removeAll(keepingCapacity: true)
    }
}
