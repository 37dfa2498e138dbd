import ArgumentParser
import NeedletailServer

/// The settings of a server as flags. Names and help are those of ``ServerSetting/all``; a test
/// holds this list against it.
struct ServerFlags: ParsableArguments {
    @Option(.listen) var listen: [String] = []

    @Flag(help: ArgumentHelp(stringLiteral: ServerSetting.readOnly.summary))
    var readOnly = false

    @Option("memory_budget") var memoryBudget: String?
    @Option("connections_max") var connectionsMax: String?
    @Option("statement_threads") var statementThreads: String?
    @Option("event_loop_threads") var eventLoopThreads: String?
    @Option("statements_waiting_max") var statementsWaitingMax: String?
    @Option("requests_in_flight_max") var requestsInFlightMax: String?
    @Option("request_bytes_max") var requestBytesMax: String?
    @Option("outbound_bytes_max") var outboundBytesMax: String?
    @Option("line_bytes_max") var lineBytesMax: String?
    @Option("memory_max") var memoryMax: String?
    @Option("idle_timeout") var idleTimeout: String?
    @Option("idle_in_transaction_timeout") var idleInTransactionTimeout: String?
    @Option("stalled_timeout") var stalledTimeout: String?
    @Option("statement_timeout") var statementTimeout: String?
    @Option("grace_time") var graceTime: String?
    @Option("slow_statement") var slowStatement: String?
    @Option("log_level") var logLevel: String?
    @Option("log_format") var logFormat: String?

    /// What was given, by the names of settings.
    var texts: [String: String] {
        let given: [(String, String?)] = [
            ("listen", listen.isEmpty ? nil : listen.joined(separator: ",")),
            ("read_only", readOnly ? "on" : nil),
            ("memory_budget", memoryBudget),
            ("connections_max", connectionsMax),
            ("statement_threads", statementThreads),
            ("event_loop_threads", eventLoopThreads),
            ("statements_waiting_max", statementsWaitingMax),
            ("requests_in_flight_max", requestsInFlightMax),
            ("request_bytes_max", requestBytesMax),
            ("outbound_bytes_max", outboundBytesMax),
            ("line_bytes_max", lineBytesMax),
            ("memory_max", memoryMax),
            ("idle_timeout", idleTimeout),
            ("idle_in_transaction_timeout", idleInTransactionTimeout),
            ("stalled_timeout", stalledTimeout),
            ("statement_timeout", statementTimeout),
            ("grace_time", graceTime),
            ("slow_statement", slowStatement),
            ("log_level", logLevel),
            ("log_format", logFormat),
        ]
        var texts: [String: String] = [:]
        for case (let name, let text?) in given { texts[name] = text }
        return texts
    }
}

extension Option where Value == String? {
    /// The option of the setting called `name`.
    fileprivate init(_ name: String) {
        let setting = ServerSetting.all.first { $0.name == name }
        self.init(
            name: .customLong(name.replacing("_", with: "-")),
            help: ArgumentHelp(
                stringLiteral: "\(setting?.summary ?? "") (\(setting?.unit ?? ""))"))
    }
}

extension Option where Value == [String] {
    /// The repeatable option of `setting`.
    fileprivate init(wrappedValue: [String], _ setting: ServerSetting) {
        self.init(
            wrappedValue: wrappedValue,
            name: .customLong(setting.name.replacing("_", with: "-")),
            help: ArgumentHelp(stringLiteral: "\(setting.summary) Repeatable."))
    }
}
