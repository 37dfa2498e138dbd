/// A statement's text without anything its user put in: what may be shown to others and logged.
///
/// Strings, numbers and bits are `?`, repeated ones `?, …`; comments are gone; names, keywords and
/// parameters' names stay. A text that the lexer does not understand is its first keyword alone,
/// since nobody knows where its literals end. So are the words of `SET`, which may be values.
package enum StatementShape {
    /// Bytes of a shape; longer ones are cut and end in `…`.
    package static let bytesMax = 400
    /// Longer statements are read no further.
    private static let readBytesMax = 4_096

    package static func text(of sql: String) -> String {
        let bytes = Array(sql.utf8.prefix(readBytesMax))
        let isCut = sql.utf8.count > bytes.count
        var lexer = Lexer(bytes)
        var shape = ShapeText()
        var first: Token?
        while true {
            let token = lexer.next()
            switch token.kind {
            case .end: return shape.finished(isCut: isCut)
            case .problem: return cut(first, bytes)
            default: break
            }
            // The last token of a text that was cut may be half of one.
            if isCut, token.upper >= bytes.count { return shape.finished(isCut: true) }
            if first == nil {
                first = token
                if token.kind == .keyword(.set) { return "SET …" }
            }
            guard shape.text.utf8.count < bytesMax else { return shape.finished(isCut: true) }
            shape.append(token, String(decoding: bytes[token.lower..<token.upper], as: UTF8.self))
        }
    }

    private static func cut(_ first: Token?, _ bytes: [UInt8]) -> String {
        guard case .keyword(let keyword) = first?.kind else { return "…" }
        return keyword.text + " …"
    }
}

/// Puts a shape together, token by token.
private struct ShapeText {
    private(set) var text = ""
    /// The end of the last token in the source.
    private var lastUpper: Int?
    /// Literals in a row, with nothing but commas between.
    private var literals = 0
    private var hasComma = false

    mutating func append(_ token: Token, _ spelling: String) {
        let isLiteral = Self.isLiteral(token.kind)
        if token.kind == .symbol(.comma), literals > 0, !hasComma {
            hasComma = true
            return
        }
        if isLiteral, hasComma {
            if literals == 1 { text += ", …" }
            literals += 1
            hasComma = false
            lastUpper = token.upper
            return
        }
        if hasComma {
            text += ","
            hasComma = false
            literals = 0
            lastUpper = lastUpper.map { $0 + 1 }
        }
        if let lastUpper, lastUpper < token.lower, token.kind != .symbol(.semicolon) {
            text += " "
        }
        text += isLiteral ? "?" : spelling
        literals = isLiteral ? 1 : 0
        lastUpper = token.upper
    }

    func finished(isCut: Bool) -> String { isCut ? text + " …" : text }

    private static func isLiteral(_ kind: Token.Kind) -> Bool {
        switch kind {
        case .string, .escapeString, .bitString, .hexString, .base64String, .integer, .decimal:
            true
        default: false
        }
    }
}
