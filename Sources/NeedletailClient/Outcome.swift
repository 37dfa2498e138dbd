import NeedletailCore

/// What the first word of a statement tells of it; in doubt, the worse.
struct StatementKind: Sendable {
    /// In capitals; empty where none was found.
    let word: String
    private let isCopyFromInput: Bool

    private static let reads: Set<String> = [
        "SELECT", "VALUES", "WITH", "SHOW", "DESCRIBE", "DESC", "RECALL", "WHY",
    ]
    private static let session: Set<String> = [
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "SET",
        "RESET",
    ]
    private static let endsWithConnection: Set<String> = [
        "BEGIN", "START", "ROLLBACK", "ABORT", "SET", "RESET",
    ]

    init(_ sql: String) {
        var rest = Substring(sql)[...]
        Self.skipToWord(&rest)
        word = rest.prefix { $0.isASCII && $0.isLetter }.uppercased()
        guard word == "COPY" else {
            isCopyFromInput = false
            return
        }
        let words = sql.split { !$0.isLetter }.map { $0.uppercased() }
        isCopyFromInput = zip(words, words.dropFirst()).contains { $0 == "FROM" && $1 == "STDIN" }
    }

    /// It surely changes nothing.
    var isRead: Bool { Self.reads.contains(word) }
    /// It waits for data.
    var readsInput: Bool { isCopyFromInput }
    /// It begins or ends transactions, or concerns settings.
    var concernsSession: Bool { Self.session.contains(word) }
    /// It changes the settings of its session.
    var changesSettings: Bool { word == "SET" || word == "RESET" || word.isEmpty }
    /// What it does is gone with its connection.
    var isGoneWithConnection: Bool { Self.endsWithConnection.contains(word) }
    /// It may end a transaction well.
    var mayCommit: Bool { word == "COMMIT" || word == "END" || word.isEmpty }

    /// Skips blanks, parentheses and comments.
    private static func skipToWord(_ rest: inout Substring) {
        while let first = rest.unicodeScalars.first {
            if first.properties.isWhitespace || first == "(" {
                rest.unicodeScalars.removeFirst()
            } else if rest.hasPrefix("--") {
                rest = rest.drop { !$0.isNewline }
            } else if rest.hasPrefix("/*") {
                skipComment(&rest)
            } else {
                return
            }
        }
    }

    /// Comments nest.
    private static func skipComment(_ rest: inout Substring) {
        var depth = 0
        repeat {
            if rest.hasPrefix("/*") {
                depth += 1
                rest = rest.dropFirst(2)
            } else if rest.hasPrefix("*/") {
                depth -= 1
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
            }
        } while depth > 0 && !rest.isEmpty
    }
}

/// What is known after a failure, and what may be sent again.
enum Outcome {
    /// The error of a request whose answer will not come.
    ///
    /// Harmless is a request that the server cannot have whole, a read, and one inside a
    /// transaction whose COMMIT was not sent.
    static func lost(
        _ cause: DatabaseError, _ kind: StatementKind, isInTransaction: Bool, isUnsent: Bool
    ) -> DatabaseError {
        let isHarmless =
            isUnsent || kind.isRead || kind.isGoneWithConnection
            || (isInTransaction && !kind.mayCommit)
        var error = cause
        error.hasUnknownOutcome = !isHarmless
        error.hint =
            isHarmless
            ? "Nothing was changed; connect again and repeat it, a transaction from its beginning."
            : "It may have been carried out: look before you repeat it."
        return error
    }

    /// Whether the one statement that failed can be sent again without its being done twice.
    ///
    /// A server that answers with an error has changed nothing; a connection that was lost tells by
    /// ``DatabaseError/hasUnknownOutcome``.
    static func isSafeAgain(_ error: DatabaseError) -> Bool {
        switch error.code {
        case .connectionFailure: !error.hasUnknownOutcome
        case .adminShutdown, .serializationFailure, .tooManyConnections: true
        default: false
        }
    }

    /// Milliseconds to wait before attempt 1, 2, …: longer each time, and never the same for all.
    static func delayMilliseconds(attempt: Int) -> Int64 {
        let longest = min(2_000, 50 << min(attempt, 10))
        return Int64.random(in: Int64(longest / 2)...Int64(longest))
    }
}
