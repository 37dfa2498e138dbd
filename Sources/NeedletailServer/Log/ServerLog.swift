import Logging

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What a server tells its operator, one line for each event.
///
/// The events are the methods of `ServerLog+Events.swift` and no others. None has a place for a
/// statement's literals, parameters or rows, nor for the message of an error, which may quote them:
/// statements appear as ``StatementShape``, errors by their code.
package struct ServerLog: Sendable {
    package enum Format: String, Sendable, Hashable, CaseIterable {
        /// `2026-11-28T09:00:00.000Z info statement failed connection=3 code=23505`.
        case text
        /// An object with `ts`, `level`, `event` and the event's own members.
        case json
    }

    /// From the most talkative to the most silent.
    package enum Level: String, Sendable, Hashable, CaseIterable {
        case debug, info, warning, error
    }

    let logger: Logger
    let refusals = RefusalTally()

    /// - Parameter write: takes whole lines, from any thread; standard error by default.
    package init(
        level: Level = .info, format: Format = .text,
        write: @escaping @Sendable (String) -> Void = Self.writeToStandardError
    ) {
        let handler = LineLogHandler(format: format, level: level.swiftLog, write: write)
        logger = Logger(label: "needletail") { _ in handler }
    }

    /// For libraries that tell of themselves: what they call normal is for debugging here.
    var quietLogger: Logger {
        var logger = logger
        if logger.logLevel > .debug { logger.logLevel = max(logger.logLevel, .warning) }
        return logger
    }

    /// Says nothing.
    package static var silent: ServerLog { ServerLog(level: .error) { _ in } }

    /// A log that cannot be written is no reason to stop.
    package static let writeToStandardError: @Sendable (String) -> Void = { line in
        var bytes = Array((line + "\n").utf8)[...]
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { raw in
                // SAFETY: as many bytes are read as the buffer has, while the closure runs.
                raw.baseAddress.map { write(STDERR_FILENO, $0, raw.count) } ?? -1
            }
            guard count > 0 else { return }
            bytes = bytes.dropFirst(count)
        }
    }
}

extension ServerLog.Level {
    fileprivate var swiftLog: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warning: .warning
        case .error: .error
        }
    }
}
