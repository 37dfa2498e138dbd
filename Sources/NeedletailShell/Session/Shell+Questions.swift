import NeedletailCore
import NeedletailSyntax

/// `\recall` and `\why`: questions about the last query, as the statements that ask them.
extension Shell {
    private static let recallRowsDefault = "100"

    func recall(_ rows: String?) throws(DatabaseError) -> Bool {
        let rows = rows ?? Self.recallRowsDefault
        guard Int(rows) != nil else {
            throw DatabaseError(
                .invalidParameter, "\\recall takes a number of rows, not \"\(rows)\"")
        }
        return execute("RECALL \(rows) FOR \(try askedQuery())", isOwn: true)
    }

    func why(_ key: [MetaCommandLine.Argument]) throws(DatabaseError) -> Bool {
        guard !key.isEmpty else {
            throw DatabaseError(
                .syntaxError, "the command needs a primary key, as in \\why 7",
                hint: "\\? shows how.")
        }
        let parts = key.map(Self.literal).joined(separator: ", ")
        return execute("WHY \(parts) FOR \(try askedQuery())", isOwn: true)
    }

    /// A part of a key as SQL: a number or a bound value as it is, anything else as a text.
    private static func literal(_ part: MetaCommandLine.Argument) -> String {
        let text = part.text
        let isNumber = Double(text) != nil && text.utf8.allSatisfy { !(65...90).contains($0) }
        let isName = text.hasPrefix(":") || text.hasPrefix("$")
        if !part.isQuoted, isNumber || isName { return text }
        let doubled = text.split(separator: "'", omittingEmptySubsequences: false)
        return "'\(doubled.joined(separator: "''"))'"
    }

    /// The query that was run last.
    private func askedQuery() throws(DatabaseError) -> String {
        guard let lastQuery else {
            throw DatabaseError(
                .noActiveStatement, "there is no query to ask about", hint: "Run one first.")
        }
        return lastQuery
    }
}
