import NeedletailStorage

/// An optional array of a segment file: what it holds and where it lies.
///
/// The header of a file lists them. An array of a kind that this program does not know is passed
/// over, so that a kind may be added without another form of the file.
package struct SegmentArray: Sendable, Hashable {
    package struct Kind: RawRepresentable, Sendable, Hashable {
        package let rawValue: UInt16

        package init(rawValue: UInt16) { self.rawValue = rawValue }

        /// One element for each slot of the segment, in their order: the values of a column, or,
        /// of text and bytes, their places in ``texts``.
        package static let values = Kind(rawValue: 1)
        /// A bitmap over the same: which of them are NULL. Not there where none is.
        package static let nulls = Kind(rawValue: 2)
        /// What a column of text or bytes has, each once: how many (64 bits), the end of each among
        /// the bytes, and the bytes.
        package static let texts = Kind(rawValue: 3)
    }

    /// What one element is in the file, little-endian.
    package enum Element: UInt8, Sendable {
        case int8 = 1
        case int16 = 2
        case int32 = 3
        case int64 = 4
        case float = 5
        case double = 6
        case uint8 = 7
        case uint16 = 8
        case uint32 = 9
        case uint64 = 10
        /// Two words of 64 bits, the high half first.
        case uuid = 11

        var byteCount: Int {
            switch self {
            case .int8, .uint8: 1
            case .int16, .uint16: 2
            case .int32, .uint32, .float: 4
            case .int64, .uint64, .double: 8
            case .uuid: 16
            }
        }
    }

    package var kind: Kind
    /// ``ColumnDefinition/id``.
    package var column: UInt16
    /// Of which values the elements are; 0 where that is no matter.
    package var form: UInt8
    /// ``Element``.
    package var element: UInt8
    /// From the start of the file.
    package var offset: Int
    package var byteCount: Int

    /// Every array begins at a multiple of this.
    static let alignment = 64
    /// As many as the header has room for, beside levels and bands.
    static let countMax = 120

    var end: Int { offset + byteCount }

    static func aligned(_ offset: Int) -> Int { (offset + alignment - 1) / alignment * alignment }

    func encode(into bytes: inout [UInt8]) {
        bytes.append(littleEndian: kind.rawValue)
        bytes.append(littleEndian: column)
        bytes.append(form)
        bytes.append(element)
        bytes.append(littleEndian: UInt16(0))
        bytes.append(littleEndian: UInt64(offset))
        bytes.append(littleEndian: UInt64(byteCount))
    }

    /// `nil` where the bytes end too early, or the numbers are those of no array after `start`.
    init?(_ reader: inout ByteReader, after start: Int) {
        guard let kind: UInt16 = reader.read(), let column: UInt16 = reader.read(),
            let form: UInt8 = reader.read(), let element: UInt8 = reader.read(),
            reader.read(UInt16.self) != nil, let offset: UInt64 = reader.read(),
            let byteCount: UInt64 = reader.read(), offset < 1 << 48, byteCount < 1 << 48,
            offset >= UInt64(start), offset % UInt64(Self.alignment) == 0
        else { return nil }
        self.init(
            kind: Kind(rawValue: kind), column: column, form: form, element: element,
            offset: Int(offset), byteCount: Int(byteCount))
    }

    package init(
        kind: Kind, column: UInt16, form: UInt8 = 0, element: UInt8, offset: Int, byteCount: Int
    ) {
        self.kind = kind
        self.column = column
        self.form = form
        self.element = element
        self.offset = offset
        self.byteCount = byteCount
    }
}
