import Foundation
import Needletail
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Testing

/// Keys, commit tokens and malformed requests against a real database over a real socket.
@Suite("Requests on the wire", .serialized)
struct KeysOnTheWireTests {
    private static func ask(_ client: RawClient, _ line: String) -> String {
        client.send(line + "\n")
        return client.receiveLines(1).last ?? ""
    }

    /// The reply without what is never the same twice.
    private static func stable(_ line: String) -> String {
        line.replacing(/,"(ms|visited)":[0-9.]+/, with: "").replacing(/,"notices":\[.*\]/, with: "")
    }

    @Test("a request with a key is answered alike on every connection, and done once")
    func keys() throws {
        let server = try RealServer()
        let first = try server.connect()
        _ = Self.ask(first, #"{"id":0,"q":"CREATE TABLE t (n BIGINT, v vector(2))"}"#)
        let lines = [
            #"{"id":1,"q":"INSERT INTO t VALUES ($1, $2) RETURNING n, v","#
                + #""p":[1,{"$f32":"AACAPwAAAEA="}],"key":"a"}"#,
            #"{"id":1,"q":"INSERT INTO t (n) VALUES ($1)","batch":[[2],[3]],"key":"b"}"#,
            #"{"id":1,"q":"UPDATE t SET n = n + 10 WHERE n = 3","key":"c"}"#,
        ]
        for line in lines {
            let answer = Self.stable(Self.ask(first, line))
            #expect(answer.contains("\"seq\":"), "\(answer)")
            for _ in 0..<2 {
                let other = try server.connect()
                let repeated = Self.ask(other, line)
                #expect(Self.stable(repeated) == answer)
                #expect(repeated.contains("\"notices\":[{\"code\":\"00000\""))
            }
        }
        #expect(try server.database.query("SELECT n FROM t ORDER BY n").count == 3)
        let reply = Self.ask(first, #"{"id":2,"q":"DELETE FROM t","key":"a"}"#)
        #expect(reply.contains("\"code\":\"22023\"") && reply.contains("\"hint\":"))
        // A transaction, and what became of it.
        let question = #"{"id":3,"q":"COMMIT","key":"d"}"#
        #expect(Self.ask(first, question).contains("\"code\":\"25P01\""))
        _ = Self.ask(first, #"{"id":4,"q":"BEGIN"}"#)
        _ = Self.ask(first, #"{"id":5,"q":"DELETE FROM t"}"#)
        let committed = Self.stable(Self.ask(first, question))
        #expect(committed.contains("\"done\":\"COMMIT\",\"seq\":"))
        #expect(Self.stable(Self.ask(try server.connect(), question)) == committed)
        #expect(try server.database.query("CHECK").isEmpty)
    }

    @Test("an answer is no older than the commit it must come after")
    func after() throws {
        let server = try RealServer()
        let writer = try server.connect()
        let reader = try server.connect()
        _ = Self.ask(writer, #"{"id":0,"q":"CREATE TABLE t (n BIGINT)"}"#)
        for number in 1...20 {
            let written = Self.ask(writer, "{\"id\":1,\"q\":\"INSERT INTO t VALUES (\(number))\"}")
            let sequence = try #require(written.firstMatch(of: /"seq":([0-9]+)/)?.1)
            let read = Self.ask(
                reader, "{\"id\":1,\"q\":\"SELECT count(*) FROM t\",\"after\":\(sequence)}")
            #expect(read.contains("\"rows\":[[\(number)]]"), "\(read)")
        }
        for ahead in ["1000", "9223372036854775807"] {
            let read = Self.ask(reader, "{\"id\":1,\"q\":\"SELECT 1\",\"after\":\(ahead)}")
            #expect(
                read.contains("\"code\":\"55P03\"") && read.contains("the newest is"), "\(read)")
        }
        #expect(Self.ask(reader, #"{"id":2,"q":"SELECT 1"}"#).contains("\"rows\":[[1]]"))
    }

    @Test("malformed requests are told of, and the connection goes on")
    func malformed() throws {
        let server = try RealServer()
        let client = try server.connect()
        for request in MalformedRequest.all {
            client.send(request.line + Array("\n{\"id\":\"next\",\"q\":\"SELECT 1\"}\n".utf8))
            let lines = client.receiveLines(2)
            try #require(lines.count == 2, "\(request): \(lines)")
            #expect(lines[0].contains("\"err\":{\"code\":\""), "\(request): \(lines[0])")
            #expect(lines[0].contains("\"hint\":\""), "\(request): \(lines[0])")
            #expect(
                lines[1].hasPrefix("{\"id\":\"next\"") && lines[1].contains("\"rows\":[[1]]"),
                "\(request): \(lines[1])")
        }
    }
}
