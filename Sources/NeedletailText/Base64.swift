package import NeedletailCore

/// Base64 with the standard alphabet and padding (RFC 4648, section 4), strictly.
package enum Base64 {
    /// Appends the encoding of `bytes`, four characters for every three bytes begun.
    package static func append(_ bytes: UnsafeRawBufferPointer, into out: inout [UInt8]) {
        let first = out.count
        out.append(contentsOf: repeatElement(padding, count: (bytes.count + 2) / 3 * 4))
        alphabet.withUnsafeBufferPointer { alphabet in
            out.withUnsafeMutableBufferPointer { out in
                // SAFETY: every index into `alphabet` has six bits; `to` advances by four for each
                // three bytes begun, which is what was appended; `from` stays below `bytes.count`.
                var from = 0
                var to = first
                while from + 3 <= bytes.count {
                    let group =
                        UInt32(bytes[from]) << 16 | UInt32(bytes[from + 1]) << 8
                        | UInt32(bytes[from + 2])
                    out[to] = alphabet[Int(group >> 18)]
                    out[to + 1] = alphabet[Int(group >> 12 & 63)]
                    out[to + 2] = alphabet[Int(group >> 6 & 63)]
                    out[to + 3] = alphabet[Int(group & 63)]
                    from += 3
                    to += 4
                }
                guard from < bytes.count else { return }
                let second = from + 1 < bytes.count ? UInt32(bytes[from + 1]) : 0
                let group = UInt32(bytes[from]) << 16 | second << 8
                out[to] = alphabet[Int(group >> 18)]
                out[to + 1] = alphabet[Int(group >> 12 & 63)]
                if from + 1 < bytes.count { out[to + 2] = alphabet[Int(group >> 6 & 63)] }
            }
        }
    }

    package static func append(_ bytes: [UInt8], into out: inout [UInt8]) {
        bytes.withUnsafeBytes { append($0, into: &out) }
    }

    package static func encode(_ bytes: [UInt8]) -> String {
        var out: [UInt8] = []
        append(bytes, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    package static func decode(_ text: String) throws(DatabaseError) -> [UInt8] {
        let bytes = Array(text.utf8)
        return try decode(bytes, in: 0..<bytes.count)
    }

    /// Decodes `bytes[range]`.
    ///
    /// Errors: 22P02 with a position relative to the range at the first character that is not of
    /// the alphabet, at missing or misplaced padding, and at bits past the last byte that are set.
    package static func decode(
        _ bytes: [UInt8], in range: Range<Int>
    ) throws(DatabaseError) -> [UInt8] {
        guard range.count % 4 == 0 else {
            throw malformed("its length, \(range.count), is not a multiple of 4", at: range.count)
        }
        guard !range.isEmpty else { return [] }
        let pads =
            bytes[range.upperBound - 1] != padding
            ? 0 : bytes[range.upperBound - 2] != padding ? 1 : 2
        let groups = range.count / 4
        var failure: Int?
        let result = [UInt8](unsafeUninitializedCapacity: groups * 3) { out, count in
            failure = decodeGroups(bytes, range, pads: pads, into: out)
            count = failure == nil ? groups * 3 - pads : 0
        }
        if let failure {
            let place = failure - range.lowerBound
            throw malformed("character \(place) is out of place", at: place)
        }
        return result
    }

    /// Writes all groups to `out` and returns where it failed.
    private static func decodeGroups(
        _ bytes: [UInt8], _ range: Range<Int>, pads: Int,
        into out: UnsafeMutableBufferPointer<UInt8>
    ) -> Int? {
        let body = range.upperBound - (pads > 0 ? 4 : 0)
        let values = values
        return bytes.withUnsafeBufferPointer { bytes -> Int? in
            values.withUnsafeBufferPointer { values -> Int? in
                // SAFETY: the caller's range lies in `bytes` and counts a multiple of four; `out`
                // holds three bytes for each four; `values` has an entry for every byte.
                var to = 0
                var from = range.lowerBound
                while from < body {
                    let first = values[Int(bytes[from])]
                    let second = values[Int(bytes[from + 1])]
                    let third = values[Int(bytes[from + 2])]
                    let fourth = values[Int(bytes[from + 3])]
                    if first | second | third | fourth >= invalid {
                        return (from..<from + 4).first { values[Int(bytes[$0])] >= invalid }
                    }
                    let group = first << 18 | second << 12 | third << 6 | fourth
                    out[to] = UInt8(truncatingIfNeeded: group >> 16)
                    out[to + 1] = UInt8(truncatingIfNeeded: group >> 8)
                    out[to + 2] = UInt8(truncatingIfNeeded: group)
                    from += 4
                    to += 3
                }
                guard pads > 0 else { return nil }
                let last = from + 4 - pads
                var group: UInt32 = 0
                for place in from..<last {
                    let value = values[Int(bytes[place])]
                    if value >= invalid { return place }
                    group = group << 6 | value
                }
                // 12 bits carry one byte and 18 carry two; the rest has to be zero.
                let spare = UInt32(pads * 2)
                if group & (1 << spare - 1) != 0 { return last - 1 }
                group >>= spare
                if pads == 2 {
                    out[to] = UInt8(truncatingIfNeeded: group)
                } else {
                    out[to] = UInt8(truncatingIfNeeded: group >> 8)
                    out[to + 1] = UInt8(truncatingIfNeeded: group)
                }
                return nil
            }
        }
    }

    private static func malformed(_ reason: String, at position: Int) -> DatabaseError {
        DatabaseError(
            .invalidText, "not valid base64: \(reason)",
            hint: "Use the standard alphabet (+ and /) with = padding and without line breaks.",
            position: SourceRange(position, position + 1))
    }

    private static let padding = UInt8(ascii: "=")
    /// The first number that is no six-bit value.
    private static let invalid: UInt32 = 64

    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The six bits each character stands for, or `invalid`.
    private static let values: [UInt32] = {
        var values = [UInt32](repeating: invalid, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt32(value) }
        return values
    }()
}
