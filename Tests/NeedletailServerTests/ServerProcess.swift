import Foundation
import NeedletailWire
import Testing

/// `needletail serve` in a process of its own, on a database in a folder that goes with it.
final class ServerProcess {
    let process = Process()
    /// As a client takes it.
    let address: String
    private let errors = Pipe()

    static var executable: URL {
        URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "needletail")
    }

    /// What it said before it listened.
    let firstWords: String

    /// Starts it and waits until it listens.
    ///
    /// - Parameter preparation: a command of the shell that goes before, such as one of limits.
    init(
        _ folder: String, listen: String = "127.0.0.1:0", preparation: String = ":",
        _ arguments: [String] = []
    ) throws {
        process.executableURL = URL(filePath: "/bin/sh")
        process.arguments =
            ["-c", "\(preparation); exec \"$0\" \"$@\"", Self.executable.path(), "serve", folder]
            + ["--listen", listen] + arguments
        process.standardError = errors
        try process.run()
        var seen = ""
        while !seen.contains("listening at ") || !seen.hasSuffix("\n") {
            let more = errors.fileHandleForReading.availableData
            try #require(!more.isEmpty, "the server ended: \(seen)")
            seen += String(decoding: more, as: UTF8.self)
        }
        firstWords = seen
        let line = try #require(seen.split(separator: "\n").first { $0.contains("listening at ") })
        address = try #require(line.split(separator: " ").last.map(String.init))
        // What it says later is dropped, so that it never waits for a reader.
        let handle = errors.fileHandleForReading
        Thread.detachNewThread { while !handle.availableData.isEmpty {} }
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    func connect() throws -> RawClient { try RawClient(try Endpoint(address)) }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    /// The exit status; nothing but a normal end counts.
    func wait() -> Int32? {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }

    /// Resident bytes.
    var residentBytes: Int {
        let path = "/proc/\(process.processIdentifier)/status"
        let status = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) << 10
    }

    /// What the command prints with `arguments`, and its status.
    static func output(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> (output: String, errors: String, status: Int32) {
        let process = Process()
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let printed = try output.fileHandleForReading.readToEnd() ?? Data()
        let told = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (
            String(decoding: printed, as: UTF8.self), String(decoding: told, as: UTF8.self),
            process.terminationStatus
        )
    }
}

/// A folder that goes when it goes.
final class TemporaryFolder {
    let path = FileManager.default.temporaryDirectory
        .appending(path: "needletail-\(UUID().uuidString)").path()

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
