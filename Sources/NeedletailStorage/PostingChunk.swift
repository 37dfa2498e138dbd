import NeedletailCore

/// 65,536 slots of one posting of a bitmap index, as a record holds them.
///
/// A payload begins with 4 bytes: the number of slots and, in the highest byte, the form. After
/// them the offsets of the slots from the chunk's first, ascending, 2 bytes each; or, where that is
/// shorter, 2 bytes for the first word that is not empty and the 64-bit words from it to the last
/// that is not.
enum PostingChunk {
    static let slots = 65_536
    static let words = slots / 64
    private static let headerBytes = 4

    private enum Form: UInt32 {
        case offsets = 0
        case bits = 1
    }

    /// How many slots `payload` says it has; `nil` where it cannot be one. Does not look further.
    static func count(_ payload: UnsafeRawBufferPointer) -> Int? {
        header(payload)?.count
    }

    private static func header(
        _ payload: UnsafeRawBufferPointer
    ) -> (form: Form, count: Int)? {
        // SAFETY: the length is checked before the load.
        guard payload.count >= headerBytes else { return nil }
        let number = UInt32(littleEndian: payload.loadUnaligned(as: UInt32.self))
        let count = Int(number & 0xFF_FFFF)
        guard let form = Form(rawValue: number >> 24), count > 0, count <= slots else {
            return nil
        }
        return (form, count)
    }

    /// Adds the slots of `payload` to `target`, the chunk's first at `start`, which is a multiple
    /// of 64. The words of `target` grow as far as they must. Returns `false` where the payload is
    /// malformed; bits are not counted, which costs as much as reading them.
    static func read(
        _ payload: UnsafeRawBufferPointer, into target: inout [UInt64], from start: Int
    ) -> Bool {
        guard let (form, count) = header(payload) else { return false }
        // SAFETY: slices and loads stay within the length, which is checked for each form.
        let body = UnsafeRawBufferPointer(rebasing: payload[headerBytes...])
        let first = start / 64
        switch form {
        case .offsets:
            guard body.count == count * 2 else { return false }
            let last = Int(offset(body, count - 1))
            grow(&target, to: first + last / 64 + 1)
            var previous = -1
            for position in 0..<count {
                let slot = Int(offset(body, position))
                guard slot > previous, slot <= last else { return false }
                target[first + slot / 64] |= 1 << UInt64(slot % 64)
                previous = slot
            }
            return true
        case .bits:
            let size = body.count - 2
            guard size > 0, size % 8 == 0 else { return false }
            let skipped = Int(offset(body, 0))
            guard skipped + size / 8 <= words else { return false }
            grow(&target, to: first + skipped + size / 8)
            for position in 0..<size / 8 {
                let word = UInt64(
                    littleEndian: body.loadUnaligned(
                        fromByteOffset: 2 + position * 8, as: UInt64.self))
                target[first + skipped + position] |= word
            }
            return true
        }
    }

    @inline(__always)
    private static func offset(_ body: UnsafeRawBufferPointer, _ position: Int) -> UInt16 {
        UInt16(
            littleEndian: body.loadUnaligned(fromByteOffset: position * 2, as: UInt16.self))
    }

    private static func grow(_ words: inout [UInt64], to count: Int) {
        guard count > words.count else { return }
        words.append(contentsOf: repeatElement(0, count: count - words.count))
    }

    /// The payload of the chunk whose words are given, at most ``words``; `nil` for no slot at all.
    static func encoded(_ words: [UInt64]) -> [UInt8]? {
        guard let first = words.firstIndex(where: { $0 != 0 }),
            let last = words.lastIndex(where: { $0 != 0 })
        else { return nil }
        let filled = words[first...last]
        let count = filled.reduce(0) { $0 + $1.nonzeroBitCount }
        let bitBytes = 2 + filled.count * 8
        let form: Form = count * 2 <= bitBytes ? .offsets : .bits
        var bytes: [UInt8] = []
        bytes.reserveCapacity(headerBytes + min(count * 2, bitBytes))
        bytes.append(littleEndian: form.rawValue << 24 | UInt32(count))
        switch form {
        case .offsets:
            for index in filled.indices {
                var rest = filled[index]
                while rest != 0 {
                    let slot = index << 6 | rest.trailingZeroBitCount
                    bytes.append(littleEndian: UInt16(truncatingIfNeeded: slot))
                    rest &= rest &- 1
                }
            }
        case .bits:
            bytes.append(littleEndian: UInt16(truncatingIfNeeded: first))
            for word in filled { bytes.append(littleEndian: word) }
        }
        return bytes
    }
}
