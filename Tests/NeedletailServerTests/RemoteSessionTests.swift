import NeedletailClient
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Client", .serialized)
struct RemoteSessionTests {
    private func rows(
        _ session: any StatementSession, _ sql: String, _ parameters: Parameters = .none
    ) throws -> (rows: [[Value]], statement: any RunningStatement) {
        let statement = try session.start(sql, parameters: parameters, input: nil)
        var rows: [[Value]] = []
        while let row = try statement.next() { rows.append(row) }
        return (rows, statement)
    }

    @Test("every type arrives as it was sent", arguments: [false, true])
    func types(overUnix: Bool) throws {
        let server = try TestServer(
            listen: overUnix
                ? "unix:\(TestServer.socketPath())" : "127.0.0.1:0")
        let session = try RemoteSession.connect(url: server.address)
        let direct = try rows(ScriptedSession(), "TYPES")
        let remote = try rows(session, "TYPES")
        #expect(remote.rows == direct.rows)
        #expect(remote.statement.columns == direct.statement.columns)
        #expect(remote.statement.summary == direct.statement.summary)
    }

    @Test("parameters arrive as they were given")
    func parameters() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: "needletail://\(server.address)")
        let values: [Value] = [
            .int(.min), .double(1e300), .text("ü\n\"\\"), .null, .bool(false), .bytes([1, 2]),
            .vector([1.5, -0.0]), .halfvec(HalfVector(bits: [0x3C00])),
            .bits(BitVector(count: 3, bytes: [0xA0])), .array([.text("a"), .null]),
            .json(.object(JSONObject([.init(key: "k", value: .array([.int(1)]))]))),
            .timestamp(Timestamp(microseconds: 1)),
        ]
        #expect(try rows(session, "ECHO", .positional(values)).rows == [values])
        let named: [String: Value] = ["a": .int(1), "b": .text("x")]
        #expect(try rows(session, "ECHO", .named(named)).rows == [[.int(1), .text("x")]])
    }

    @Test("a large result streams, and a statement may be left early")
    func streaming() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let all = try rows(session, "ROWS 20000")
        #expect(all.rows.count == 20_000)
        #expect(all.rows.last == [.int(20_000), .text("row 20000")])
        #expect(all.statement.summary.rowCount == 20_000)
        let statement = try session.start("WIDE 1000000", parameters: .none, input: nil)
        #expect(try statement.next()?.first == .int(1))
        let error = #expect(throws: DatabaseError.self) {
            try session.start("ONE", parameters: .none, input: nil)
        }
        #expect(error?.code == .objectInUse)
        statement.close()
        #expect(server.sessions[0].rowsProduced < 1_000_000)
        #expect(try rows(session, "ONE").rows.count == 2)
    }

    @Test("errors are the server's own, at the start and on the way")
    func errors() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let atStart = #expect(throws: DatabaseError.self) { try rows(session, "FAIL 42P01") }
        #expect(
            atStart
                == DatabaseError(
                    .undefinedTable, "failed with \"42P01\"", hint: "Do not send FAIL.",
                    position: SourceRange(5, 10)))
        let onTheWay = #expect(throws: DatabaseError.self) { try rows(session, "FAILAFTER 2000") }
        #expect(onTheWay?.code == .divisionByZero)
        #expect(try rows(session, "PLAN").statement.summary.notices.count == 1)
    }

    @Test("the state of the transaction is known")
    func transactions() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        _ = try rows(session, "BEGIN")
        #expect(session.transactionState == .open)
        _ = try? rows(session, "FAIL 22000")
        #expect(session.transactionState == .aborted)
        _ = try rows(session, "ROLLBACK")
        #expect(session.transactionState == .idle)
        _ = try rows(session, "BEGIN")
        #expect(try rows(session, "COMMIT").statement.summary.commitSequence == 7)
    }

    @Test("cancel from another thread ends the statement with 57014")
    func cancel() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let canceller = inBackground {
            eventually { server.sessions.first?.slowStarted == 1 }
            session.cancel()
        }
        let error = #expect(throws: DatabaseError.self) { try rows(session, "SLOW") }
        canceller.wait()
        #expect(error?.code == .queryCanceled)
        #expect(try rows(session, "ONE").rows.count == 2)
    }

    @Test(
        "COPY reads from the client, characters split anywhere", arguments: [1, 2, 3, 7, 100_000])
    func copyIn(pieceBytes: Int) throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let input = Pieces(String(repeating: "aé€😀\n", count: 1_000), of: pieceBytes)
        let statement = try session.start("COPY FROM STDIN", parameters: .none, input: input)
        #expect(try statement.next() == nil)
        #expect(statement.summary.tag == "COPY 1000")
        #expect(try rows(session, "ONE").rows.count == 2)
    }

    @Test("a COPY that fails, or whose data is not text, leaves the session usable")
    func copyFailures() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let bad = Pieces("good\nbad\n" + String(repeating: "more\n", count: 500_000), of: 10_000)
        let failing = try session.start("COPY FROM STDIN", parameters: .none, input: bad)
        let error = #expect(throws: DatabaseError.self) { try failing.next() }
        #expect(error?.code == .badCopyFormat)
        let noText = try session.start(
            "COPY FROM STDIN", parameters: .none, input: Pieces(bytes: [0x61, 0xFF, 0x0A], of: 3))
        let encoding = #expect(throws: DatabaseError.self) { try noText.next() }
        #expect(encoding?.code == .invalidEncoding)
        #expect(try rows(session, "ONE").rows.count == 2)
    }

    @Test("COPY writes to the client")
    func copyOut() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        let (rows, statement) = try rows(session, "COPY TO STDOUT 20000")
        #expect(statement.isCopyOut)
        let text = rows.map { row in
            if case .text(let text) = row[0] { text } else { "" }
        }.joined()
        #expect(text == (1...20_000).map { "line \($0)\n" }.joined())
    }

    @Test("a server that stops, or is not there, is 08006")
    func lost() throws {
        let server = try TestServer()
        let session = try RemoteSession.connect(url: server.address)
        #expect(try rows(session, "ONE").rows.count == 2)
        server.server.stop()
        for _ in 0..<2 {
            let error = #expect(throws: DatabaseError.self) { try rows(session, "ONE") }
            #expect(error?.code == .connectionFailure)
        }
        let error = #expect(throws: DatabaseError.self) {
            try RemoteSession.connect(url: server.address)
        }
        #expect(error?.code == .connectionFailure)
    }
}

/// Data for a COPY, in pieces of a fixed size.
private final class Pieces: CopyInput {
    private var rest: ArraySlice<UInt8>
    private let size: Int

    init(bytes: [UInt8], of size: Int) {
        rest = bytes[...]
        self.size = size
    }

    convenience init(_ text: String, of size: Int) { self.init(bytes: Array(text.utf8), of: size) }

    func read() -> [UInt8]? {
        guard !rest.isEmpty else { return nil }
        defer { rest = rest.dropFirst(size) }
        return Array(rest.prefix(size))
    }
}
