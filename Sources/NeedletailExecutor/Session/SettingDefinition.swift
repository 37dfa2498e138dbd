package import NeedletailCore

/// One setting of a session: its name, the values it takes and what it does.
package struct SettingDefinition: Sendable {
    package enum Kind: Sendable {
        case boolean
        case integer(ClosedRange<Int>)
        /// Milliseconds; a unit (`us ms s min h d`) may follow. 0 turns it off.
        case duration
        case choice([String])
    }

    package let name: String
    package let kind: Kind
    package let defaultValue: String
    package let summary: String
    /// Accepted so that scripts written for PostgreSQL run, and otherwise ignored.
    package let isIgnored: Bool

    init(
        _ name: String, _ kind: Kind, _ defaultValue: String, _ summary: String,
        isIgnored: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.defaultValue = defaultValue
        self.summary = summary
        self.isIgnored = isIgnored
    }

    /// Every setting, by name.
    package static let all: [SettingDefinition] = [
        SettingDefinition(
            "statement_timeout", .duration, "0",
            "Longest time a statement may run; 0 for no limit."),
        SettingDefinition(
            "lock_timeout", .duration, "\(Limits.lockTimeoutMillisecondsDefault)",
            "Longest wait for the one writer."),
        SettingDefinition(
            "idle_in_transaction_session_timeout", .duration,
            "\(Limits.idleInTransactionMillisecondsDefault)",
            "Longest time an open transaction may hold the writer without a statement."),
        SettingDefinition(
            "default_transaction_read_only", .boolean, "off",
            "Refuse statements that write."),
        SettingDefinition(
            "search_threads", .integer(0...256), "0",
            "Threads of one exact search; 0 for as many as there are cores."),
        SettingDefinition(
            "hnsw.ef_search", .integer(Limits.efSearchRange), "40",
            "Width of an HNSW search; unless it is set, the calibration of the index decides."),
        SettingDefinition(
            "hnsw.iterative_scan", .choice(["off", "relaxed_order", "strict_order"]),
            "strict_order", "Kept for scripts written for pgvector; answers are never short.",
            isIgnored: true),
        SettingDefinition(
            "hnsw.max_scan_tuples", .integer(1...Int(Int32.max)), "20000",
            "Kept for scripts written for pgvector.", isIgnored: true),
        SettingDefinition(
            "ivfflat.probes", .integer(Limits.probesRange), "1",
            "Lists of an IVF search; unless it is set, the calibration of the index decides."),
        SettingDefinition(
            "enable_seqscan", .boolean, "on", "Kept for scripts written for PostgreSQL.",
            isIgnored: true),
        SettingDefinition(
            "enable_indexscan", .boolean, "on",
            "Turn off to read tables without their ordered indexes."),
        SettingDefinition(
            "maintenance_work_mem", .choice([]), "64MB",
            "Kept for scripts written for PostgreSQL.", isIgnored: true),
        SettingDefinition(
            "max_parallel_maintenance_workers", .integer(0...1_024), "2",
            "Kept for scripts written for PostgreSQL.", isIgnored: true),
        SettingDefinition(
            "client_min_messages", .choice([]), "notice",
            "Kept for scripts written for PostgreSQL.", isIgnored: true),
        SettingDefinition(
            "application_name", .choice([]), "", "A name for this session."),
    ]

    package static func named(_ name: String) -> SettingDefinition? {
        let name = name.lowercased()
        return byName[aliases[name] ?? name]
    }

    /// Other names of settings.
    private static let aliases = ["ivf.probes": "ivfflat.probes"]

    private static let byName = Dictionary(all.map { ($0.name, $0) }) { first, _ in first }
}

extension SettingDefinition {
    /// `text` in its normal form, or 22023 with the values that are accepted.
    package func normalized(_ text: String) throws(DatabaseError) -> String {
        switch kind {
        case .boolean:
            switch text.lowercased() {
            case "on", "true", "t", "yes", "1": return "on"
            case "off", "false", "f", "no", "0": return "off"
            default: throw invalid(text, "write on or off")
            }
        case .integer(let range):
            guard let value = Int(text) else { throw invalid(text, "write an integer") }
            guard range.contains(value) else {
                throw DatabaseError(
                    .invalidParameter,
                    "\(text) is outside the valid range for parameter \"\(name)\" "
                        + "(\(range.lowerBound) .. \(range.upperBound))")
            }
            return String(value)
        case .duration:
            guard let milliseconds = Self.milliseconds(text) else {
                throw invalid(text, "write milliseconds, or a number with us, ms, s, min, h or d")
            }
            return String(milliseconds)
        case .choice(let choices):
            guard choices.isEmpty || choices.contains(text.lowercased()) else {
                throw invalid(text, "write one of \(choices.joined(separator: ", "))")
            }
            return choices.isEmpty ? text : text.lowercased()
        }
    }

    private func invalid(_ text: String, _ hint: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "invalid value for parameter \"\(name)\": \"\(text)\"", hint: hint)
    }

    private static func milliseconds(_ text: String) -> Int? {
        let trimmed = text.filter { $0 != " " }
        let digits = trimmed.prefix { $0.isASCII && $0.isNumber }
        guard let amount = Int(digits) else { return nil }
        let factor: Double
        switch trimmed.dropFirst(digits.count).lowercased() {
        case "us": factor = 0.001
        case "", "ms": factor = 1
        case "s": factor = 1_000
        case "min": factor = 60_000
        case "h": factor = 3_600_000
        case "d": factor = 86_400_000
        default: return nil
        }
        let milliseconds = (Double(amount) * factor).rounded(.up)
        return milliseconds <= Double(Int32.max) ? Int(milliseconds) : nil
    }
}
