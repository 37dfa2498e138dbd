package import NeedletailCore
import NeedletailText

/// The rows of a matrix in a `.npy` file, read from the disk when they are asked for.
package final class NPYFile {
    package let header: NPYHeader
    private let file: OpenFile

    package var rowCount: Int { header.rowCount }
    package var dimension: Int { header.dimension }

    /// Errors: 58P01 and 58030 as for any file; 22P04 for what ``NPYHeader`` refuses, and where the
    /// file is shorter or longer than its header says.
    package init(path: String) throws(DatabaseError) {
        file = try OpenFile(reading: path)
        guard let size = file.size else {
            throw NPYHeader.malformed(
                "\"\(path)\" is a pipe or a device", hint: "Save it to a file first.")
        }
        header = try NPYHeader(parsing: file.bytes(NPYHeader.prefixBytes, at: 0))
        let expected = header.dataOffset + header.dataBytes
        guard size == expected else {
            throw NPYHeader.malformed(
                "\"\(path)\" has \(size) bytes where its header promises \(expected)",
                hint: size < expected ? "Copy the file again." : "Save one array alone.")
        }
    }

    /// Row `place`, which must exist. Errors: as ``read(_:into:)``.
    package func row(_ place: Int) throws(DatabaseError) -> [Float] {
        var components: [Float] = []
        try read(place..<place + 1, into: &components)
        return components
    }

    /// Appends the components of `rows`, which must exist, one row after another, in one read.
    ///
    /// Errors: 22000 where one is NaN or infinite, 22003 where a double is out of range of a float,
    /// 22P04 if the file has been cut since it was opened, 58030 if the disk fails.
    package func read(_ rows: Range<Int>, into components: inout [Float]) throws(DatabaseError) {
        let bytes = try raw(rows)
        let count = rows.count * dimension
        let first = components.count
        bytes.withUnsafeBytes { raw in
            // SAFETY: `raw(_:)` has checked that there are `count` components.
            switch header.element {
            case .half: HalfFloat.append(littleEndian: bytes, into: &components)
            case .float:
                for place in 0..<count {
                    components.append(Float(bitPattern: Self.load(raw, place)))
                }
            case .double:
                for place in 0..<count {
                    components.append(Float(Double(bitPattern: Self.load(raw, place))))
                }
            }
        }
        // The exponent bits are all set in NaN and infinities alone.
        let bad = components[first...].firstIndex { $0.bitPattern & 0x7F80_0000 == 0x7F80_0000 }
        if let bad { throw notFinite(bytes, at: bad - first, rows) }
    }

    /// Appends `rows` as halves without going through floats; the file must hold halves.
    ///
    /// Errors: as ``read(_:into:)``.
    package func readHalves(_ rows: Range<Int>, into halves: inout [UInt16]) throws(DatabaseError) {
        precondition(header.element == .half, "the file holds halves")
        let bytes = try raw(rows)
        let count = rows.count * dimension
        let first = halves.count
        bytes.withUnsafeBytes { bytes in
            // SAFETY: `raw(_:)` has checked that there are `count` components.
            for place in 0..<count { halves.append(Self.load(bytes, place)) }
        }
        let bad = halves[first...].firstIndex { $0 & 0x7C00 == 0x7C00 }
        if let bad { throw notFinite(bytes, at: bad - first, rows) }
    }

    private func raw(_ rows: Range<Int>) throws(DatabaseError) -> [UInt8] {
        precondition(
            rows.lowerBound >= 0 && rows.upperBound <= rowCount, "the rows exist in the file")
        let rowBytes = dimension * header.element.sizeBytes
        let count = rows.count * rowBytes
        let bytes = try file.bytes(count, at: header.dataOffset + rows.lowerBound * rowBytes)
        guard bytes.count == count else {
            throw NPYHeader.malformed(
                "\"\(file.path)\" was cut while it was read", hint: "Copy the file again.")
        }
        return bytes
    }

    private static func load<Bits: FixedWidthInteger>(
        _ bytes: UnsafeRawBufferPointer, _ place: Int
    ) -> Bits {
        Bits(
            littleEndian: bytes.loadUnaligned(
                fromByteOffset: place * MemoryLayout<Bits>.size, as: Bits.self))
    }

    /// The error for component `place` of what was read from `rows`.
    private func notFinite(_ bytes: [UInt8], at place: Int, _ rows: Range<Int>) -> DatabaseError {
        let row = rows.lowerBound + place / dimension
        let component = place % dimension + 1
        let isFiniteDouble =
            header.element == .double
            && bytes.withUnsafeBytes {
                // SAFETY: `place` counts doubles that were read.
                Double(bitPattern: Self.load($0, place)).isFinite
            }
        if isFiniteDouble {
            return DatabaseError(
                .numericOutOfRange,
                "component \(component) of row \(row) is out of range for vector",
                hint: "Scale the vectors down.")
        }
        return DatabaseError(
            .dataException,
            "component \(component) of row \(row) is NaN or infinite",
            hint: "Remove such rows before saving the array.")
    }
}
