import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax

/// Statements that concern the session itself: transactions and settings.
extension Session {
    func runOnSession(
        _ prepared: PreparedText, parameters: Parameters
    ) throws(DatabaseError) -> any RunningStatement {
        let compiled = try prepared.compiled(for: .empty)
        var notices = compiled.bound.notices
        var rows: [[Value]] = []
        var sequence: UInt64?
        let kind = compiled.bound.kind
        var tag = CommandTag.tag(of: kind, count: 0)
        switch prepared.statement.kind {
        case .begin(let mode): try beginTransaction(mode)
        case .commit:
            if case .none = transaction { notices.append(Self.nothingOpen) }
            if case .aborted = transaction { tag = "ROLLBACK" }
            sequence = try commit()
        case .rollback:
            if case .none = transaction { notices.append(Self.nothingOpen) }
            rollback()
        default:
            try guarded { () throws(DatabaseError) in
                let outcome = try runSetting(kind)
                rows = outcome.rows
                if let notice = outcome.notice { notices.append(notice) }
            }
        }
        return ReadyStatement(
            columns: compiled.columns, rows: rows,
            summary: StatementSummary(
                tag: tag, rowCount: rows.count, notices: notices, commitSequence: sequence))
    }

    private func runSetting(
        _ kind: BoundKind
    ) throws(DatabaseError) -> (rows: [[Value]], notice: Notice?) {
        switch kind {
        case .set(let name, let value, let isLocal):
            return ([], try set(name, to: value, isLocal: isLocal))
        case .reset(let name?):
            return ([], try set(name, to: nil, isLocal: false))
        case .reset(nil):
            resetAllSettings()
            return ([], nil)
        case .showSetting(let name):
            return ([[.text(try settings.value(of: name))]], nil)
        case .showSessions:
            return (sessionDescriptions.map(Inspection.row), nil)
        case .showSettings(let pattern):
            return (try settingRows(like: pattern), nil)
        case .savepoint, .releaseSavepoint, .rollbackToSavepoint:
            throw DatabaseError(
                .notSupported, "savepoints are not supported yet",
                hint: "end the transaction, or split it in two")
        default: return ([], nil)
        }
    }

    private func settingRows(like pattern: String?) throws(DatabaseError) -> [[Value]] {
        let matcher = try pattern.map { pattern throws(DatabaseError) in
            try LikePattern(pattern, escape: .text("\\"), ignoringCase: true)
        }
        var rows: [[Value]] = []
        for definition in SettingDefinition.all where matcher?.matches(definition.name) ?? true {
            rows.append([
                .text(definition.name), .text(try settings.value(of: definition.name)),
                .text(settings.defaultValue(of: definition)), .text(definition.summary),
            ])
        }
        return rows
    }

    /// Those of the server, or this one alone.
    private var sessionDescriptions: [SessionDescription] {
        if let listing { return listing.sessions() }
        let age = (MonotonicClock.nanoseconds() - begun) / 1_000_000
        return [
            SessionDescription(
                id: 1, peer: "embedded", state: .running, statement: "SHOW SESSIONS",
                runningMilliseconds: 0, ageMilliseconds: age)
        ]
    }

    private static let nothingOpen = Notice(
        .noActiveTransaction, "there is no transaction in progress")
}

extension Statement.Kind {
    /// Whether the session answers it without looking at any table.
    var concernsSession: Bool {
        switch self {
        case .begin, .commit, .rollback, .savepoint, .release, .rollbackTo, .set, .reset,
            .show(.sessions), .show(.settings), .show(.all), .show(.setting):
            true
        default: false
        }
    }

    /// Whether an aborted transaction accepts it.
    var endsTransaction: Bool { self == .commit || self == .rollback }
}
