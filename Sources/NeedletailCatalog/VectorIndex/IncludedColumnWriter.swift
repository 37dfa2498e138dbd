import NeedletailBitmap
import NeedletailCore
import NeedletailStorage

/// Collects the values of one included column in the order of slots, and writes them as narrowly
/// as they come back the same, bit by bit.
struct IncludedColumnWriter {
    private let column: UInt16
    private let form: IncludedColumn.Form
    /// Integers, bit patterns, or places in `texts`; two for a UUID.
    private var words: [UInt64] = []
    private var nulls = SlotBitmap()
    private var count: UInt32 = 0
    /// By their bytes: strings that look alike may differ.
    private var places: [[UInt8]: UInt64] = [:]
    private var texts: [[UInt8]] = []
    /// Bytes of the dictionary.
    private var textBytes = 0
    private let textBytesMax: Int
    /// Whether its texts are more than there is room for, so that there are no arrays of it.
    private var isLeftOut = false

    /// `nil` for a column that no array holds.
    init?(_ column: ColumnDefinition, textBytesMax: Int = .max) {
        self.textBytesMax = textBytesMax
        guard let form = IncludedColumn.Form(column.type) else { return nil }
        self.column = column.id
        self.form = form
    }

    mutating func append(_ value: Value) {
        guard !isLeftOut else { return }
        switch value {
        case .bool(let flag): words.append(flag ? 1 : 0)
        case .int(let number): words.append(UInt64(bitPattern: number))
        case .double(let number): words.append(number.bitPattern)
        case .timestamp(let moment): words.append(UInt64(bitPattern: moment.microseconds))
        case .date(let date): words.append(UInt64(bitPattern: Int64(date.days)))
        case .uuid(let uuid): words += [uuid.high, uuid.low]
        case .text(let text): words.append(place(of: Array(text.utf8)))
        case .bytes(let bytes): words.append(place(of: bytes))
        case .null, .json, .array, .vector, .halfvec, .bits:
            nulls.insert(count)
            words += form == .uuid ? [0, 0] : [0]
        }
        count += 1
    }

    private mutating func place(of text: [UInt8]) -> UInt64 {
        if let known = places[text] { return known }
        let place = UInt64(texts.count)
        places[text] = place
        texts.append(text)
        // With its end, and the place in each row.
        textBytes += text.count + 8
        if textBytes > textBytesMax {
            isLeftOut = true
            (words, places, texts) = ([], [:], [])
        }
        return place
    }

    /// The arrays of `included` and of `keys`, which are positions in the table, for the rows at
    /// `slots`; the first byte is byte `start` of the file.
    ///
    /// - Parameters:
    ///   - keys: columns that are left out where their texts take more than `keyTextBytesMax`.
    ///   - pause: called now and then; may throw to stop.
    static func arrays(
        of included: [Int], keys: [Int], keyTextBytesMax: Int, at slots: SlotBitmap,
        _ reader: TableReader, from start: Int, pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> (arrays: [SegmentArray], bytes: [UInt8]) {
        let columns = included + keys
        let rows = reader.rows(needed: ColumnSelection(Set(columns)))
        var writers: [(position: Int, writer: IncludedColumnWriter)] = []
        for (place, position) in columns.enumerated() {
            let textBytesMax = place < included.count ? Int.max : keyTextBytesMax
            guard
                let writer = IncludedColumnWriter(
                    reader.table.columns[position], textBytesMax: textBytesMax)
            else {
                throw DatabaseError(
                    .internalError,
                    "column \"\(reader.table.columns[position].name)\" cannot be included")
            }
            writers.append((position, writer))
        }
        var done = 0
        for slot in slots.slots where !columns.isEmpty {
            if done % 1_024 == 0 { try pause() }
            done += 1
            let row = try rows.row(at: Slot(slot))
            for place in writers.indices {
                writers[place].writer.append(row[writers[place].position])
            }
        }
        var bytes: [UInt8] = []
        var arrays: [SegmentArray] = []
        for (_, writer) in writers where !writer.isLeftOut {
            arrays += writer.write(to: &bytes, from: start)
        }
        return (arrays, bytes)
    }

    /// The arrays of the column, put behind `bytes`, whose first is byte `start` of the file.
    func write(to bytes: inout [UInt8], from start: Int) -> [SegmentArray] {
        var arrays: [SegmentArray] = []
        func put(
            _ kind: SegmentArray.Kind, _ element: SegmentArray.Element,
            _ append: (inout [UInt8]) -> Void
        ) {
            let offset = SegmentArray.aligned(start + bytes.count)
            bytes += [UInt8](repeating: 0, count: offset - start - bytes.count)
            append(&bytes)
            arrays.append(
                SegmentArray(
                    kind: kind, column: column, form: kind == .values ? form.rawValue : 0,
                    element: element.rawValue, offset: offset,
                    byteCount: start + bytes.count - offset))
        }
        let element = narrowest
        put(.values, element) { appendValues(element, to: &$0) }
        if !nulls.isEmpty {
            put(.nulls, .uint64) { bytes in
                for word in 0..<(Int(count) + 63) / 64 {
                    bytes.append(
                        littleEndian: word < nulls.words.count ? nulls.words[word] : UInt64(0))
                }
            }
        }
        if form == .text || form == .bytes {
            let isWide = texts.reduce(0) { $0 + $1.count } > Int(UInt32.max)
            put(.texts, isWide ? .uint64 : .uint32) { appendTexts(isWide: isWide, to: &$0) }
        }
        return arrays
    }

    /// The smallest element that gives every value back.
    private var narrowest: SegmentArray.Element {
        switch form {
        case .uuid: return .uuid
        case .boolean: return .int8
        case .double:
            let isFloat = words.allSatisfy { word in
                Double(Float(Double(bitPattern: word))).bitPattern == word
            }
            return isFloat ? .float : .double
        case .text, .bytes:
            return texts.count <= 1 << 8 ? .uint8 : texts.count <= 1 << 16 ? .uint16 : .uint32
        case .integer, .timestamp, .date:
            let numbers = words.lazy.map { Int64(bitPattern: $0) }
            let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
            func fits<T: FixedWidthInteger>(_ type: T.Type) -> Bool {
                Int64(T.min) <= least && most <= Int64(T.max)
            }
            return fits(Int8.self)
                ? .int8 : fits(Int16.self) ? .int16 : fits(Int32.self) ? .int32 : .int64
        }
    }

    private func appendValues(_ element: SegmentArray.Element, to bytes: inout [UInt8]) {
        bytes.reserveCapacity(bytes.count + words.count * 8)
        for word in words {
            switch element {
            case .int8, .uint8: bytes.append(UInt8(truncatingIfNeeded: word))
            case .int16, .uint16: bytes.append(littleEndian: UInt16(truncatingIfNeeded: word))
            case .int32, .uint32: bytes.append(littleEndian: UInt32(truncatingIfNeeded: word))
            case .float:
                bytes.append(littleEndian: Float(Double(bitPattern: word)).bitPattern)
            case .int64, .uint64, .double, .uuid: bytes.append(littleEndian: word)
            }
        }
    }

    private func appendTexts(isWide: Bool, to bytes: inout [UInt8]) {
        bytes.append(littleEndian: UInt64(texts.count))
        var end: UInt64 = 0
        for text in texts {
            end += UInt64(text.count)
            if isWide {
                bytes.append(littleEndian: end)
            } else {
                bytes.append(littleEndian: UInt32(truncatingIfNeeded: end))
            }
        }
        for text in texts { bytes += text }
    }
}
