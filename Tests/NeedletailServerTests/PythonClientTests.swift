import Foundation
import NeedletailServer
import Testing

@Suite("Client in Python")
struct PythonClientTests {
    static let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    @Test(
        "the client without a library gets an answer to every request",
        .enabled(if: python != nil, "not run: there is no python3 here"))
    func rawSocket() throws {
        let server = try TestServer()
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: try #require(Self.python))
        process.arguments = [
            root.appending(path: "clients/python/raw_socket.py").path(), server.address,
        ]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = text(Array(try #require(try pipe.fileHandleForReading.readToEnd())))
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let answers = output.split(separator: "\n")
        #expect(answers.count == server.server.statistics.requests + 1, "one ping is no statement")
        #expect(answers.first == "1 PING []")
        // The scripted session knows no tables, but it can count the lines of a COPY.
        #expect(answers.contains { $0.contains("COPY 2") })
        #expect(answers.contains { $0.contains("42601") })
    }
}
