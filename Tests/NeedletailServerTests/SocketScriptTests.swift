import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Scripts over a socket", .serialized)
struct SocketScriptTests {
    @Test("a conversation goes as it is written", arguments: Script.all)
    func overTCP(_ script: Script) throws {
        let server = try TestServer()
        let client = try server.connect()
        client.send(script.input)
        client.endInput()
        #expect(text(client.receiveToEnd()) == text(script.output))
    }

    @Test("it goes the same over a unix socket, in pieces", arguments: Script.all)
    func overUnix(_ script: Script) throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let server = try TestServer(listen: "unix:\(TestServer.socketPath())")
        let client = try server.connect()
        var rest = script.input[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...200, using: &random)
            client.send(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
        }
        client.endInput()
        #expect(text(client.receiveToEnd()) == text(script.output), "seed \(seed)")
    }
}
