package import NeedletailCore

extension JSONScanner {
    package mutating func readString() throws(DatabaseError) -> String {
        skipSpace()
        guard position < end, bytes[position] == UInt8(ascii: "\"") else {
            throw unexpected("a string")
        }
        let (content, hasEscapes) = try scanString()
        return try string(content, hasEscapes: hasEscapes)
    }

    /// Steps over the string that starts at `position`, checking all of it.
    ///
    /// - Returns: where its content stands, and whether it has escapes.
    mutating func scanString() throws(DatabaseError) -> (content: Range<Int>, hasEscapes: Bool) {
        let first = position + 1
        var next = first
        var hasEscapes = false
        var isASCII = true
        while true {
            next = endOfPlainText(from: next)
            guard next < end else { break }
            let byte = bytes[next]
            if byte == UInt8(ascii: "\"") {
                if !isASCII, let bad = UTF8Validation.firstError(in: bytes, range: first..<next) {
                    throw DatabaseError(
                        .invalidEncoding, "invalid UTF-8 (byte \(bad - start))",
                        hint: "Send text in UTF-8.", position: place(bad))
                }
                position = next + 1
                return (first..<next, hasEscapes)
            }
            if byte == UInt8(ascii: "\\") {
                hasEscapes = true
                next = try endOfEscape(at: next)
                continue
            }
            if byte < 0x20 {
                throw malformed(
                    "a control character stands in a string", at: next,
                    hint: "Write it as an escape, such as \\n or \\u0000.")
            }
            if byte >= 0x80 { isASCII = false }
            next += 1
        }
        throw malformed("a string is not closed", at: position)
    }

    /// Steps over characters of ASCII that mean themselves, eight at a time; what follows may still
    /// be one.
    private func endOfPlainText(from first: Int) -> Int {
        bytes.withUnsafeBytes { bytes in
            // SAFETY: `end` is not beyond the bytes, and each word ends before it.
            var next = first
            while next + 8 <= end {
                let word = bytes.loadUnaligned(fromByteOffset: next, as: UInt64.self)
                guard Self.isPlain(word) else { break }
                next += 8
            }
            return next
        }
    }

    /// Whether none of eight bytes is a quote, a backslash, a control character or beyond ASCII.
    ///
    /// A byte of `x` is 0 where `(x - 1) & ~x` has its highest bit set, or one below it has been.
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let quotes = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
        let backslashes = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
        let special =
            word | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
            | (word &- ones &* 0x20) & ~word
        return special & (ones << 7) == 0
    }

    /// The text of a string that ``scanString()`` has checked.
    func string(_ content: Range<Int>, hasEscapes: Bool) throws(DatabaseError) -> String {
        guard hasEscapes else { return String(decoding: bytes[content], as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(content.count)
        var next = content.lowerBound
        while next < content.upperBound {
            guard bytes[next] == UInt8(ascii: "\\") else {
                text.append(bytes[next])
                next += 1
                continue
            }
            let after = try endOfEscape(at: next)
            appendEscape(next..<after, into: &text)
            next = after
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Steps over an object whose one member is `key` with a string that has no escapes, written
    /// without spaces, and tells where the content of the string stands; else stays where it is.
    mutating func scanTypedString(_ key: StaticString) -> Range<Int>? {
        let first = position
        let keyCount = key.utf8CodeUnitCount
        let matches = key.withUTF8Buffer { key in
            // What stands before and behind the key are two bytes each.
            end - first > keyCount + 4 && bytes[first] == UInt8(ascii: "{")
                && bytes[first + 1] == UInt8(ascii: "\"")
                && bytes[first + keyCount + 2] == UInt8(ascii: "\"")
                && bytes[first + keyCount + 3] == UInt8(ascii: ":")
                && bytes[first + keyCount + 4] == UInt8(ascii: "\"")
                && key.indices.allSatisfy { bytes[first + 2 + $0] == key[$0] }
        }
        guard matches else { return nil }
        position = first + keyCount + 4
        if let (content, hasEscapes) = try? scanString(), !hasEscapes, position < end,
            bytes[position] == UInt8(ascii: "}")
        {
            position += 1
            return content
        }
        position = first
        return nil
    }

    /// Checks the escape whose backslash stands at `first`, a pair of surrogates as one, and tells
    /// where it ends.
    private func endOfEscape(at first: Int) throws(DatabaseError) -> Int {
        guard first + 1 < end else { throw malformed("a string is not closed", at: first) }
        switch bytes[first + 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return first + 2
        case UInt8(ascii: "u"): break
        default:
            throw malformed(
                "an escape that JSON does not have", at: first,
                hint: "A backslash itself is written \\\\.")
        }
        guard let unit = codeUnit(at: first) else {
            throw malformed("\\u takes four hexadecimal digits", at: first)
        }
        switch unit {
        case 0xD800...0xDBFF:
            guard let low = codeUnit(at: first + 6), (0xDC00...0xDFFF).contains(low) else {
                throw malformed("a high surrogate without its low one", at: first)
            }
            return first + 12
        case 0xDC00...0xDFFF: throw malformed("a low surrogate without its high one", at: first)
        default: return first + 6
        }
    }

    /// The number that `\uXXXX` at `first` stands for.
    private func codeUnit(at first: Int) -> UInt32? {
        guard first + 6 <= end, bytes[first] == UInt8(ascii: "\\"),
            bytes[first + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for place in first + 2..<first + 6 {
            guard let digit = bytes[place].hexValue else { return nil }
            unit = unit << 4 | UInt32(digit)
        }
        return unit
    }

    /// Appends what a checked escape stands for, in UTF-8.
    private func appendEscape(_ escape: Range<Int>, into text: inout [UInt8]) {
        let letter = bytes[escape.lowerBound + 1]
        switch letter {
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            guard var code = codeUnit(at: escape.lowerBound) else { return }
            if let low = codeUnit(at: escape.lowerBound + 6), escape.count == 12 {
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = UnicodeScalar(code) else { return }
            text.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
        default: text.append(letter)
        }
    }
}
