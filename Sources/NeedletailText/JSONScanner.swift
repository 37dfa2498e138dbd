package import NeedletailCore

/// Reads one JSON text (RFC 8259, strictly) from front to back without building trees.
///
/// Ask for what is expected: `enterObject()`, then `nextKey()` and one value for each key until it
/// returns `nil`; `enterArray()`, then one value for each `nextElement()`; `finish()` at the end.
/// Any value may be skipped, read as a tree, or taken as a range of bytes.
///
/// Every error carries its position in bytes from the start of the range that is read: 22032 for
/// what is not JSON, 22021 for what is not UTF-8, 54001 for nesting beyond
/// `Limits.nestingDepthMax`, 22003 for numbers beyond a double.
package struct JSONScanner {
    /// What the next value is, judged by its first byte.
    package enum Kind: Sendable, Hashable {
        case null, bool, number, string, array, object
    }

    package let bytes: [UInt8]
    /// Offset into `bytes` of what comes next.
    package internal(set) var position: Int
    let start: Int
    let end: Int
    private var depth = 0
    /// The container just entered has given out nothing yet.
    private var isFirst = false

    /// Reads `bytes`, or the given part of it.
    package init(_ bytes: [UInt8], in range: Range<Int>? = nil) {
        self.bytes = bytes
        let range = (range ?? 0..<bytes.count).clamped(to: 0..<bytes.count)
        start = range.lowerBound
        end = range.upperBound
        position = start
    }

    package init(_ text: String) { self.init(Array(text.utf8)) }

    /// What the next value is; it is not consumed.
    package mutating func peekKind() throws(DatabaseError) -> Kind {
        skipSpace()
        guard position < end else { throw unexpected("a value") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        default: throw unexpected("a value")
        }
    }

    /// Consumes the opening brace.
    package mutating func enterObject() throws(DatabaseError) {
        try enter(UInt8(ascii: "{"), "an object")
    }

    /// Consumes the opening bracket.
    package mutating func enterArray() throws(DatabaseError) {
        try enter(UInt8(ascii: "["), "an array")
    }

    /// The key of the next member, or `nil` past the last, when the closing brace is consumed.
    package mutating func nextKey() throws(DatabaseError) -> String? {
        guard try nextMember() else { return nil }
        let (content, hasEscapes) = try scanString()
        try expectColon()
        return try string(content, hasEscapes: hasEscapes)
    }

    /// Whether another element follows; if not, the closing bracket is consumed.
    package mutating func nextElement() throws(DatabaseError) -> Bool {
        try advance(to: UInt8(ascii: "]"), "']'")
    }

    /// Steps over the next value, checking it in full, and tells where it stands in `bytes`.
    @discardableResult
    package mutating func skipValue() throws(DatabaseError) -> Range<Int> {
        let kind = try peekKind()
        let first = position
        switch kind {
        case .null: try readNull()
        case .bool: _ = try readBool()
        case .number: _ = try scanNumber()
        case .string: _ = try scanString()
        case .array:
            try enterArray()
            while try nextElement() { try skipValue() }
        case .object:
            try enterObject()
            while try nextMember() {
                _ = try scanString()
                try expectColon()
                try skipValue()
            }
        }
        return first..<position
    }

    /// Errors with 22032 unless nothing but white space is left.
    package mutating func finish() throws(DatabaseError) {
        skipSpace()
        guard position == end else { throw unexpected("the end") }
    }

    package mutating func readNull() throws(DatabaseError) {
        try expectWord("null")
    }

    package mutating func readBool() throws(DatabaseError) -> Bool {
        skipSpace()
        let isTrue = position < end && bytes[position] == UInt8(ascii: "t")
        try expectWord(isTrue ? "true" : "false")
        return isTrue
    }
}

extension JSONScanner {
    @inline(__always)
    mutating func skipSpace() {
        while position < end {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func enter(_ opening: UInt8, _ what: String) throws(DatabaseError) {
        skipSpace()
        guard position < end, bytes[position] == opening else { throw unexpected(what) }
        guard depth < Limits.nestingDepthMax else {
            throw DatabaseError(
                .statementTooComplex,
                "JSON nests deeper than \(Limits.nestingDepthMax) levels",
                hint: "Flatten the value, or store it as text.", position: place(position))
        }
        depth += 1
        position += 1
        isFirst = true
    }

    /// Steps to the next member's key; false past the last.
    private mutating func nextMember() throws(DatabaseError) -> Bool {
        guard try advance(to: UInt8(ascii: "}"), "'}'") else { return false }
        guard position < end, bytes[position] == UInt8(ascii: "\"") else {
            throw unexpected("a key in double quotes")
        }
        return true
    }

    /// Steps over the comma before the next item, or over `closing` past the last one.
    private mutating func advance(to closing: UInt8, _ name: String) throws(DatabaseError) -> Bool {
        skipSpace()
        let isFirst = isFirst
        self.isFirst = false
        if position < end, bytes[position] == closing {
            position += 1
            depth -= 1
            return false
        }
        if isFirst { return true }
        guard position < end, bytes[position] == UInt8(ascii: ",") else {
            throw unexpected("',' or \(name)")
        }
        position += 1
        skipSpace()
        return true
    }

    private mutating func expectColon() throws(DatabaseError) {
        skipSpace()
        guard position < end, bytes[position] == UInt8(ascii: ":") else { throw unexpected("':'") }
        position += 1
    }

    private mutating func expectWord(_ word: StaticString) throws(DatabaseError) {
        skipSpace()
        let matches = word.withUTF8Buffer { word in
            end - position >= word.count
                && word.indices.allSatisfy { bytes[position + $0] == word[$0] }
        }
        guard matches else { throw unexpected("\(word)") }
        position += word.utf8CodeUnitCount
    }

    func place(_ position: Int) -> SourceRange {
        SourceRange(position - start, position - start + 1)
    }

    func malformed(
        _ message: String, at position: Int, hint: String? = nil
    ) -> DatabaseError {
        DatabaseError(
            .invalidJSON, "invalid JSON: \(message) (byte \(position - start))", hint: hint,
            position: place(position))
    }

    /// The error where `what` should stand at `position`.
    func unexpected(_ what: String) -> DatabaseError {
        guard position < end else {
            return malformed("the text ends where \(what) should stand", at: position)
        }
        let byte = bytes[position]
        let found = byte > 0x20 && byte < 0x7F ? "'\(Character(UnicodeScalar(byte)))'" : hex(byte)
        let hint: String? =
            switch byte {
            case UInt8(ascii: "N"), UInt8(ascii: "I"):
                "JSON has no NaN and no Infinity: write null, or a string."
            case UInt8(ascii: "'"): "JSON strings and keys stand in double quotes."
            case 0xEF where position == start: "Remove the byte order mark."
            default: nil
            }
        return malformed("expected \(what), found \(found)", at: position, hint: hint)
    }

    private func hex(_ byte: UInt8) -> String {
        "byte 0x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }
}
