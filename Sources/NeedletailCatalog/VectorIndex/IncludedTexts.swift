import NeedletailCore
import NeedletailStorage

/// What a column of text or bytes has in a segment, each once.
struct IncludedTexts: @unchecked Sendable {
    // SAFETY: points into the memory of the segment's arrays; every end is looked at in `init`.
    let count: Int
    private let ends: UnsafeRawPointer
    private let isWide: Bool
    private let content: UnsafeRawBufferPointer
    private let isText: Bool
    /// All of them, where they are few, as they usually are: making a string costs more than
    /// comparing it.
    private var made: [Value] = []
    private static let madeMax = 4_096

    /// `nil` where `bytes` do not fit together.
    init?(_ bytes: UnsafeRawBufferPointer, element: UInt8, isText: Bool) {
        var reader = ByteReader(bytes)
        let element = SegmentArray.Element(rawValue: element)
        guard element == .uint32 || element == .uint64, let element,
            let count: UInt64 = reader.read(),
            count <= UInt64(bytes.count - 8) / UInt64(element.byteCount)
        else { return nil }
        self.count = Int(count)
        isWide = element == .uint64
        let start = 8 + Int(count) * element.byteCount
        content = UnsafeRawBufferPointer(rebasing: bytes[start...])
        guard let base = bytes.baseAddress else { return nil }
        ends = base + 8
        self.isText = isText
        var last = 0
        for place in 0..<self.count {
            let end = end(place)
            guard (last...content.count).contains(end) else { return nil }
            last = end
        }
        if self.count <= Self.madeMax { made = (0..<self.count).map { make($0) } }
    }

    subscript(place: Int) -> Value { place < made.count ? made[place] : make(place) }

    private func make(_ place: Int) -> Value {
        let start = place == 0 ? 0 : end(place - 1)
        let bytes = UnsafeRawBufferPointer(rebasing: content[start..<end(place)])
        return isText ? .text(String(decoding: bytes, as: UTF8.self)) : .bytes(Array(bytes))
    }

    private func end(_ place: Int) -> Int {
        if isWide {
            return Int(
                clamping: UInt64(
                    littleEndian: ends.loadUnaligned(fromByteOffset: place * 8, as: UInt64.self)))
        }
        return Int(
            UInt32(littleEndian: ends.loadUnaligned(fromByteOffset: place * 4, as: UInt32.self)))
    }
}
