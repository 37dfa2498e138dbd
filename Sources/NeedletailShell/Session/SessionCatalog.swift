package import NeedletailCore
import NeedletailText

/// Names for completion.
package protocol NameSource: AnyObject {
    var tables: [String] { get }
    var settings: [String] { get }
    /// Values bound at the prompt.
    var variables: [String] { get }
    func columns(of table: String) -> [String]
}

/// The names a session knows, asked for once and kept until something is created or dropped.
///
/// It never asks inside a transaction: a question that fails would abort it.
package final class SessionCatalog: NameSource {
    private static let namesMax = 10_000

    private let session: any StatementSession
    private var known: [String: [String]] = [:]
    package var variables: [String] = []

    package init(session: any StatementSession) { self.session = session }

    package var tables: [String] { names("SHOW TABLES", in: ["name", "table", "table_name"]) }

    package var settings: [String] { names("SHOW SETTINGS", in: ["name", "setting"]) }

    package func columns(of table: String) -> [String] {
        names("DESCRIBE \(quotedName(table))", in: ["name", "column", "column_name"])
    }

    /// Drops what is known, after a definition changed.
    package func forget() { known = [:] }

    /// The values of the first column of the answer that is called one of `columns`, else of its
    /// first column; nothing where the question fails.
    private func names(_ question: String, in columns: [String]) -> [String] {
        if let names = known[question] { return names }
        guard session.transactionState == .idle else { return [] }
        var names: [String] = []
        do throws(DatabaseError) {
            let answer = try session.start(question, parameters: .none, input: nil)
            defer { answer.close() }
            let position = answer.columns.firstIndex { columns.contains($0.name) } ?? 0
            while names.count < Self.namesMax, let row = try answer.next() {
                if position < row.count { names.append(ValueText.text(of: row[position])) }
            }
        } catch {
            return []
        }
        known[question] = names
        return names
    }
}

/// `name` as SQL must write it: quoted unless it is a plain lower-case identifier.
func quotedName(_ name: String) -> String {
    let isPlain =
        name.utf8.allSatisfy {
            ($0 >= 0x61 && $0 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F
        } && name.utf8.first.map { $0 > 0x39 } == true
    if isPlain, !isReservedWord(name) { return name }
    return "\""
        + name.split(separator: "\"", omittingEmptySubsequences: false)
        .joined(separator: "\"\"") + "\""
}
