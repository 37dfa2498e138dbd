import NeedletailCore
import NeedletailSyntax

extension StatementBinder {
    /// PostgreSQL's settings that have nothing to set here and do no harm.
    private static let harmless: Set<String> = [
        "application_name", "bytea_output", "check_function_bodies", "client_encoding",
        "client_min_messages", "datestyle", "default_table_access_method", "default_tablespace",
        "effective_cache_size", "extra_float_digits", "intervalstyle", "jit",
        "maintenance_work_mem", "max_parallel_maintenance_workers", "max_parallel_workers",
        "max_parallel_workers_per_gather", "min_parallel_table_scan_size", "random_page_cost",
        "row_security", "search_path", "seq_page_cost", "standard_conforming_strings", "work_mem",
        "xmloption",
    ]

    private static func isHarmless(_ name: String) -> Bool {
        harmless.contains(name) || name.hasPrefix("enable_")
    }

    func bind(_ set: SetStatement, at range: SourceRange?) throws(DatabaseError) -> BoundKind {
        let name = set.name.text
        if Self.isHarmless(name) {
            notice(.warning, "setting \"\(name)\" is accepted and has no effect")
            return .nothing(tag: "SET")
        }
        var words: [String] = []
        for value in set.values { words.append(try text(of: value, at: range)) }
        return .set(
            name: name, value: words.isEmpty ? nil : words.joined(separator: ", "),
            isLocal: set.scope == .local)
    }

    private func text(
        of value: OptionValue, at range: SourceRange?
    ) throws(DatabaseError) -> String {
        switch value {
        case .name(let word): return word.spelling
        case .literal(let literal): return try text(of: literal, at: range)
        case .parameter, .expression, .list:
            throw DatabaseError(
                .syntaxError, "a setting needs a name, a string or a number",
                hint: "Settings cannot be parameters.", position: range)
        }
    }

    private func text(
        of literal: Literal, at range: SourceRange?
    ) throws(DatabaseError) -> String {
        switch literal {
        case .boolean(let truth): return truth ? "on" : "off"
        case .integer(let number): return String(number)
        case .decimal(let text, _), .string(let text): return text
        case .null, .bits, .bytes, .base64:
            throw DatabaseError(
                .syntaxError, "a setting needs a name, a string or a number", position: range)
        }
    }

    func bind(_ pragma: PragmaStatement, at range: SourceRange?) throws(DatabaseError) -> BoundKind
    {
        if pragma.name.text == "integrity_check", pragma.value == nil { return .check(nil) }
        throw DatabaseError(
            .undefinedObject, "PRAGMA \(pragma.name.text) does not exist",
            hint: "PRAGMA integrity_check does, and CHECK; for settings write SET and SHOW.",
            position: pragma.name.range ?? range)
    }

    func bind(_ show: ShowStatement, at range: SourceRange?) throws(DatabaseError) -> BoundKind {
        switch show {
        case .tables: return .showTables
        case .indexes(nil): return .showIndexes(nil)
        case .indexes(let name?): return .showIndexes(try table(name))
        case .statistics(let name?): return .showStatistics([try table(name)], isAll: false)
        case .statistics(nil): return .showStatistics(try allTables(), isAll: true)
        case .sessions: return .showSessions
        case .settings(let pattern): return .showSettings(like: pattern)
        case .all: return .showSettings(like: nil)
        case .create(let name): return .showCreate(try table(name))
        case .setting(let name): return .showSetting(name.text)
        case .collections:
            throw .unsupported(
                "collections are not supported yet", hint: "Write SHOW TABLES.", at: range)
        case .snapshots: throw .unsupported("snapshots are not supported yet", at: range)
        case .queries: throw .unsupported("SHOW QUERIES is not supported yet", at: range)
        }
    }
}
