import NeedletailCore

/// A `LIKE` pattern: `%` any run, `_` any one character, the escape character takes the next one
/// literally.
///
/// Matching is greedy with one point of return, so it takes at most length times pattern steps.
struct LikePattern {
    private enum Piece: Equatable {
        case any
        case one
        case character(Character)
    }

    private let pieces: [Piece]
    private let ignoringCase: Bool

    init(_ text: String, escape: Value, ignoringCase: Bool) throws(DatabaseError) {
        var escapeCharacter: Character?
        if case .text(let escapeText) = escape {
            guard escapeText.count <= 1 else {
                throw DatabaseError(
                    .invalidEscape,
                    "an escape must be one character or empty, not \"\(escapeText)\"",
                    hint: "write ESCAPE '!' and put ! before a literal % or _")
            }
            escapeCharacter = escapeText.first
        }
        var pieces: [Piece] = []
        var isEscaped = false
        for character in ignoringCase ? text.lowercased() : text {
            if isEscaped {
                pieces.append(.character(character))
                isEscaped = false
            } else if character == escapeCharacter {
                isEscaped = true
            } else if character == "%" {
                if pieces.last != .any { pieces.append(.any) }
            } else {
                pieces.append(character == "_" ? .one : .character(character))
            }
        }
        guard !isEscaped else {
            throw DatabaseError(
                .invalidEscape, "the LIKE pattern ends with its escape character",
                hint: "double the escape character to match it")
        }
        self.pieces = pieces
        self.ignoringCase = ignoringCase
    }

    func matches(_ text: String) -> Bool {
        let characters = Array(ignoringCase ? text.lowercased() : text)
        var (position, piece) = (0, 0)
        var (returnPosition, returnPiece) = (0, -1)
        while position < characters.count {
            if piece < pieces.count, pieces[piece] == .any {
                (returnPosition, returnPiece) = (position, piece)
                piece += 1
            } else if piece < pieces.count, fits(pieces[piece], characters[position]) {
                position += 1
                piece += 1
            } else if returnPiece >= 0 {
                returnPosition += 1
                (position, piece) = (returnPosition, returnPiece + 1)
            } else {
                return false
            }
        }
        while piece < pieces.count, pieces[piece] == .any { piece += 1 }
        return piece == pieces.count
    }

    private func fits(_ piece: Piece, _ character: Character) -> Bool {
        switch piece {
        case .any, .one: true
        case .character(let wanted): wanted == character
        }
    }
}
