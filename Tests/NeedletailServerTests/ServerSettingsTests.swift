import Foundation
import Needletail
import NeedletailCore
import NeedletailServer
import NeedletailWire
import Testing

@Suite("Settings of a server")
struct ServerSettingsTests {
    private func withFile<T>(_ text: String, _ body: (String) throws -> T) throws -> T {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "needletail-\(UUID().uuidString).json").path()
        try Data(text.utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try body(path)
    }

    private func refusal(_ body: () throws -> Void) -> DatabaseError? {
        #expect(throws: DatabaseError.self) { try body() }
    }

    @Test("flags win over the environment, the environment over the file, the file over defaults")
    func precedence() throws {
        let file = """
            {"connections_max": 10, "statement_threads": 11, "line_bytes_max": "1MB",
             "listen": ["127.0.0.1:0", "unix:a.sock"], "read_only": true}
            """
        try withFile(file) { path in
            let settings = try ServerSettings(
                flags: ["connections_max": "30"],
                environment: [
                    "NEEDLETAIL_CONNECTIONS_MAX": "20", "NEEDLETAIL_STATEMENT_THREADS": "21",
                    "NEEDLETAIL_KERNEL": "none of ours", "NEEDLETAIL_CONFIG": path,
                ])
            let configuration = settings.configuration
            #expect(configuration.connectionsMax == 30)
            #expect(configuration.statementThreads == 21)
            #expect(configuration.session.lineBytes == 1 << 20)
            #expect(configuration.database.isReadOnly)
            #expect(
                configuration.listen == [try Endpoint("127.0.0.1:0"), .unix(path: "a.sock")])
            let sources = Dictionary(
                uniqueKeysWithValues: settings.entries.map { ($0.setting.name, $0.source) })
            #expect(sources["connections_max"] == "flag --connections-max")
            #expect(sources["statement_threads"] == "environment NEEDLETAIL_STATEMENT_THREADS")
            #expect(sources["line_bytes_max"] == "file \(path)")
            #expect(sources["grace_time"] == "default")
            let report = settings.report.split(separator: "\n")
            #expect(report.count == ServerSetting.all.count)
            #expect(
                report.contains {
                    $0.hasPrefix("line_bytes_max") && $0.contains("1048576") && $0.contains("bytes")
                        && $0.hasSuffix("file \(path)")
                })
        }
    }

    @Test("every setting takes its own default, from every source")
    func roundTrip() throws {
        let defaults = try ServerSettings()
        for entry in defaults.entries {
            let flags = try ServerSettings(flags: [entry.setting.name: entry.text])
            let environment = try ServerSettings(environment: [entry.setting.variable: entry.text])
            for settings in [flags, environment] {
                #expect(settings.entries.map(\.text) == defaults.entries.map(\.text))
            }
            #expect(!entry.setting.unit.isEmpty && entry.setting.summary.hasSuffix("."))
        }
    }

    @Test("every setting changes something, which is read back")
    func changes() throws {
        for setting in ServerSetting.all {
            let text =
                switch setting.kind {
                case .addresses: "[::1]:1234"
                case .toggle: "on"
                case .count(let range): "\(range.lowerBound + 1)"
                case .bytes(let range, _): "\(max(range.lowerBound, 1 << 20) + 1)"
                case .duration(let range, _): "\(range.lowerBound + 1)"
                case .choice(let words): words[1 % words.count]
                }
            let flags = ["line_bytes_max": "1025"].merging([setting.name: text]) { $1 }
            let settings = try ServerSettings(flags: flags)
            #expect(settings.entries.first { $0.setting.name == setting.name }?.text == text)
        }
    }

    @Test(
        "a bad value is told with setting, source and remedy",
        arguments: [
            ("connections_max", "many"), ("connections_max", "0"), ("connections_max", "-1"),
            ("connections_max", ""), ("memory_max", "1XB"), ("memory_max", "99999999999999GB"),
            ("grace_time", "never"), ("grace_time", "1 fortnight"), ("log_level", "loud"),
            ("read_only", "perhaps"), ("listen", ","), ("listen", "a:b:c"),
            ("line_bytes_max", "2GB"), ("memory_budget", "1MB"), ("memory_budget", "never"),
            ("memory_budget", "a quarter"),
        ])
    func badValues(_ name: String, _ text: String) throws {
        let variable = "NEEDLETAIL_\(name.uppercased())"
        let error = refusal { _ = try ServerSettings(environment: [variable: text]) }
        #expect(error?.code == .invalidParameter)
        #expect(error?.message.contains("setting \(name)") == true)
        #expect(error?.message.contains("environment \(variable)") == true)
        #expect(error?.hint?.isEmpty == false)
    }

    @Test("a memory budget has units, or is none")
    func memoryBudget() throws {
        func budget(_ text: String) throws -> Int? {
            let settings = try ServerSettings(flags: ["memory_budget": text])
            return settings.configuration.database.memoryBudget
        }
        let sizes = [try budget("128MB"), try budget("1 GB"), try budget("8388608")]
        #expect(sizes == [128 << 20, 1 << 30, 8 << 20])
        let none = try budget("none")
        #expect(none == nil)
        let byDefault = try ServerSettings().configuration.database.memoryBudget
        #expect(byDefault == nil)
    }

    @Test("an address beyond this machine is 28000, with the setting's name")
    func remote() {
        let error = refusal { _ = try ServerSettings(flags: ["listen": "0.0.0.0:1"]) }
        #expect(error?.code == "28000")
        #expect(error?.message.contains("flag --listen") == true)
    }

    @Test("a line may not be longer than memory")
    func lineAndMemory() {
        let error = refusal {
            _ = try ServerSettings(flags: ["memory_max": "2MB", "line_bytes_max": "3MB"])
        }
        #expect(error?.code == .invalidParameter && error?.message.contains("memory_max") == true)
    }

    @Test("an unknown name in the file is refused with the nearest one")
    func unknownNames() throws {
        try withFile("{\"conections_max\": 5}") { path in
            let error = refusal { _ = try ServerSettings(file: path) }
            #expect(error?.code == .undefinedObject)
            #expect(error?.message.contains("conections_max") == true)
            #expect(error?.hint == "Did you mean \"connections_max\"?")
        }
    }

    @Test(
        "a file that is no object of settings is refused",
        arguments: [
            ("[1]", "22023"), ("{\"listen\": {}}", "22023"), ("{\"listen\": [1]}", "22023"),
            ("{\"grace_time\": 1.5}", "22023"), ("{", "22032"), ("", "22032"),
            ("{\"read_only\": null}", "22023"),
        ])
    func badFiles(_ text: String, _ code: String) throws {
        try withFile(text) { path in
            let error = refusal { _ = try ServerSettings(file: path) }
            #expect(error?.code.rawValue == code)
            #expect(error?.message.contains(path) == true)
        }
        let missing = refusal { _ = try ServerSettings(file: "/nowhere/settings.json") }
        #expect(missing?.code == .undefinedFile)
    }

    @Test(
        "units", arguments: [("10s", 10_000), ("500", 500), ("2min", 120_000), ("1 h", 3_600_000)])
    func times(_ text: String, _ milliseconds: Int64) throws {
        let settings = try ServerSettings(flags: ["grace_time": text])
        #expect(settings.configuration.graceMilliseconds == milliseconds)
    }

    @Test("the documentation has every setting with its default and unit, and no other")
    func documentation() throws {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = root.appending(path: "Sources/Needletail/Needletail.docc/RunningAServer.md")
        let rows = try String(contentsOf: page, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| `") }
        let names = rows.compactMap { $0.split(separator: "`").dropFirst().first.map(String.init) }
        for entry in try ServerSettings().entries {
            let name = entry.setting.name
            #expect(names.filter { $0 == name }.count == 1, "\(name)")
            let row = rows.first { $0.hasPrefix("| `\(name)`") }
            // The defaults that depend on the machine are words there.
            if !name.hasSuffix("_threads") {
                #expect(row?.contains(" \(entry.text) |") == true, "\(name) is \(entry.text)")
            }
            #expect(row?.contains("| \(entry.setting.unit) |") == true, "\(name)")
        }
    }
}
