import Logging
package import NeedletailCore
import NeedletailSyntax
import NeedletailWire

/// Everything that is ever logged. The table in the documentation, "Running a server", has a line
/// for each.
extension ServerLog {
    // MARK: The server

    func listening(at addresses: [String]) {
        logger.info("listening at \(addresses.joined(separator: ", "))")
    }

    /// No further connection or request is taken.
    func stopping(graceMilliseconds: Int64, connections: Int) {
        logger.info(
            "stopping",
            metadata: ["grace_ms": "\(graceMilliseconds)", "connections": "\(connections)"])
    }

    /// The grace time is over, or was ended by a second signal.
    func cancelling(connections: Int) {
        logger.warning("cancelling what still runs", metadata: ["connections": "\(connections)"])
    }

    func stopped(_ statistics: ServerStatistics, outcome: StopOutcome) {
        logger.info(
            "stopped",
            metadata: [
                "outcome": "\(outcome.rawValue)", "connections": "\(statistics.connections)",
                "requests": "\(statistics.requests)", "failed": "\(statistics.requestsFailed)",
            ])
    }

    /// Something that is not as it should be and does not keep the server from going on.
    func warning(_ text: String) { logger.warning("\(text)") }

    /// Work that no statement asked for has failed.
    package func backgroundFailure(_ work: String, _ error: DatabaseError) {
        logger.error(
            "background work failed",
            metadata: ["work": "\(work)", "code": "\(error.code.rawValue)"])
    }

    // MARK: Connections

    func opened(_ connection: ConnectionRecord) {
        logger.debug(
            "connection opened",
            metadata: ["connection": "\(connection.id)", "peer": "\(connection.peer)"])
    }

    func closed(_ connection: ConnectionRecord) {
        guard logger.logLevel <= .debug else { return }
        let session = connection.description(now: ServerClock.milliseconds)
        logger.debug(
            "connection closed",
            metadata: [
                "connection": "\(connection.id)", "requests": "\(session.requests)",
                "bytes_in": "\(session.bytesIn)", "bytes_out": "\(session.bytesOut)",
                "age_ms": "\(session.ageMilliseconds)",
            ])
    }

    /// A request, or a connection, was turned away without running: once a second for each code.
    func refused(_ code: DatabaseError.Code) {
        let count = refusals.add(code, now: ServerClock.milliseconds)
        guard count > 0 else { return }
        logger.warning(
            "refused",
            metadata: [
                "code": "\(code.rawValue)", "name": "\(code.conditionName)", "count": "\(count)",
            ])
    }

    // MARK: Statements

    /// A statement has ended after `milliseconds`.
    func ended(
        _ sql: String, on connection: Int, milliseconds: Int64, error: DatabaseError?,
        slowMilliseconds: Int64?
    ) {
        let isSlow = slowMilliseconds.map { milliseconds >= $0 } ?? false
        guard isSlow || error != nil else { return }
        var metadata: Logger.Metadata = [
            "connection": "\(connection)", "ms": "\(milliseconds)",
            "statement": "\(Self.shape(of: sql, error))",
        ]
        if let error {
            metadata["code"] = "\(error.code.rawValue)"
            metadata["name"] = "\(error.code.conditionName)"
            logger.log(level: Self.level(of: error.code), "statement failed", metadata: metadata)
        }
        if isSlow { logger.warning("slow statement", metadata: metadata) }
    }

    /// Words that the language or the catalogue does not know are not known to be names.
    private static func shape(of sql: String, _ error: DatabaseError?) -> String {
        error?.code.classCode == "42"
            ? outline(of: sql) : StatementShape.text(of: sql)
    }

    private static func outline(of sql: String) -> String {
        var lexer = Lexer(Array(sql.utf8.prefix(256)))
        guard case .keyword(let keyword) = lexer.next().kind else { return "…" }
        return keyword.text + " …"
    }

    /// Faults of the machine or of this program are errors; those of a client are not.
    private static func level(of code: DatabaseError.Code) -> Logger.Level {
        ["XX", "58"].contains(code.classCode) || code == .diskFull ? .error : .info
    }
}
