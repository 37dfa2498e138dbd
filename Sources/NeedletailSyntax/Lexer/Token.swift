package import NeedletailCore

/// A piece of a statement that the grammar treats as one.
package struct Token: Sendable, Hashable {
    package let kind: Kind
    /// Offset of its first byte.
    package let lower: Int
    /// Offset just past its last byte.
    package let upper: Int

    package init(_ kind: Kind, _ lower: Int, _ upper: Int) {
        self.kind = kind
        self.lower = lower
        self.upper = upper
    }

    package var range: SourceRange { SourceRange(lower, upper) }

    package enum Kind: Sendable, Hashable {
        /// An unquoted name that is no keyword.
        ///
        /// grammar: word
        case word
        case keyword(Keyword)
        /// `"…"`.
        ///
        /// grammar: quotedName
        case quotedName
        /// `'…'`.
        ///
        /// grammar: string
        case string
        /// `E'…'`.
        ///
        /// grammar: escapeString
        case escapeString
        /// `B'…'`.
        ///
        /// grammar: bitString
        case bitString
        /// `X'…'`.
        ///
        /// grammar: hexString
        case hexString
        /// `b64'…'`.
        ///
        /// grammar: base64String
        case base64String
        /// Digits only.
        ///
        /// grammar: integer
        case integer
        /// A number with a point or an exponent.
        ///
        /// grammar: decimal, exponent
        case decimal
        /// `$1`.
        ///
        /// grammar: positionalParameter
        case positionalParameter
        /// `:name` or `$name`.
        ///
        /// grammar: namedParameter
        case namedParameter
        /// grammar: symbol
        case symbol(Symbol)
        /// Only from a lexer that keeps comments.
        ///
        /// grammar: comment
        case comment
        /// Nothing the language knows.
        case problem(Problem)
        /// The end of the text; empty.
        case end
    }

    /// Why a piece of text is no token.
    package enum Problem: Sendable, Hashable, CaseIterable {
        case unterminatedString
        case unterminatedName
        case unterminatedComment
        /// `""`.
        case emptyName
        /// A digit or letter right after a number, as in `1_000` and `12ab`.
        case malformedNumber
        /// `$$` or `$tag$`.
        case dollarQuote
        case backtick
        /// A typographic quotation mark.
        case curlyQuote
        case nulByte
        case unknownCharacter
    }

    /// Whether more text could make it a whole token.
    package var isUnterminated: Bool {
        switch kind {
        case .problem(.unterminatedString), .problem(.unterminatedName),
            .problem(.unterminatedComment):
            true
        default: false
        }
    }
}
