package import NeedletailCore

/// A query's text with parameters in place of the literals that are compared with something.
///
/// `… WHERE id = 1234` and `… WHERE id = 5678` have the shape `… WHERE id = $1  ` in common: what
/// follows a literal stays at its place, so that positions in the shape are positions in the text.
/// Whether the shape means the same as the text is for the binder to say: a number beside a
/// column of JSON is not a parameter beside it.
package struct LiteralShape: Sendable {
    package let text: String
    /// An integer or a text for each of `$1`, `$2`, …
    package let values: [Value]

    /// Longer texts are most likely vectors.
    private static let textBytesMax = 1_024
    /// `$1` to `$9` have two characters each.
    private static let valuesMax = 9

    /// `nil` where `sql` does not begin with SELECT, has nothing to take out, or has what a glance
    /// at its characters does not tell apart: comments, parameters, escaped strings.
    package init?(_ sql: String) {
        guard sql.utf8.count <= Self.textBytesMax, sql.utf8.first.map({ $0 | 0x20 }) == Self.s
        else { return nil }
        var scan = LiteralScan(bytes: Array(sql.utf8), valuesMax: Self.valuesMax)
        guard scan.run(), !scan.values.isEmpty else { return nil }
        text = String(decoding: scan.bytes, as: UTF8.self)
        values = scan.values
    }

    private static let s = UInt8(ascii: "s")
}

/// One pass over the bytes of a text that takes its literals out.
private struct LiteralScan {
    var bytes: [UInt8]
    let valuesMax: Int
    var values: [Value] = []
    private var position = 0
    /// Whether the last token was a comparison.
    private var isCompared = false

    init(bytes: [UInt8], valuesMax: Int) {
        self.bytes = bytes
        self.valuesMax = valuesMax
    }

    /// `false` where the text is not for it.
    mutating func run() -> Bool {
        guard word() == 6 else { return false }
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09...0x0D: position += 1
            case UInt8(ascii: "'"): if !string() { return false }
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number()
            case let byte where Self.isWord(byte):
                _ = word()
                isCompared = false
                // The prefix of a string with rules of its own.
                if at(position) == UInt8(ascii: "'") { return false }
            case let byte where Self.isOperator(byte): if !symbols() { return false }
            case UInt8(ascii: "\""): if !quotedName() { return false }
            case UInt8(ascii: "$"), UInt8(ascii: "\\"): return false
            case UInt8(ascii: ":"):
                guard at(position + 1) == UInt8(ascii: ":") else { return false }
                position += 2
                isCompared = false
            default:
                position += 1
                isCompared = false
            }
        }
        return true
    }

    private func at(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

    /// - Returns: how long the word is.
    private mutating func word() -> Int {
        let start = position
        while let byte = at(position), Self.isWord(byte) { position += 1 }
        return position - start
    }

    /// `false` where it has no end.
    private mutating func quotedName() -> Bool {
        guard let end = bytes[(position + 1)...].firstIndex(of: UInt8(ascii: "\"")) else {
            return false
        }
        position = end + 1
        isCompared = false
        return true
    }

    /// `false` where a comment begins in it.
    private mutating func symbols() -> Bool {
        let start = position
        while let byte = at(position), Self.isOperator(byte) { position += 1 }
        let run = bytes[start..<position]
        isCompared = Self.comparisons.contains { run.elementsEqual($0.utf8) }
        return !Self.comments.contains { run.count > 1 && run.contains($0.utf8) }
    }

    private mutating func number() {
        let start = position
        var value: Int64? = 0
        while let byte = at(position), (0x30...0x39).contains(byte) {
            let (shifted, over) = (value ?? 0).multipliedReportingOverflow(by: 10)
            let (sum, beyond) = shifted.addingReportingOverflow(Int64(byte - 0x30))
            value = over || beyond || value == nil ? nil : sum
            position += 1
        }
        let digits = position
        while let byte = at(position), Self.isWord(byte) || byte == UInt8(ascii: ".") {
            position += 1
        }
        if let value, digits == position { replace(from: start, by: .int(value)) }
        isCompared = false
    }

    /// `false` where it has no end.
    private mutating func string() -> Bool {
        let start = position
        guard let end = bytes[(start + 1)...].firstIndex(of: UInt8(ascii: "'")) else {
            return false
        }
        position = end + 1
        // A doubled quote: the string goes on.
        if at(position) == UInt8(ascii: "'") { return false }
        if isCompared {
            replace(
                from: start, by: .text(String(decoding: bytes[(start + 1)..<end], as: UTF8.self)))
        }
        isCompared = false
        return true
    }

    /// Puts a parameter where the literal is that ends at `position`, if there is room for one.
    private mutating func replace(from start: Int, by value: Value) {
        guard isCompared, position - start >= 2, values.count < valuesMax else { return }
        values.append(value)
        bytes[start] = UInt8(ascii: "$")
        bytes[start + 1] = 0x30 + UInt8(values.count)
        for index in (start + 2)..<position { bytes[index] = 0x20 }
    }

    private static let comments = ["--", "/*"]
    private static let comparisons = ["=", "<", ">", "<=", ">=", "<>", "!="]

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), 0x80...:
            true
        default: false
        }
    }

    private static func isOperator(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "="), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "!"),
            UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "*"), UInt8(ascii: "/"),
            UInt8(ascii: "%"), UInt8(ascii: "~"), UInt8(ascii: "@"), UInt8(ascii: "#"),
            UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "?"), UInt8(ascii: "^"):
            true
        default: false
        }
    }
}
