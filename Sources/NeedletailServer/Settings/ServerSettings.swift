import Configuration
package import NeedletailCore
import NeedletailWire
import Synchronization

/// The settings of a server from flags, environment, file and defaults, the first that has a value
/// winning.
package struct ServerSettings: Sendable {
    package struct Entry: Sendable {
        package let setting: ServerSetting
        /// In the setting's unit.
        package let text: String
        /// Such as `default`, `file PATH`, `environment NEEDLETAIL_LISTEN`, `flag --listen`.
        package let source: String
    }

    /// Every setting, in the order of ``ServerSetting/all``.
    package let entries: [Entry]
    package let configuration: ServerConfiguration

    /// The environment variable that names the file where no flag does.
    package static let fileVariable = "NEEDLETAIL_CONFIG"

    /// - Parameters:
    ///   - flags: texts by the names of settings.
    ///   - environment: all variables; those of other names are no matter.
    ///   - file: the path of a JSON file.
    /// - Throws: 22023 for a value that a setting does not take, with where it came from; 42704 for
    ///   a name in the file that is no setting; 58P01 and 58030 for a file that cannot be read,
    ///   22032 for one that is not JSON; 28000 for an address beyond this machine.
    package init(
        flags: [String: String] = [:], environment: [String: String] = [:], file: String? = nil
    ) throws(DatabaseError) {
        let path = file ?? environment[Self.fileVariable]
        let inFile = try path.map { path throws(DatabaseError) in
            try ServerSettingsFile.read(path)
        }
        let sources = Sources()
        let reader = ConfigReader(
            providers: [
                InMemoryProvider(name: "flag", values: Self.values(flags)),
                EnvironmentVariablesProvider(environmentVariables: environment),
                InMemoryProvider(name: "file", values: Self.values(inFile ?? [:])),
            ], accessReporter: sources)
        var configuration = try ServerConfiguration(
            addresses: ["127.0.0.1:\(ServerConfiguration.portDefault)"])
        var entries: [(ServerSetting, String)] = []
        for setting in ServerSetting.all {
            let text = reader.string(forKey: ConfigKey([Self.scope, setting.name]))
            guard let text else {
                entries.append((setting, "default"))
                continue
            }
            let source = Self.describe(sources.last, setting, path: path ?? "")
            do throws(DatabaseError) {
                try setting.write(&configuration, try setting.content(text))
            } catch {
                throw DatabaseError(
                    error.code, "\(error.message) (setting \(setting.name), from the \(source))",
                    hint: error.hint)
            }
            entries.append((setting, source))
        }
        try Self.check(configuration)
        configuration.log = ServerLog(
            level: configuration.logLevel, format: configuration.logFormat)
        self.configuration = configuration
        self.entries = entries.map {
            Entry(setting: $0, text: $0.text(of: configuration), source: $1)
        }
    }

    /// What only two settings together can be wrong about.
    private static func check(_ configuration: ServerConfiguration) throws(DatabaseError) {
        let (line, memory) = (configuration.session.lineBytes, configuration.memoryBytesMax)
        guard line <= memory else {
            throw DatabaseError(
                .invalidParameter,
                "line_bytes_max is \(line) bytes and memory_max only \(memory): the longest "
                    + "line would never find room",
                hint: "Lower line_bytes_max, or raise memory_max.")
        }
    }

    /// One line for each setting: name, value, unit and source.
    package var report: String {
        let rows = entries.map { [$0.setting.name, $0.text, $0.setting.unit, $0.source] }
        let widths = (0..<3).map { column in rows.map { $0[column].utf8.count }.max() ?? 0 }
        return rows.map { row in
            row.enumerated().map { column, text in
                guard column < widths.count else { return text }
                return text + String(repeating: " ", count: widths[column] - text.utf8.count)
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    // MARK: Sources

    /// Which provider gave the value that was read last.
    private final class Sources: AccessReporter {
        private let provider = Mutex("")

        var last: String { provider.withLock { $0 } }

        func report(_ event: AccessEvent) {
            let name = event.providerResults.last?.providerName ?? ""
            provider.withLock { $0 = name }
        }
    }

    private static let scope = "needletail"

    private static func values(_ texts: [String: String]) -> [AbsoluteConfigKey: ConfigValue] {
        var values: [AbsoluteConfigKey: ConfigValue] = [:]
        for (name, text) in texts {
            values[AbsoluteConfigKey([scope, name])] = ConfigValue(
                .string(text), isSecret: false)
        }
        return values
    }

    private static func describe(
        _ provider: String, _ setting: ServerSetting, path: String
    ) -> String {
        if provider.contains("[flag]") { return "flag \(setting.flag)" }
        if provider.contains("[file]") { return "file \(path)" }
        return "environment \(setting.variable)"
    }
}
