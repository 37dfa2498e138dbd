import Foundation
import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

/// Every kind of request with everything that can be wrong with it.
@Suite("Malformed requests")
struct MalformedRequestTests {
    @Test("each is answered by a code and a remedy, and the connection goes on")
    func table() throws {
        // All on one connection as well as each on its own: nothing of one lingers.
        let shared = DirectConnection()
        var conversation: [UInt8] = []
        for request in MalformedRequest.all {
            let connection = DirectConnection()
            connection.converse(request.line + Array("\n{\"id\":2,\"q\":\"INSERT\"}\n".utf8))
            let lines = text(connection.output).split(separator: "\n")
            try #require(lines.count == 2, "\(request): \(lines)")
            #expect(Self.isTold(lines[0]), "\(request): \(lines[0])")
            #expect(lines[1] == "{\"id\":2,\"done\":\"INSERT 0 1\",\"ms\":0.21}", "\(request)")
            conversation += request.line + [0x0A]
        }
        shared.converse(conversation + Array("{\"id\":2,\"q\":\"INSERT\"}\n".utf8))
        let lines = text(shared.output).split(separator: "\n")
        #expect(lines.count == MalformedRequest.all.count + 1)
        #expect(lines.last == "{\"id\":2,\"done\":\"INSERT 0 1\",\"ms\":0.21}")
        print("malformed requests: \(MalformedRequest.all.count)")
    }

    @Test("an open transaction survives each, and is told of")
    func insideTransaction() throws {
        for request in MalformedRequest.all {
            let connection = DirectConnection()
            connection.converse(
                Array("{\"id\":8,\"q\":\"BEGIN\"}\n".utf8) + request.line
                    + Array("\n{\"id\":9,\"q\":\"COMMIT\"}\n".utf8))
            let lines = text(connection.output).split(separator: "\n")
            try #require(lines.count == 3, "\(request): \(lines)")
            // A statement that ran and failed has ended it; what was refused unread has not.
            let isOpen = lines[1].contains("\"tx\":\"open\"")
            #expect(isOpen || lines[1].contains("\"tx\":\"aborted\""), "\(request): \(lines[1])")
            #expect(
                lines[2].contains(isOpen ? "\"done\":\"COMMIT\"" : "\"done\":\"ROLLBACK\""),
                "\(request): \(lines[2])")
        }
    }

    private static func isTold(_ line: Substring) -> Bool {
        let reply = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        guard let told = reply?["err"] as? [String: Any], let code = told["code"] as? String,
            let message = told["msg"] as? String, let hint = told["hint"] as? String
        else { return false }
        return code.utf8.count == 5 && !message.isEmpty && !hint.isEmpty
    }
}
