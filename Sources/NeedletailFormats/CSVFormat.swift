package import NeedletailCore

/// How fields are delimited and quoted (RFC 4180, with PostgreSQL's options).
package struct CSVFormat: Sendable, Hashable {
    /// What the first record is.
    package enum Header: Sendable, Hashable {
        /// A row like any other.
        case absent
        /// Names that do not matter.
        case skip
        /// Names that say which column each field belongs to.
        case match
    }

    package let delimiter: UInt8
    package let quote: UInt8
    /// Stands before a quote inside quotes; a quote itself, as a rule.
    package let escape: UInt8
    package let header: Header
    /// An unquoted field of just this is NULL.
    package let null: String

    /// Errors: 22023 where the characters are not single bytes of ASCII, get in each other's way,
    /// or occur in `null`.
    package init(
        delimiter: String = ",", quote: String = "\"", escape: String? = nil,
        header: Header = .absent, null: String = ""
    ) throws(DatabaseError) {
        self.delimiter = try Self.byte(delimiter, "delimiter")
        self.quote = try Self.byte(quote, "quote")
        self.escape = try Self.byte(escape ?? quote, "escape")
        self.header = header
        self.null = null
        guard self.delimiter != self.quote, self.delimiter != self.escape else {
            throw DatabaseError(
                .invalidParameter, "delimiter and quote of CSV must differ",
                hint: "Choose another delimiter.")
        }
        let special: Set<UInt8> = [self.delimiter, self.quote, 0x0A, 0x0D]
        guard !null.utf8.contains(where: special.contains) else {
            throw DatabaseError(
                .invalidParameter, "the null string of CSV holds a delimiter, quote or line end",
                hint: "Choose another null string.")
        }
    }

    private static func byte(_ text: String, _ option: String) throws(DatabaseError) -> UInt8 {
        guard text.utf8.count == 1, let byte = text.utf8.first, byte < 0x80, byte != 0,
            byte != 0x0A, byte != 0x0D
        else {
            throw DatabaseError(
                .invalidParameter, "\(option) of CSV must be one character of ASCII",
                hint: "Give one character that is no line end.")
        }
        return byte
    }
}
