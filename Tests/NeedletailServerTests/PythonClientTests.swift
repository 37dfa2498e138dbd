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
        let output = try Self.output(server.address)
        let answers = output.split(separator: "\n")
        #expect(answers.count == server.server.statistics.requests + 1, "one ping is no statement")
        #expect(answers.first == "1 PING []")
        // The scripted session knows no tables, but it can count the lines of a COPY.
        #expect(answers.contains { $0.contains("COPY 1") })
        #expect(answers.contains { $0.contains("42601") })
    }

    @Test(
        "it drives every kind of request against a real database",
        .enabled(if: python != nil, "not run: there is no python3 here"))
    func realDatabase() throws {
        let server = try RealServer()
        let output = try Self.output(server.address)
        let answers = output.split(separator: "\n").map(String.init)
        #expect(answers.contains("7 SELECT 3 [[[1, 0, 0]], [[0, 1, 0]], [[0, 0, 1]]]"))
        #expect(answers.contains("11 SELECT 1 [[3]]"), "the transaction was rolled back")
        #expect(answers.contains("13 COPY 1 []"))
        #expect(answers.contains("16 SELECT 1 [[4]]"), "two requests were under way at once")
        #expect(answers.contains("17 SELECT 2 [[1, 1], [2, 3]]"), "two searches in one request")
        #expect(answers.last?.hasPrefix("slow ") == true)
    }

    /// What the script prints about the server at `address`; it must end well.
    private static func output(_ address: String) throws -> String {
        let root = URL(filePath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let process = Process()
        process.executableURL = URL(filePath: try #require(python))
        process.arguments = [root.appending(path: "clients/python/raw_socket.py").path(), address]
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = text(Array(try #require(try pipe.fileHandleForReading.readToEnd())))
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        return output
    }
}
