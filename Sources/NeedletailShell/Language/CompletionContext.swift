import NeedletailSyntax

/// Where in a statement the cursor is.
struct CompletionContext {
    enum Place: Equatable {
        case start, table, setting, show, expression, parameter, comment
        /// After `table.`.
        case column(String)
    }

    /// The beginning of the word at the cursor.
    private(set) var fragment = ""
    private(set) var place = Place.start
    /// Tables named anywhere in the statement.
    private(set) var tables: [String] = []
    /// What stands in the string literal that is open at the cursor.
    private(set) var openString: String?
    private(set) var isCopy = false
    /// Whether a type's name may stand at the cursor.
    private(set) var mayNameType = false

    /// What follows a completed word.
    var suffix: String { " " }

    init(before: String, after: String) {
        let bytes = Array(before.utf8)
        var tokens = Self.lastStatement(bytes, keepsComments: true)
        if let last = tokens.last, Self.isOpenComment(last, bytes) {
            place = .comment
            return
        }
        tokens.removeAll { $0.kind == .comment }
        isCopy = tokens.first?.kind == .keyword(.copy)
        if let last = tokens.last, last.kind == .problem(.unterminatedString) {
            openString = String(decoding: bytes[(last.lower + 1)...], as: UTF8.self)
            return
        }
        if let last = tokens.last, last.upper == bytes.count {
            switch last.kind {
            case .word, .keyword:
                fragment = String(decoding: bytes[last.lower...], as: UTF8.self)
                tokens.removeLast()
            case .namedParameter:
                fragment = String(decoding: bytes[(last.lower + 1)...], as: UTF8.self)
                place = .parameter
                return
            default: break
            }
        }
        place = Self.place(after: tokens, bytes)
        switch tokens.first?.kind {
        case .keyword(.create), .keyword(.alter): mayNameType = true
        default: mayNameType = tokens.last?.kind == .symbol(.doubleColon)
        }
        let all = Array((before + after).utf8)
        tables = Self.tables(in: Self.lastStatement(all, around: bytes.count), all)
    }

    /// The tokens of the statement that is open at the end of `bytes`, or at `position`.
    private static func lastStatement(
        _ bytes: [UInt8], around position: Int = .max, keepsComments: Bool = false
    ) -> [Token] {
        var lexer = Lexer(bytes, keepsComments: keepsComments)
        var tokens: [Token] = []
        while true {
            let token = lexer.next()
            if token.kind == .end { return tokens }
            if token.kind == .symbol(.semicolon) {
                if token.lower >= position { return tokens }
                tokens = []
            } else {
                tokens.append(token)
            }
        }
    }

    /// Whether what is typed next still belongs to the comment.
    private static func isOpenComment(_ token: Token, _ bytes: [UInt8]) -> Bool {
        if token.kind == .problem(.unterminatedComment) { return true }
        let isLine = bytes[token.lower] == UInt8(ascii: "-")
        return token.kind == .comment && isLine && token.upper == bytes.count
            && bytes.last != 0x0A
    }

    private static func place(after tokens: [Token], _ bytes: [UInt8]) -> Place {
        guard let last = tokens.last else { return .start }
        if last.kind == .symbol(.dot), tokens.count > 1,
            let name = name(tokens[tokens.count - 2], bytes)
        {
            return .column(name)
        }
        let first = tokens[0].kind
        switch last.kind {
        case .keyword(let word) where introducesTable.contains(word): return .table
        case .keyword(.on) where first == .keyword(.create): return .table
        case .keyword(.set) where tokens.count == 1: return .setting
        case .keyword(.reset): return .setting
        case .keyword(.show): return .show
        default: return .expression
        }
    }

    private static func tables(in tokens: [Token], _ bytes: [UInt8]) -> [String] {
        zip(tokens, tokens.dropFirst()).compactMap { first, second in
            switch first.kind {
            case .keyword(let word) where introducesTable.contains(word): name(second, bytes)
            case .keyword(.on) where tokens.first?.kind == .keyword(.create): name(second, bytes)
            default: nil
            }
        }
    }

    private static let introducesTable: Set<Keyword> = [
        .from, .join, .into, .update, .table, .describe, .copy, .truncate, .analyze,
    ]

    /// The name a token is, folded as the language folds it.
    private static func name(_ token: Token, _ bytes: [UInt8]) -> String? {
        let text = String(decoding: bytes[token.lower..<token.upper], as: UTF8.self)
        switch token.kind {
        case .word: return text.lowercased()
        case .keyword(let word): return word.isReserved ? nil : text.lowercased()
        case .quotedName: return String(text.dropFirst().dropLast())
        default: return nil
        }
    }

    /// Keywords in the letter case the fragment has: capitals unless it is typed small.
    func spelt(_ words: [String]) -> [String] {
        let isSmall = fragment.contains(where: \.isLowercase)
        return isSmall ? words.map { $0.lowercased() } : words
    }
}

/// Words offered by completion.
enum SQLWords {
    static let starters = [
        "SELECT", "INSERT INTO", "UPSERT INTO", "UPDATE", "DELETE FROM", "TRUNCATE", "COPY",
        "CREATE TABLE", "CREATE INDEX", "CREATE UNIQUE INDEX", "DROP TABLE", "DROP INDEX", "BEGIN",
        "COMMIT", "ROLLBACK", "EXPLAIN", "DESCRIBE", "SHOW", "SET", "RESET", "ANALYZE", "WITH",
        "VALUES", "ALTER TABLE", "REINDEX",
    ]

    static let shown = ["TABLES", "INDEXES", "STATISTICS", "SETTINGS", "ALL"]

    static let inside =
        Keyword.allCases.map(\.text) + [
            "ORDER BY", "GROUP BY", "PRIMARY KEY", "NOT NULL", "IS NULL", "IS NOT NULL",
            "ON CONFLICT", "DO NOTHING", "DO UPDATE SET",
        ]

    static let types = [
        "BIGINT", "INT", "SMALLINT", "REAL", "DOUBLE PRECISION", "BOOLEAN", "TEXT", "BYTEA",
        "TIMESTAMPTZ", "DATE", "UUID", "JSONB", "VECTOR", "HALFVEC", "BIT",
    ]

    static let functions = [
        "abs", "avg", "coalesce", "cosine_distance", "count", "inner_product", "l1_distance",
        "l2_distance", "l2_norm", "l2_normalize", "length", "lower", "max", "min", "now",
        "round", "sum", "upper", "vector_dims",
    ]
}

/// Whether a lower-case word must be quoted to be a name.
func isReservedWord(_ word: String) -> Bool { Keyword(rawValue: word)?.isReserved ?? false }
