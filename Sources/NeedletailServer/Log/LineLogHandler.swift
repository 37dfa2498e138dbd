import Logging
import NeedletailCore
import NeedletailText

/// Writes each event of swift-log as one line, as text or as a JSON object.
struct LineLogHandler: LogHandler {
    let format: ServerLog.Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    private let write: @Sendable (String) -> Void

    init(
        format: ServerLog.Format, level: Logger.Level, write: @escaping @Sendable (String) -> Void
    ) {
        self.format = format
        logLevel = level
        self.write = write
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = event.metadata.map { metadata.merging($0) { _, new in new } } ?? metadata
        let members = merged.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
        switch format {
        case .text: write(text(event, members))
        case .json: write(json(event, members))
        }
    }

    private func text(_ event: LogEvent, _ members: [(String, String)]) -> String {
        var line = "\(Self.now) \(event.level) \(event.message)"
        for (key, value) in members {
            let isPlain = !value.isEmpty && value.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 }
            line += " \(key)=" + (isPlain ? value : Self.quoted(value))
        }
        return line
    }

    private func json(_ event: LogEvent, _ members: [(String, String)]) -> String {
        var line = "{\"ts\":\"\(Self.now)\",\"level\":\"\(event.level)\",\"event\":"
        line += Self.quoted("\(event.message)")
        for (key, value) in members {
            // What is a number by its looks is one.
            let text = Int64(value).map(String.init) == value ? value : Self.quoted(value)
            line += ",\(Self.quoted(key)):\(text)"
        }
        return line + "}"
    }

    private static func quoted(_ text: String) -> String {
        var bytes: [UInt8] = []
        JSONPrinter.append(text, into: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    private static var now: String { ServerClock.timestamp }
}
