package import NeedletailCore

/// The settings of one session, with their defaults behind them.
package struct SessionSettings: Sendable {
    private var values: [String: String] = [:] {
        didSet {
            statementTimeoutMilliseconds = integer("statement_timeout")
            searchThreads = integer("search_threads")
            efSearch = values["hnsw.ef_search"].flatMap { Int($0) }
            probes = values["ivfflat.probes"].flatMap { Int($0) }
        }
    }
    /// Values from before a `SET LOCAL`, put back when the transaction ends.
    private var saved: [String: String?] = [:]

    // What every statement asks for is read once, not by name.
    /// 0 for no limit.
    private(set) var statementTimeoutMilliseconds = 0
    /// 0 for as many as there are cores.
    private(set) var searchThreads = 0
    /// `nil` where it was not set: the calibration decides.
    private(set) var efSearch: Int?
    /// `nil` where it was not set: the calibration decides.
    private(set) var probes: Int?

    /// Where the one who opens sessions wants other defaults.
    private let defaults: [String: String]

    package init(
        lockTimeoutMilliseconds: Int = Limits.lockTimeoutMillisecondsDefault,
        statementTimeoutMilliseconds: Int = 0
    ) {
        var defaults: [String: String] = [:]
        if lockTimeoutMilliseconds != Limits.lockTimeoutMillisecondsDefault {
            defaults["lock_timeout"] = String(lockTimeoutMilliseconds)
        }
        if statementTimeoutMilliseconds != 0 {
            defaults["statement_timeout"] = String(statementTimeoutMilliseconds)
        }
        self.defaults = defaults
        self.statementTimeoutMilliseconds = statementTimeoutMilliseconds
    }

    /// The value of setting `name`: 42704 if there is none of that name.
    package func value(of name: String) throws(DatabaseError) -> String {
        let definition = try Self.definition(name)
        return values[definition.name] ?? defaultValue(of: definition)
    }

    package func defaultValue(of definition: SettingDefinition) -> String {
        defaults[definition.name] ?? definition.defaultValue
    }

    /// Changes setting `name`; `nil` restores its default.
    ///
    /// - Returns: a notice where the setting is accepted but has no effect.
    package mutating func set(
        _ name: String, to value: String?, isLocal: Bool
    ) throws(DatabaseError) -> Notice? {
        let definition = try Self.definition(name)
        let normal = try value.map { text throws(DatabaseError) in
            try definition.normalized(text)
        }
        if isLocal, saved[definition.name] == nil {
            saved[definition.name] = .some(values[definition.name])
        }
        values[definition.name] = normal
        guard definition.isIgnored else { return nil }
        return Notice("00000", "\"\(definition.name)\" is accepted and has no effect here")
    }

    package mutating func resetAll() {
        values = [:]
        saved = [:]
    }

    /// Takes back what `SET LOCAL` changed.
    package mutating func endTransaction() {
        for (name, value) in saved { values[name] = value }
        saved = [:]
    }

    /// An integer or duration setting. The name is known to exist.
    package func integer(_ name: String) -> Int {
        (try? value(of: name)).flatMap { Int($0) } ?? 0
    }

    package func boolean(_ name: String) -> Bool { (try? value(of: name)) == "on" }

    private static func definition(
        _ name: String
    ) throws(DatabaseError) -> SettingDefinition {
        if let definition = SettingDefinition.named(name) { return definition }
        let names = SettingDefinition.all.map(\.name)
        let hint =
            Spelling.nearest(to: name.lowercased(), in: names).map { "did you mean \"\($0)\"?" }
            ?? "SHOW SETTINGS lists them all"
        throw DatabaseError(
            .undefinedObject, "unrecognized configuration parameter \"\(name)\"", hint: hint)
    }
}
