/// The text of `\h`: what each statement looks like.
package enum StatementHelp {
    package struct Entry: Sendable {
        package let name: String
        package let summary: String
        package let synopsis: String
    }

    /// The entries whose name starts with `words`, letter case aside; all that exist without words.
    package static func entries(matching words: String) -> [Entry] {
        let wanted = words.uppercased().split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
        let exact = entries.filter { $0.name == wanted }
        return exact.isEmpty ? entries.filter { $0.name.hasPrefix(wanted) } : exact
    }

    /// What `\h` answers.
    package static func text(for words: String, palette: Palette) -> String {
        if words.isEmpty { return overview(palette) }
        let found = entries(matching: words)
        if found.isEmpty {
            let nearest = nearestWord(to: words, among: entries.map(\.name))
            let remedy = nearest.map { " Did you mean \($0)?" } ?? ""
            return "No statement is called \"\(words)\".\(remedy) \\h lists them all.\n"
        }
        return found.map { entry in
            let title = palette.paint(entry.name, .keyword)
            let lines = entry.synopsis.split(separator: "\n").map { "    \($0)\n" }.joined()
            return "\(title)  \(entry.summary)\n\(lines)"
        }.joined(separator: "\n")
    }

    private static func overview(_ palette: Palette) -> String {
        let width = entries.reduce(0) { max($0, $1.name.count) } + 2
        let lines = entries.map { entry in
            let name = padded(entry.name, to: width, right: false)
            return "  \(palette.paint(name, .keyword))\(entry.summary)\n"
        }
        return lines.joined() + "\\h NAME shows one in full.\n"
    }

    private static let entries: [Entry] = [
        Entry(
            name: "SELECT", summary: "rows, by filter and by distance",
            synopsis: """
                SELECT [DISTINCT] expression [AS name], …
                  FROM table [CROSS JOIN LATERAL (query) name]
                  [WHERE condition]
                  [GROUP BY expression, … [HAVING condition]]
                  [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], …]
                  [LIMIT n BY expression, …] [LIMIT count] [OFFSET count]
                  [WITH (exact | recall = 0.95 | ef_search = n | probes = n | timeout = '200ms',
                         …)]
                Distances: <-> L2   <#> negative inner product   <=> cosine   <+> L1
                           <~> Hamming   <%> Jaccard (bits)
                """),
        Entry(
            name: "INSERT", summary: "add rows",
            synopsis: """
                INSERT INTO table [(column, …)] VALUES (expression, …), …
                  [ON CONFLICT [(column, …)] DO NOTHING | DO UPDATE SET column = expression, …]
                  [RETURNING expression, …]
                """),
        Entry(
            name: "UPSERT", summary: "add rows, or replace those of the same key",
            synopsis: """
                UPSERT INTO table [(column, …)] VALUES (expression, …), …
                  [RETURNING expression, …]
                """),
        Entry(
            name: "UPDATE", summary: "change rows",
            synopsis: """
                UPDATE table SET column = expression, …
                  [WHERE condition] [RETURNING expression, …]
                """),
        Entry(
            name: "DELETE", summary: "remove rows",
            synopsis: "DELETE FROM table [WHERE condition] [RETURNING expression, …]"),
        Entry(
            name: "TRUNCATE", summary: "remove all rows", synopsis: "TRUNCATE [TABLE] table"),
        Entry(
            name: "COPY", summary: "load from a file or write to one",
            synopsis: """
                COPY table [(column, …)] FROM 'file' | STDIN [WITH (FORMAT csv | jsonl | faiss, …)]
                COPY table [(column, …)] | (query) TO 'file' | STDOUT [WITH (FORMAT csv, …)]
                """),
        Entry(
            name: "CREATE TABLE", summary: "define a table",
            synopsis: """
                CREATE TABLE [IF NOT EXISTS] name (
                  column type [PRIMARY KEY] [NOT NULL] [UNIQUE] [DEFAULT value], …
                  [, PRIMARY KEY (column, …)])
                Types: bigint int smallint double real boolean text bytea timestamptz date uuid
                       jsonb type[] vector(n) halfvec(n) bit(n)
                """),
        Entry(
            name: "CREATE INDEX", summary: "make searches and filters fast",
            synopsis: """
                CREATE [UNIQUE] INDEX [IF NOT EXISTS] [name] ON table
                  (column [ASC | DESC] [NULLS FIRST | LAST], …)
                CREATE INDEX [IF NOT EXISTS] [name] ON table USING hnsw (column class)
                  [INCLUDE (column, …)] [WITH (m = 16, ef_construction = 200, codes = 'auto')]
                CREATE INDEX [IF NOT EXISTS] [name] ON table USING ivf (column class)
                  [WITH (lists = auto, assign = 1, codes = 'auto')]
                Classes: vector_l2_ops vector_ip_ops vector_cosine_ops vector_l1_ops
                         halfvec_l2_ops halfvec_ip_ops halfvec_cosine_ops halfvec_l1_ops
                         bit_hamming_ops bit_jaccard_ops
                """),
        Entry(
            name: "DROP TABLE", summary: "remove a table", synopsis: "DROP TABLE [IF EXISTS] name"),
        Entry(
            name: "DROP INDEX", summary: "remove an index",
            synopsis: "DROP INDEX [IF EXISTS] name"),
        Entry(
            name: "REINDEX", summary: "build an index, or all of a table, anew",
            synopsis: "REINDEX INDEX name | TABLE table"),
        Entry(
            name: "ANALYZE", summary: "gather statistics of a table, or of all",
            synopsis: "ANALYZE [table]"),
        Entry(
            name: "BEGIN", summary: "start a transaction",
            synopsis: "BEGIN [READ ONLY | READ WRITE]"),
        Entry(name: "COMMIT", summary: "keep its changes", synopsis: "COMMIT"),
        Entry(name: "ROLLBACK", summary: "drop its changes", synopsis: "ROLLBACK"),
        Entry(
            name: "EXPLAIN", summary: "how a statement is answered",
            synopsis: """
                EXPLAIN [(ANALYZE, RECALL, FORMAT json)] statement
                """),
        Entry(
            name: "RECALL", summary: "how good and how fast a search is, and a setting for it",
            synopsis: "RECALL rows FOR query"),
        Entry(
            name: "WHY", summary: "why a row is, or is not, in an answer",
            synopsis: "WHY key, … FOR query"),
        Entry(
            name: "DESCRIBE", summary: "the columns of a table", synopsis: "DESCRIBE table"),
        Entry(
            name: "SHOW", summary: "what there is, and settings",
            synopsis: """
                SHOW TABLES
                SHOW INDEXES [FROM table]
                SHOW STATISTICS [FOR] table
                SHOW SESSIONS
                SHOW SETTINGS
                SHOW setting
                """),
        Entry(
            name: "SET", summary: "change a setting of this session",
            synopsis: "SET setting = value"),
        Entry(
            name: "RESET", summary: "back to the default", synopsis: "RESET setting | ALL"),
    ]
}
