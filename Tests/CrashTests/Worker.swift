import Foundation

/// A running `CrashWorker`.
final class Worker {
    private let process = Process()
    private let output = Pipe()

    /// - Parameter builds: whether it builds the index again and again, and writes no rows.
    init(_ path: String, seed: UInt64, builds: Bool = false) throws {
        let products = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        process.executableURL = products.appendingPathComponent("CrashWorker")
        process.arguments = [path, String(seed)] + (builds ? ["reindex"] : [])
        process.standardOutput = output
        try process.run()
    }

    /// Kills it and returns how many transactions it had acknowledged in all.
    func kill() -> Int64 {
        Foundation.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        return lines.last.flatMap { Int64($0) } ?? 0
    }
}

/// A folder that is there for one test.
enum Scratch {
    static func with<T>(_ body: (String) throws -> T) throws -> T {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("needletail-crash-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try body(url.path)
    }
}
