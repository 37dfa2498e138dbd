package import NeedletailCore

/// What a `.npy` file says about its matrix (NumPy's format, versions 1 to 3).
package struct NPYHeader: Sendable, Hashable {
    /// How a component is stored; always little-endian.
    package enum Element: String, Sendable, Hashable {
        case half = "<f2"
        case float = "<f4"
        case double = "<f8"

        package var sizeBytes: Int {
            switch self {
            case .half: 2
            case .float: 4
            case .double: 8
            }
        }
    }

    package let element: Element
    package let rowCount: Int
    package let dimension: Int
    /// Where the first component stands in the file.
    package let dataOffset: Int
    /// Bytes of all components.
    package let dataBytes: Int

    /// Bytes of the first part of a file that always hold its header: more than version 1 can have.
    package static let prefixBytes = 12 + 65_536

    /// For a matrix to be written. `dimension` must be positive and `rowCount` not negative.
    ///
    /// Errors: 54000 where the file would be larger than 64 bits can tell.
    package init(element: Element, rowCount: Int, dimension: Int) throws(DatabaseError) {
        precondition(rowCount >= 0 && dimension > 0, "a matrix has rows of at least one component")
        let size = try Self.dataBytes(element, rowCount, dimension)
        let text = Self.dictionary(element, rowCount, dimension)
        self.init(
            element: element, rowCount: rowCount, dimension: dimension,
            dataOffset: (10 + text.utf8.count + 1 + 63) / 64 * 64, dataBytes: size)
    }

    private init(
        element: Element, rowCount: Int, dimension: Int, dataOffset: Int, dataBytes: Int
    ) {
        self.element = element
        self.rowCount = rowCount
        self.dimension = dimension
        self.dataOffset = dataOffset
        self.dataBytes = dataBytes
    }

    /// The header in version 1, padded so that the data starts at a multiple of 64.
    package var encoded: [UInt8] {
        var out = Self.magic + [1, 0]
        let length = dataOffset - 10
        out += [UInt8(truncatingIfNeeded: length), UInt8(truncatingIfNeeded: length >> 8)]
        out += Array(Self.dictionary(element, rowCount, dimension).utf8)
        out += repeatElement(0x20, count: dataOffset - 1 - out.count)
        out.append(0x0A)
        return out
    }

    /// Reads the header from the first `prefixBytes` of a file, or all of a shorter one.
    ///
    /// Errors: 22P04 for anything but a matrix of little-endian floats in C order, with a remedy;
    /// 54000 for more than `Limits.dimensionMax` columns.
    package init(parsing prefix: [UInt8]) throws(DatabaseError) {
        guard prefix.starts(with: Self.magic), prefix.count >= 10 else {
            throw Self.malformed("it does not begin as one", hint: "Write it with numpy.save.")
        }
        let start: Int
        var length = Int(prefix[8]) | Int(prefix[9]) << 8
        switch prefix[6] {
        case 1: start = 10
        case 2, 3:
            guard prefix.count >= 12 else { throw Self.cutOff() }
            start = 12
            length |= Int(prefix[10]) << 16 | Int(prefix[11]) << 24
        default:
            throw Self.malformed(
                "its version is \(prefix[6]).\(prefix[7])", hint: "Versions 1 to 3 can be read.")
        }
        guard start + length <= Self.prefixBytes else {
            throw Self.malformed(
                "its header has \(length) bytes", hint: "Save a plain array of floats.")
        }
        guard start + length <= prefix.count else { throw Self.cutOff() }
        var dictionary = NPYDictionary(prefix, in: start..<start + length)
        let fields = try dictionary.parse()
        let element = try Self.element(fields)
        let (rows, columns) = try Self.matrix(fields.shape)
        self.init(
            element: element, rowCount: rows, dimension: columns, dataOffset: start + length,
            dataBytes: try Self.dataBytes(element, rows, columns))
    }

    static func malformed(_ reason: String, hint: String) -> DatabaseError {
        DatabaseError(.badCopyFormat, "not a usable .npy file: \(reason)", hint: hint)
    }

    private static func cutOff() -> DatabaseError {
        malformed("it ends inside its header", hint: "Copy the file again.")
    }

    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    private static func dictionary(_ element: Element, _ rows: Int, _ columns: Int) -> String {
        "{'descr': '\(element.rawValue)', 'fortran_order': False, 'shape': (\(rows), \(columns)), }"
    }

    private static func element(_ fields: NPYDictionary.Fields) throws(DatabaseError) -> Element {
        guard !fields.isFortranOrder else {
            throw malformed(
                "it is in Fortran order", hint: "Save numpy.ascontiguousarray(x).")
        }
        guard let element = Element(rawValue: fields.descr) else {
            throw malformed(
                "its type is '\(fields.descr)'", hint: "Save x.astype('<f4'), '<f2' or '<f8'.")
        }
        return element
    }

    private static func matrix(_ shape: [Int]) throws(DatabaseError) -> (rows: Int, columns: Int) {
        guard shape.count == 2, shape[1] > 0 else {
            throw malformed(
                "its shape is \(shape)", hint: "Save an array of shape (rows, dimension).")
        }
        guard shape[1] <= Limits.dimensionMax else {
            throw DatabaseError(
                .programLimit,
                "vectors of \(shape[1]) components are longer than \(Limits.dimensionMax)",
                hint: "Reduce their dimension.")
        }
        return (shape[0], shape[1])
    }

    private static func dataBytes(
        _ element: Element, _ rows: Int, _ columns: Int
    ) throws(DatabaseError) -> Int {
        let (row, overflow) = columns.multipliedReportingOverflow(by: element.sizeBytes)
        let (size, overflowsAgain) = rows.multipliedReportingOverflow(by: row)
        guard !overflow, !overflowsAgain, size <= Int.max - prefixBytes else {
            throw DatabaseError(.programLimit, "a matrix of \(rows) by \(columns) is too large")
        }
        return size
    }
}
