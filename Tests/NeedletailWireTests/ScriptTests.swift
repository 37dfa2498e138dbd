import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Scripts")
struct ScriptTests {
    @Test("there are scripts")
    func scriptsExist() { #expect(Script.all.count >= 10) }

    @Test("a conversation goes as it is written", arguments: Script.all)
    func conversation(_ script: Script) {
        let connection = DirectConnection()
        connection.converse(script.input)
        #expect(text(connection.output) == text(script.output))
        #expect(connection.isClosed)
        #expect(connection.isReleased)
    }

    @Test("it goes the same byte by byte", arguments: Script.all)
    func byteByByte(_ script: Script) {
        let connection = DirectConnection()
        connection.converse(script.input, cutAt: Array(script.input.indices))
        #expect(text(connection.output) == text(script.output))
    }

    @Test("it goes the same wherever the input is cut", arguments: Script.all)
    func randomCuts(_ script: Script) {
        for seed in UInt64(1)...50 {
            var random = SplitMix64(seed: seed)
            let count = Int.random(in: 1...12, using: &random)
            let cuts = (0..<count).map { _ in Int.random(in: 0...script.input.count, using: &random)
            }
            let connection = DirectConnection()
            connection.converse(script.input, cutAt: cuts)
            #expect(text(connection.output) == text(script.output), "seed \(seed), cuts \(cuts)")
        }
    }

    @Test("limits of one row and one request in flight change nothing", arguments: Script.all)
    func narrowLimits(_ script: Script) {
        var limits = SessionLimits()
        limits.requestsInFlight = 1
        limits.outboundBytes = 1
        limits.readAheadBytes = 1
        let connection = DirectConnection(limits: limits)
        connection.converse(script.input)
        #expect(text(connection.output) == text(script.output))
    }
}

func text(_ bytes: some Collection<UInt8>) -> String { String(decoding: bytes, as: UTF8.self) }
