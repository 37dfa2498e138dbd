import NeedletailCore

/// `SHOW SESSIONS`.
extension Inspection {
    static let sessionColumns: [Column] =
        [
            Column(name: "id", type: .bigint), Column(name: "peer", type: .text),
            Column(name: "state", type: .text), Column(name: "statement", type: .text),
        ]
        + [
            "running_ms", "age_ms", "requests", "bytes_in", "bytes_out", "bytes_in_flight",
        ].map { Column(name: $0, type: .bigint) }

    static func row(_ session: SessionDescription) -> [Value] {
        [
            .int(Int64(session.id)), .text(session.peer), .text(session.state.rawValue),
            session.statement.map { .text($0) } ?? .null,
            session.runningMilliseconds.map { .int($0) } ?? .null,
            .int(session.ageMilliseconds), .int(Int64(session.requests)),
            .int(Int64(session.bytesIn)), .int(Int64(session.bytesOut)),
            .int(Int64(session.bytesInFlight)),
        ]
    }
}
