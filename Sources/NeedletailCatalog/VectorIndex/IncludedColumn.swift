package import NeedletailCore

/// The values of one included column, of all slots of a segment, in their order.
///
/// Valid for as long as its ``IncludedColumns``.
package struct IncludedColumn: @unchecked Sendable {
    // SAFETY: points into memory that nobody changes, which `IncludedColumns` keeps; lengths and
    // places in the dictionary are looked at once, in `init`.

    /// Of which values a column is, by its type.
    package enum Form: UInt8, Sendable {
        case boolean = 1
        case integer = 2
        case double = 3
        case timestamp = 4
        case date = 5
        case uuid = 6
        case text = 7
        case bytes = 8

        /// `nil` for types that no array holds.
        package init?(_ type: ValueType) {
            switch type {
            case .boolean: self = .boolean
            case .smallint, .int, .bigint: self = .integer
            case .real, .double: self = .double
            case .timestamptz: self = .timestamp
            case .date: self = .date
            case .uuid: self = .uuid
            case .text: self = .text
            case .bytea: self = .bytes
            case .jsonb, .array, .vector, .halfvec, .bit, .unknown: return nil
            }
        }
    }

    /// ``ColumnDefinition/id``.
    package let column: UInt16
    package let form: Form
    private let element: SegmentArray.Element
    private let values: UnsafeRawPointer
    private let nulls: UnsafeRawPointer?
    private let texts: IncludedTexts?

    /// `nil` where the arrays are not those of `count` values of a form that is known.
    ///
    /// - Parameter bytes: what an array of the segment holds.
    init?(
        _ array: SegmentArray, nulls: SegmentArray?, texts: SegmentArray?, count: Int,
        bytes: (SegmentArray) -> UnsafeRawBufferPointer?
    ) {
        guard let form = Form(rawValue: array.form),
            let element = SegmentArray.Element(rawValue: array.element), form.holds(element),
            let values = bytes(array), values.count == count * element.byteCount,
            let start = values.baseAddress
        else { return nil }
        column = array.column
        self.form = form
        self.element = element
        self.values = start
        if let nulls {
            guard let bits = bytes(nulls), bits.count == (count + 63) / 64 * 8 else { return nil }
            self.nulls = bits.baseAddress
        } else {
            self.nulls = nil
        }
        guard form == .text || form == .bytes else {
            self.texts = nil
            return
        }
        guard let texts, let stored = bytes(texts),
            let dictionary = IncludedTexts(stored, element: texts.element, isText: form == .text)
        else { return nil }
        self.texts = dictionary
        for place in 0..<count where !isNull(place) && integer(place) >= dictionary.count {
            return nil
        }
    }

    /// The value of the slot whose rank in the segment is `place`, as its row has it.
    package func value(at place: Int) -> Value {
        if isNull(place) { return .null }
        switch form {
        case .integer: return .int(Int64(integer(place)))
        case .text, .bytes: return texts?[integer(place)] ?? .null
        case .boolean: return .bool(integer(place) != 0)
        case .double: return .double(double(place))
        case .timestamp: return .timestamp(Timestamp(microseconds: Int64(integer(place))))
        case .date: return .date(CalendarDate(days: Int32(truncatingIfNeeded: integer(place))))
        case .uuid:
            return .uuid(
                UUIDValue(
                    high: load(2 * place, UInt64.self), low: load(2 * place + 1, UInt64.self)))
        }
    }

    /// The integers that ``integer(_:)`` may give, where they are few.
    package var distinctMax: Range<Int>? {
        if let texts { return 0..<texts.count }
        switch element {
        case .int8: return Int(Int8.min)..<Int(Int8.max) + 1
        case .int16: return Int(Int16.min)..<Int(Int16.max) + 1
        default: return nil
        }
    }

    func isNull(_ place: Int) -> Bool {
        guard let nulls else { return false }
        return nulls.load(fromByteOffset: place / 8, as: UInt8.self) & (1 << UInt8(place % 8)) != 0
    }

    func integer(_ place: Int) -> Int {
        switch element {
        case .int8: Int(load(place, Int8.self))
        case .int16: Int(load(place, Int16.self))
        case .int32: Int(load(place, Int32.self))
        case .int64: Int(load(place, Int64.self))
        case .uint8: Int(load(place, UInt8.self))
        case .uint16: Int(load(place, UInt16.self))
        case .uint32: Int(load(place, UInt32.self))
        case .float, .double, .uint64, .uuid: 0
        }
    }

    func double(_ place: Int) -> Double {
        element == .float
            ? Double(Float(bitPattern: load(place, UInt32.self)))
            : Double(bitPattern: load(place, UInt64.self))
    }

    private func load<T: FixedWidthInteger & BitwiseCopyable>(_ place: Int, _ type: T.Type) -> T {
        // SAFETY: the array has an element, or two halves of one, at every place of the segment.
        T(
            littleEndian: values.loadUnaligned(
                fromByteOffset: place * MemoryLayout<T>.size, as: T.self))
    }
}

extension IncludedColumn.Form {
    /// Whether arrays of such values have elements of this kind.
    fileprivate func holds(_ element: SegmentArray.Element) -> Bool {
        switch (self, element) {
        case (.boolean, .int8), (.uuid, .uuid), (.double, .float), (.double, .double): true
        case (.integer, .int8), (.integer, .int16), (.integer, .int32), (.integer, .int64),
            (.timestamp, .int8), (.timestamp, .int16), (.timestamp, .int32), (.timestamp, .int64),
            (.date, .int8), (.date, .int16), (.date, .int32):
            true
        case (.text, .uint8), (.text, .uint16), (.text, .uint32), (.bytes, .uint8),
            (.bytes, .uint16), (.bytes, .uint32):
            true
        default: false
        }
    }
}
