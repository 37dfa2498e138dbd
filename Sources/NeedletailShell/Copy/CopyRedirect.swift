import NeedletailSyntax

/// A `COPY` between a table and a file that the prompt moves itself, because the session is at the
/// other end of a connection and files are here.
package struct CopyRedirect: Sendable, Hashable {
    package enum Direction: Sendable, Hashable { case from, to }

    package let direction: Direction
    /// The file, as the statement named it.
    package let path: String
    /// The statement with `STDIN` or `STDOUT` in the file's place, and the format that the file's
    /// name stands for where the statement names none.
    package let statement: String

    /// `nil` unless `sql` is a `COPY` from or to a file.
    package init?(_ sql: String) {
        let bytes = Array(sql.utf8)
        guard let place = CopyPlace(bytes), let file = place.file else { return nil }
        guard let path = Self.unquoted(bytes[file.lower..<file.upper]) else { return nil }
        self.path = path
        direction = place.isFrom ? .from : .to
        let stream = place.isFrom ? "STDIN" : "STDOUT"
        let head = String(decoding: bytes[..<file.lower], as: UTF8.self)
        var tail = String(decoding: bytes[file.upper...], as: UTF8.self)
        if !place.namesFormat, let format = Self.format(of: path) {
            if let open = place.optionsStart {
                let split = open - file.upper
                let rest = Array(tail.utf8)
                let before = String(decoding: rest[..<split], as: UTF8.self)
                let after = String(decoding: rest[split...], as: UTF8.self)
                tail = "\(before)FORMAT \(format), \(after)"
            } else {
                tail = " WITH (FORMAT \(format))" + tail
            }
        }
        statement = head + stream + tail
    }

    /// The table a statement copies into or out of, for the progress line.
    package static func subject(of sql: String) -> String? {
        CopyPlace(Array(sql.utf8))?.subject
    }

    private static func unquoted(_ literal: ArraySlice<UInt8>) -> String? {
        var text = ""
        var previousWasQuote = false
        let body = String(decoding: literal.dropFirst().dropLast(), as: UTF8.self)
        for character in body {
            // A doubled quote is one; the lexer let no single one through.
            if character == "'", !previousWasQuote {
                previousWasQuote = true
                continue
            }
            previousWasQuote = false
            text.append(character)
        }
        return text.isEmpty ? nil : text
    }

    /// The format a file's name ends in, compression aside.
    private static func format(of path: String) -> String? {
        var name = path.lowercased()[...]
        if name.hasSuffix(".gz") { name = name.dropLast(3) }
        for (ending, format) in [
            (".csv", "csv"), (".jsonl", "jsonl"), (".ndjson", "jsonl"), (".npy", "npy"),
            (".faiss", "faiss"),
        ] where name.hasSuffix(ending) {
            return format
        }
        return nil
    }
}

/// Where the parts of a `COPY` statement are.
private struct CopyPlace {
    var subject = ""
    var isFrom = false
    /// The file's literal.
    var file: Token?
    /// Just past the parenthesis that opens the options.
    var optionsStart: Int?
    var namesFormat = false

    init?(_ bytes: [UInt8]) {
        var lexer = Lexer(bytes)
        guard lexer.next().kind == .keyword(.copy) else { return nil }
        var depth = 0
        var hasTarget = false
        var previous: Token?
        while true {
            let token = lexer.next()
            switch token.kind {
            case .end:
                if hasTarget { return }
                return nil
            case .symbol(.leftParenthesis):
                if hasTarget, depth == 0, optionsStart == nil { optionsStart = token.upper }
                depth += 1
            case .symbol(.rightParenthesis): depth -= 1
            case .keyword(.from) where depth == 0 && !hasTarget,
                .keyword(.to) where depth == 0 && !hasTarget:
                hasTarget = true
                isFrom = token.kind == .keyword(.from)
            case .string where hasTarget && depth == 0 && file == nil:
                if previous?.kind == .keyword(.from) || previous?.kind == .keyword(.to) {
                    file = token
                }
            case .keyword(.format) where hasTarget && depth == 1: namesFormat = true
            default: break
            }
            if subject.isEmpty, previous == nil, depth == 0 {
                subject = String(decoding: bytes[token.lower..<token.upper], as: UTF8.self)
            }
            previous = token
        }
    }
}
