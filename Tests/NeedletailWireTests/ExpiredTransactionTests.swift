import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

/// Found by fuzzed conversations and on real servers.
@Suite("After a transaction expired, or a server began to stop")
struct ExpiredTransactionTests {
    @Test("a COPY is answered once, and its data is dropped")
    func copy() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"BEGIN\"}\n")
        bench.end("ok\n", transaction: .open)
        bench.tick(60_000)
        bench.end(now: 60_001)
        bench.send(
            """
            {"id":2,"q":"COPY FROM STDIN"}
            {"id":2,"d":"a\\n"}
            {"id":2,"d":"b\\n","end":true}
            {"id":3,"q":"ROLLBACK"}
            {"id":4,"q":"ONE"}\n
            """, now: 60_002)
        #expect(bench.codes == ["25P03", "25P03"])
        #expect(bench.started == ["BEGIN", "ROLLBACK", "ONE"])
    }

    @Test("nobody is answered for the rollback that the server made of its own accord")
    func silence() {
        var bench = Bench()
        bench.send("BEGIN;\n")
        bench.end("OK BEGIN\n", transaction: .open)
        bench.tick(60_000)
        bench.end("OK ROLLBACK\n", now: 60_001)
        #expect(bench.started == ["BEGIN", "ROLLBACK"])
        #expect(bench.written == "OK BEGIN\n")
    }

    @Test("a COPY that a stopping server does not start is answered once")
    func stopping() {
        var limits = SessionLimits()
        limits.requestsInFlight = 1
        var bench = Bench(limits: limits)
        bench.send(
            """
            {"id":1,"q":"ONE"}
            {"id":2,"q":"COPY FROM STDIN"}
            {"id":2,"d":"a\\n"}
            {"id":2,"end":true}\n
            """)
        bench.machine.shutdown(now: 1)
        bench.drain()
        bench.end(now: 2)
        #expect(bench.codes == ["57P03"])
    }

    @Test("a connection that has closed is not told to read on")
    func closed() {
        var limits = SessionLimits()
        limits.readAheadBytes = 1
        limits.requestsInFlight = 1
        var bench = Bench(limits: limits)
        bench.send("{\"id\":1,\"q\":\"ONE\"}\n{\"id\":2,\"q\":\"TWO\"}\n")
        #expect(bench.events == ["pause"])
        bench.machine.connectionLost(now: 1)
        bench.drain()
        bench.end(now: 2)
        #expect(bench.events == ["pause", "cancel", "release"])
    }
}
