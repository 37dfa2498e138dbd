package import NeedletailCore

/// Cuts a stream of text into statements at their semicolons, as the lexer sees them: one inside a
/// string, a quoted name or a comment ends nothing.
///
/// Text may arrive in pieces of any size; each byte is looked at a bounded number of times unless
/// pieces are much smaller than tokens.
package struct StatementSplitter: Sendable {
    /// One statement of the stream.
    package struct Piece: Sendable, Hashable {
        /// From its first token to its last, without the semicolon. Positions in errors count from
        /// its start.
        package let text: String
        /// The line on which it starts; the stream starts on line 1.
        package let line: Int

        package init(text: String, line: Int) {
            self.text = text
            self.line = line
        }
    }

    /// What is open at the end of what was fed so far.
    package enum State: Sendable, Hashable {
        /// Nothing but blanks and comments since the last semicolon.
        case empty
        case insideStatement
        case insideParentheses
        case insideString
        case insideQuotedName
        case insideComment
    }

    private enum Mode {
        /// Between tokens.
        case tokens
        /// Behind the opening quote of a string or name.
        case quoted(quote: UInt8, escapes: Bool)
        case comment(depth: Int)
    }

    /// From the first byte that may still matter.
    private var bytes: [UInt8] = []
    /// Where to go on in ``bytes``.
    private var position = 0
    private var mode = Mode.tokens
    /// First byte of the open statement's first token.
    private var start: Int?
    /// Behind the open statement's last token.
    private var end = 0
    /// Parentheses and brackets open in it.
    private var depth = 0
    /// Whether a token that may grow is all that is known of the open statement.
    private var hasGrowingToken = false
    private var line = 1
    /// How far newlines are counted in ``line``.
    private var countedTo = 0

    package init() {}

    package var state: State {
        switch mode {
        case .quoted(quote: UInt8(ascii: "\""), _) where !isClosed: return .insideQuotedName
        case .quoted where !isClosed: return .insideString
        case .comment: return .insideComment
        default: break
        }
        if depth > 0 { return .insideParentheses }
        return start == nil && !hasGrowingToken ? .empty : .insideStatement
    }

    /// Whether a quoted token has its closing quote as the last byte of all.
    private var isClosed: Bool {
        guard case .quoted(let quote, _) = mode else { return false }
        return position < bytes.count && bytes[position] == quote
    }

    /// Takes the next piece of the stream and returns the statements that it ends.
    ///
    /// - Throws: 54000 if a statement grows longer than ``Limits/statementBytesMax``. The splitter
    ///   is empty then.
    package mutating func feed(_ text: String) throws(DatabaseError) -> [Piece] {
        bytes += Array(text.utf8)
        var pieces: [Piece] = []
        scan(isLast: false, &pieces)
        dropFinished()
        guard bytes.count <= Limits.statementBytesMax else {
            self = StatementSplitter()
            throw DatabaseError(
                .programLimit,
                "the statement has more than the limit of \(Limits.statementBytesMax) bytes",
                hint: "Is a closing quote or a semicolon missing?")
        }
        return pieces
    }

    /// Ends the stream. Returns what follows the last semicolon, finished or not, or `nil` if that
    /// is nothing but blanks and comments. The splitter is empty afterwards.
    package mutating func finish() -> Piece? {
        var pieces: [Piece] = []
        scan(isLast: true, &pieces)
        if case .tokens = mode {} else { end = bytes.count }
        let last = pieces.first ?? takePiece()
        self = StatementSplitter()
        return last
    }

    /// Forgets the open statement.
    package mutating func reset() { self = StatementSplitter() }
}

// MARK: - Scanning

extension StatementSplitter {
    private mutating func scan(isLast: Bool, _ pieces: inout [Piece]) {
        hasGrowingToken = false
        while true {
            switch mode {
            case .quoted(let quote, let escapes):
                guard Lexer.findClosingQuote(bytes, &position, quote: quote, escapes: escapes),
                    isLast || position + 1 < bytes.count
                else { return }
                position += 1
                end = position
                mode = .tokens
            case .comment(var depth):
                let isClosed = Lexer.findCommentEnd(bytes, &position, depth: &depth)
                mode = isClosed ? .tokens : .comment(depth: depth)
                if !isClosed { return }
            case .tokens:
                guard scanTokens(isLast: isLast, &pieces) else { return }
            }
        }
    }

    /// Reads tokens up to the end, or to one that does not end.
    ///
    /// - Returns: whether there is more to scan, in another mode.
    private mutating func scanTokens(isLast: Bool, _ pieces: inout [Piece]) -> Bool {
        var lexer = Lexer(bytes, position: position, keepsComments: true)
        while true {
            let token = lexer.next()
            switch token.kind {
            case .end:
                position = bytes.count
                return false
            case .comment where token.upper < bytes.count || isLast:
                position = token.upper
                continue
            case .symbol(.semicolon):
                position = token.upper
                if let piece = takePiece() { pieces.append(piece) }
                continue
            default: break
            }
            if token.isUnterminated {
                enter(token)
                return !isLast
            }
            if token.upper == bytes.count, !isLast {
                // The next piece of the stream may make it longer.
                position = token.lower
                hasGrowingToken = token.kind != .comment
                return false
            }
            take(token)
        }
    }

    /// Notes a token of the open statement.
    private mutating func take(_ token: Token) {
        position = token.upper
        end = token.upper
        if start == nil { start = token.lower }
        switch token.kind {
        case .symbol(.leftParenthesis), .symbol(.leftBracket): depth += 1
        case .symbol(.rightParenthesis), .symbol(.rightBracket): depth = max(0, depth - 1)
        default: break
        }
    }

    /// Goes on inside a token that does not end yet.
    private mutating func enter(_ token: Token) {
        if token.kind == .problem(.unterminatedComment) {
            position = token.lower + 2
            mode = .comment(depth: 1)
            return
        }
        if start == nil { start = token.lower }
        let quote = UInt8(ascii: token.kind == .problem(.unterminatedName) ? "\"" : "'")
        // A prefix such as E stands before the quote.
        let open = bytes[token.lower...].firstIndex(of: quote) ?? token.lower
        mode = .quoted(
            quote: quote, escapes: open > token.lower && bytes[open - 1] | 0x20 == UInt8(ascii: "e")
        )
        position = open + 1
    }

    /// The open statement, which ends here; `nil` if there is none.
    private mutating func takePiece() -> Piece? {
        defer {
            start = nil
            depth = 0
        }
        guard let start, start < end else { return nil }
        countLines(to: start)
        return Piece(text: String(decoding: bytes[start..<end], as: UTF8.self), line: line)
    }

    private mutating func countLines(to offset: Int) {
        guard offset > countedTo else { return }
        for byte in bytes[countedTo..<offset] where byte == 0x0A { line += 1 }
        countedTo = offset
    }

    /// Forgets the bytes before the open statement.
    private mutating func dropFinished() {
        var keepFrom = start ?? position
        if start == nil, case .comment = mode {
            // Its opening is all that matters, and the mode remembers that.
            keepFrom = position
        }
        guard keepFrom > 0 else { return }
        countLines(to: keepFrom)
        bytes.removeFirst(keepFrom)
        position -= keepFrom
        end = max(0, end - keepFrom)
        countedTo -= keepFrom
        start = start.map { $0 - keepFrom }
    }
}
