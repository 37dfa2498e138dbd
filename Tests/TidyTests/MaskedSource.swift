/// A source text taken apart into code, comments and string literals, so that rules about one are
/// not misled by the others.
///
/// Swift (nested comments, raw and multi-line strings, interpolation) and C. Bare regex literals
/// are not recognised; write `#/…/#`, which is read as code.
struct MaskedSource {
    /// The lines with comments and the contents of strings blanked, columns in bytes unchanged.
    let code: [String]
    /// The lines with everything but comments blanked.
    let comments: [String]

    init(_ file: TextFile) {
        self.init(file.text, isC: file.isC)
    }

    init(_ text: String, isC: Bool = false) {
        var lexer = Lexer(text, isC: isC)
        lexer.run()
        code = Self.lines(lexer.bytes, lexer.kinds) { $0 == .code }
        comments = Self.lines(lexer.bytes, lexer.kinds) { $0 == .comment }
    }

    /// The code as one array of bytes, lines joined by newlines.
    var codeBytes: [UInt8] { Array(code.joined(separator: "\n").utf8) }

    private enum Kind { case code, comment, string }

    private static func lines(
        _ bytes: [UInt8], _ kinds: [Kind], keeping: (Kind) -> Bool
    ) -> [String] {
        let kept = zip(bytes, kinds).map { byte, kind in
            keeping(kind) || byte == newline ? byte : space
        }
        return kept.split(separator: newline, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
    }
}

private let newline = UInt8(ascii: "\n")
private let space = UInt8(ascii: " ")
private let quote = UInt8(ascii: "\"")
private let hash = UInt8(ascii: "#")
private let backslash = UInt8(ascii: "\\")

extension MaskedSource {
    private struct Lexer {
        let bytes: [UInt8]
        var kinds: [Kind]
        let isC: Bool
        private var position = 0

        init(_ text: String, isC: Bool) {
            bytes = Array(text.utf8)
            kinds = Array(repeating: .code, count: bytes.count)
            self.isC = isC
        }

        /// Reads code up to the end, or up to the parenthesis that ends an interpolation.
        mutating func run(untilParenthesis: Bool = false) {
            var depth = 0
            while position < bytes.count {
                if matches("//") {
                    markLineComment()
                } else if matches("/*") {
                    markBlockComment()
                } else if let hashes = hashesBeforeQuote() {
                    markString(hashes: hashes)
                } else if isC, bytes[position] == UInt8(ascii: "'") {
                    markCharacter()
                } else {
                    if bytes[position] == UInt8(ascii: "(") { depth += 1 }
                    if bytes[position] == UInt8(ascii: ")") { depth -= 1 }
                    position += 1
                    if untilParenthesis, depth < 0 { return }
                }
            }
        }

        private func matches(_ word: StaticString, at offset: Int = 0) -> Bool {
            let start = position + offset
            guard start + word.utf8CodeUnitCount <= bytes.count else { return false }
            return word.withUTF8Buffer { $0.elementsEqual(bytes[start..<start + $0.count]) }
        }

        private mutating func mark(_ kind: Kind, _ count: Int = 1) {
            for _ in 0..<count where position < bytes.count {
                kinds[position] = kind
                position += 1
            }
        }

        private mutating func markLineComment() {
            while position < bytes.count, bytes[position] != newline { mark(.comment) }
        }

        private mutating func markBlockComment() {
            var depth = 0
            while position < bytes.count {
                if matches("/*"), depth == 0 || !isC {
                    depth += 1
                    mark(.comment, 2)
                } else if matches("*/") {
                    depth -= 1
                    mark(.comment, 2)
                    if depth == 0 { return }
                } else {
                    mark(.comment)
                }
            }
        }

        /// How many `#` stand here before a quotation mark; `nil` where no string begins.
        private func hashesBeforeQuote() -> Int? {
            var end = position
            while !isC, end < bytes.count, bytes[end] == hash { end += 1 }
            return end < bytes.count && bytes[end] == quote ? end - position : nil
        }

        private func endsString(_ quotes: Int, _ hashes: Int) -> Bool {
            guard bytes[position] == quote else { return false }
            let tail =
                Array(repeating: quote, count: quotes) + Array(repeating: hash, count: hashes)
            return bytes[position...].starts(with: tail)
        }

        private func isEscape(_ hashes: Int) -> Bool {
            bytes[position] == backslash
                && bytes[(position + 1)...].prefix { $0 == hash }.count >= hashes
        }

        private mutating func markString(hashes: Int) {
            position += hashes
            let quotes = !isC && matches("\"\"\"") ? 3 : 1
            position += quotes
            while position < bytes.count {
                if endsString(quotes, hashes) {
                    position += quotes + hashes
                    return
                }
                if isEscape(hashes) {
                    mark(.string, 1 + hashes)
                    let interpolates = !isC && matches("(")
                    mark(.string)
                    if interpolates { run(untilParenthesis: true) }
                } else {
                    // A string of one line that is not closed ends here.
                    if quotes == 1, bytes[position] == newline { return }
                    mark(.string)
                }
            }
        }

        private mutating func markCharacter() {
            position += 1
            while position < bytes.count, bytes[position] != newline {
                if bytes[position] == backslash {
                    mark(.string, 2)
                } else if bytes[position] == UInt8(ascii: "'") {
                    position += 1
                    return
                } else {
                    mark(.string)
                }
            }
        }
    }
}
