import Needletail
package import NeedletailCore
import NeedletailWire

/// The table of settings: everything that can be set of a server, in the order in which it is
/// shown. Flags, file, environment, `--help`, `--print-config` and the checks of values all come
/// from here; a test holds the documentation against it. Defaults are those of
/// ``ServerConfiguration``.
extension ServerSetting {
    package static let all: [ServerSetting] =
        [listen, readOnly, memoryBudget] + connections + requests + times + logs

    private static let dayMilliseconds = 86_400_000
    private static let connectionsCeiling = 100_000
    private static let threadsCeiling = 1_024

    package static let listen = ServerSetting(
        "listen", .addresses,
        "Where to listen: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT or unix:PATH.",
        read: { .list($0.listen.map(\.description)) },
        write: { (configuration, content) throws(DatabaseError) in
            try configuration.listen(at: content.texts)
        })

    package static let readOnly = ServerSetting(
        "read_only", .toggle, "Refuse every change.",
        read: { .toggled($0.database.isReadOnly) }, write: { $0.database.isReadOnly = $1.isOn })

    package static let memoryBudget = ServerSetting(
        "memory_budget", .bytes(Limits.memoryBudgetBytesMin...(1 << 50), mayBeNone: true),
        "Bytes of memory for pages of the database's files and for what it keeps to answer faster.",
        read: { $0.database.memoryBudget.map { .amount($0) } ?? .none },
        write: { $0.database.memoryBudget = $1.bytes })

    /// What `text` says as the setting `memory_budget` takes it. Errors: 22023.
    package static func memoryBudgetBytes(_ text: String) throws(DatabaseError) -> Int? {
        try memoryBudget.content(text).bytes
    }

    private static let connections: [ServerSetting] = [
        ServerSetting(
            "connections_max", .count(1...connectionsCeiling), of: "connections",
            "Connections at once; more are told 53300.",
            read: { .amount($0.connectionsMax) }, write: { $0.connectionsMax = $1.number }),
        ServerSetting(
            "statement_threads", .count(1...threadsCeiling), of: "threads",
            "Statements that run at once; those of open transactions never wait for a thread.",
            read: { .amount($0.statementThreads) }, write: { $0.statementThreads = $1.number }),
        ServerSetting(
            "event_loop_threads", .count(1...threadsCeiling), of: "threads",
            "Threads that read from and write to connections, and run queries that took under a "
                + "millisecond lately.",
            read: { .amount($0.eventLoopThreads) }, write: { $0.eventLoopThreads = $1.number }),
        ServerSetting(
            "statements_waiting_max", .count(0...connectionsCeiling), of: "statements",
            "Statements of all connections that wait for a thread; more are told 53000.",
            read: { .amount($0.statementsWaitingMax) },
            write: { $0.statementsWaitingMax = $1.number }),
    ]

    private static let requests: [ServerSetting] = [
        ServerSetting(
            "requests_in_flight_max", .count(1...100_000), of: "requests",
            "Requests of one connection that wait or run; beyond it, it is not read.",
            read: { .amount($0.session.requestsInFlight) },
            write: { $0.session.requestsInFlight = $1.number }),
        ServerSetting(
            "request_bytes_max", .bytes(1_024...(64 << 30)),
            "Bytes of requests of one connection that wait or run; beyond it, it is not read.",
            read: { .amount($0.session.requestBytes) },
            write: { $0.session.requestBytes = $1.number }),
        ServerSetting(
            "outbound_bytes_max", .bytes(1_024...(64 << 30)),
            "Bytes of replies that wait for a slow client before its statement pauses.",
            read: { .amount($0.session.outboundBytes) },
            write: { $0.session.outboundBytes = $1.number }),
        ServerSetting(
            "line_bytes_max", .bytes(1_024...(1 << 30)),
            "Bytes of one line; a longer one ends its connection with 53400.",
            read: { .amount($0.session.lineBytes) }, write: { $0.session.lineBytes = $1.number }),
        ServerSetting(
            "memory_max", .bytes((1 << 20)...(1 << 50)),
            "Bytes of requests, COPY data and replies that all connections hold together; what "
                + "finds no room is told 53200.",
            read: { .amount($0.memoryBytesMax) }, write: { $0.memoryBytesMax = $1.number }),
    ]

    private static let times: [ServerSetting] = [
        ServerSetting(
            "idle_timeout", .duration(1...dayMilliseconds, mayBeNever: true),
            "A connection without a request for so long is closed.",
            read: { time($0.session.idleMilliseconds) },
            write: { $0.session.idleMilliseconds = $1.milliseconds }),
        ServerSetting(
            "idle_in_transaction_timeout", .duration(1...dayMilliseconds, mayBeNever: true),
            "An open transaction, or a COPY, without a request for so long is rolled back (25P03).",
            read: { time($0.session.idleInTransactionMilliseconds) },
            write: { $0.session.idleInTransactionMilliseconds = $1.milliseconds }),
        ServerSetting(
            "stalled_timeout", .duration(1...dayMilliseconds, mayBeNever: false),
            "A client that takes nothing of its reply for so long is disconnected.",
            read: { time($0.session.stalledMilliseconds) },
            write: { $0.session.stalledMilliseconds = $1.milliseconds ?? 1 }),
        ServerSetting(
            "statement_timeout", .duration(1...dayMilliseconds, mayBeNever: true),
            "The default of the session setting of this name: longest time of a statement (57014).",
            read: { settings in
                let milliseconds = settings.database.statementTimeoutMilliseconds
                return milliseconds == 0 ? .never : .amount(milliseconds)
            },
            write: { $0.database.statementTimeoutMilliseconds = $1.number }),
        ServerSetting(
            "grace_time", .duration(0...dayMilliseconds, mayBeNever: false),
            "How long a stopping server lets statements run before it cancels them (57P01).",
            read: { time($0.graceMilliseconds) },
            write: { $0.graceMilliseconds = $1.milliseconds ?? 0 }),
    ]

    private static let logs: [ServerSetting] = [
        ServerSetting(
            "slow_statement", .duration(0...dayMilliseconds, mayBeNever: true),
            "Statements that take at least so long are logged, without their literals.",
            read: { time($0.slowStatementMilliseconds) },
            write: { $0.slowStatementMilliseconds = $1.milliseconds }),
        ServerSetting(
            "log_level", .choice(ServerLog.Level.allCases.map(\.rawValue)),
            "The least important events that are logged to standard error.",
            read: { .chosen($0.logLevel.rawValue) },
            write: { $0.logLevel = ServerLog.Level(rawValue: $1.word) ?? $0.logLevel }),
        ServerSetting(
            "log_format", .choice(ServerLog.Format.allCases.map(\.rawValue)),
            "Lines for people, or a JSON object a line.",
            read: { .chosen($0.logFormat.rawValue) },
            write: { $0.logFormat = ServerLog.Format(rawValue: $1.word) ?? $0.logFormat }),
    ]

    private static func time(_ milliseconds: Int64?) -> Content {
        milliseconds.map { .amount(Int(clamping: $0)) } ?? .never
    }
}
