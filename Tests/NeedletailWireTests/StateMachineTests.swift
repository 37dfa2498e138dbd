import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

/// The machine driven event by event, with a statement that ends when the test says so.
struct Bench {
    var machine: SessionStateMachine
    var written = ""
    var started: [String] = []
    var events: [String] = []
    var data = ""
    private var now: Int64 = 0

    init(limits: SessionLimits = SessionLimits()) {
        machine = SessionStateMachine(limits: limits, boundary: SemicolonBoundary(), now: 0)
    }

    mutating func send(_ lines: String, now: Int64 = 0) {
        self.now = now
        machine.received(Array(lines.utf8), now: now)
        drain()
    }

    mutating func drain(flush: Bool = true) {
        while true {
            let actions = machine.takeActions()
            if actions.isEmpty { return }
            for action in actions {
                switch action {
                case .write(let bytes):
                    written += text(bytes)
                    if flush { machine.flushed(bytes.count, now: now) }
                case .start(let request): started.append(request.sql)
                case .resume: events.append("resume")
                case .cancel: events.append("cancel")
                case .copyData(let bytes): data += text(bytes)
                case .copyEnd: events.append("copyEnd")
                case .copyFail(let error): events.append("copyFail \(error.code.rawValue)")
                case .pauseReading: events.append("pause")
                case .resumeReading: events.append("read")
                case .closeOutput: events.append("closeOutput")
                case .close: events.append("close")
                case .releaseSession: events.append("release")
                }
            }
        }
    }

    mutating func end(
        _ reply: String = "", error: DatabaseError? = nil,
        transaction: TransactionState = .idle, now: Int64 = 0
    ) {
        self.now = now
        let outcome = StatementOutcome(error: error, transaction: transaction)
        machine.advanced(.ended(Array(reply.utf8), outcome), now: now)
        drain()
    }

    mutating func tick(_ now: Int64) {
        self.now = now
        machine.tick(now: now)
        drain()
    }

    /// The codes of the errors written so far.
    var codes: [String] {
        written.split(separator: "\n").compactMap { line in
            let parts = line.split(separator: "\"code\":\"")
            if parts.count == 2 { return String(parts[1].prefix(5)) }
            return line.hasPrefix("ERR ") ? String(line.dropFirst(4).prefix(5)) : nil
        }
    }

    static let cancelled = DatabaseError(.queryCanceled, "the statement was cancelled")
}

@Suite("State machine")
struct StateMachineTests {
    @Test("requests run one after another, as they arrived")
    func order() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":2,\"q\":\"B\"}\n{\"id\":3,\"q\":\"C\"}\n")
        #expect(bench.started == ["A"])
        bench.end("a\n")
        #expect(bench.started == ["A", "B"])
        bench.end("b\n")
        bench.end("c\n")
        #expect(bench.started == ["A", "B", "C"])
        #expect(bench.written == "a\nb\nc\n")
    }

    @Test("an id in flight cannot be used again, until it is answered")
    func duplicateIDs() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":1,\"q\":\"B\"}\n")
        bench.end()
        #expect(bench.started == ["A"])
        #expect(bench.codes == ["42710"])
        #expect(bench.written.hasPrefix("{\"err\""), "an id would end the wrong request")
        bench.send("{\"id\":1,\"q\":\"C\"}\n{\"id\":\"1\",\"q\":\"D\"}\n")
        #expect(bench.started == ["A", "C"])
    }

    @Test("a refused line does not end the request in flight whose id it bears")
    func refusalInFlight() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":1,\"x\":1}\n")
        bench.end("a\n")
        #expect(bench.written.hasPrefix("a\n{\"err\""))
    }

    @Test("cancel ends what runs with 57014, told as the client's wish")
    func cancelRunning() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"cancel\":1}\n")
        #expect(bench.events == ["cancel"])
        bench.end(error: Bench.cancelled)
        #expect(bench.written.contains("cancelled by its client"))
        #expect(bench.codes == ["57014"])
    }

    @Test("cancel is repeated while the statement goes on")
    func cancelReminder() throws {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"cancel\":1}\n")
        let deadline = try #require(bench.machine.nextDeadline)
        bench.tick(deadline)
        #expect(bench.events == ["cancel", "cancel"])
        bench.end()
        #expect(bench.machine.nextDeadline == nil)
    }

    @Test("cancel answers what waits at once, and it never runs")
    func cancelWaiting() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":2,\"q\":\"B\"}\n{\"cancel\":2}\n")
        #expect(bench.codes == ["57014"])
        #expect(bench.events.isEmpty)
        bench.end()
        #expect(bench.started == ["A"])
        #expect(bench.machine.requestsInFlight == 0)
    }

    @Test("a statement that ends well before its cancellation is answered well")
    func cancelTooLate() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"cancel\":1}\n")
        bench.end("a\n")
        #expect(bench.written == "a\n")
    }

    @Test("timeout_ms ends what runs and what waits, and says so")
    func timeouts() {
        var bench = Bench()
        bench.send(
            "{\"id\":1,\"q\":\"A\",\"timeout_ms\":200}\n{\"id\":2,\"q\":\"B\",\"timeout_ms\":100}\n"
        )
        #expect(bench.machine.nextDeadline == 100)
        bench.tick(100)
        #expect(bench.codes == ["57014"])
        #expect(bench.written.contains("timeout_ms of the request, 100 ms, has passed"))
        #expect(bench.machine.nextDeadline == 200)
        bench.tick(200)
        #expect(bench.events == ["cancel"])
        bench.end(error: Bench.cancelled)
        #expect(bench.written.contains("timeout_ms of the request, 200 ms, has passed"))
        #expect(bench.started == ["A"])
    }

    @Test("a full client pauses the statement, and reading, until it has taken its replies")
    func backPressure() {
        var limits = SessionLimits()
        limits.outboundBytes = 10
        limits.readAheadBytes = 20
        var bench = Bench(limits: limits)
        bench.send("{\"id\":1,\"q\":\"A\"}\n")
        bench.machine.advanced(.more(Array("0123456789".utf8)), now: 0)
        bench.drain(flush: false)
        #expect(bench.events.isEmpty, "no resume while the client is full")
        bench.machine.received(
            Array("{\"id\":2,\"q\":\"B\"}\n{\"id\":3,\"q\":\"C\"}\n".utf8), now: 0)
        bench.drain(flush: false)
        #expect(bench.events == ["pause"])
        bench.machine.flushed(10, now: 0)
        bench.drain()
        #expect(bench.events == ["pause", "resume", "read"])
    }

    @Test("a client that takes nothing for too long loses its connection")
    func stalled() {
        var limits = SessionLimits()
        limits.outboundBytes = 10
        limits.stalledMilliseconds = 1_000
        var bench = Bench(limits: limits)
        bench.send("{\"id\":1,\"q\":\"A\"}\n")
        bench.machine.advanced(.more(Array("0123456789".utf8)), now: 500)
        bench.drain(flush: false)
        #expect(bench.machine.nextDeadline == 1_500)
        bench.tick(1_500)
        #expect(bench.events == ["cancel", "close", "resume"])
        bench.end(error: Bench.cancelled)
        #expect(bench.events.last == "release")
    }

    @Test("no more requests than allowed are taken, and the rest is not read")
    func inFlightCap() {
        var limits = SessionLimits()
        limits.requestsInFlight = 3
        limits.readAheadBytes = 10
        var bench = Bench(limits: limits)
        bench.send((1...9).map { "{\"id\":\($0),\"q\":\"Q\($0)\"}\n" }.joined())
        #expect(bench.machine.requestsInFlight == 3)
        #expect(bench.events == ["pause"])
        for _ in 1...9 { bench.end() }
        #expect(bench.started.count == 9)
        #expect(bench.events == ["pause", "read"])
    }

    @Test("lines after a plain statement wait for it, whatever they look like")
    func plainHolds() {
        var bench = Bench()
        bench.send("A;\n{\"id\":1,\"q\":\"B\"}\n{\"cancel\":1}\n")
        #expect(bench.machine.requestsInFlight == 1)
        bench.end("a\n")
        #expect(bench.started == ["A", "B"])
        #expect(bench.events == ["cancel"])
    }

    @Test("an idle connection closes, and one that talks does not")
    func idle() {
        var limits = SessionLimits()
        limits.idleMilliseconds = 100
        var bench = Bench(limits: limits)
        #expect(bench.machine.nextDeadline == 100)
        bench.send("A;\n", now: 60)
        #expect(bench.machine.nextDeadline == nil)
        bench.end("a\n", now: 90)
        bench.tick(100)
        #expect(bench.events.isEmpty)
        bench.send("half a line", now: 150)
        bench.tick(190)
        #expect(bench.events == ["close", "release"])
        #expect(bench.written == "a\n", "nothing is pushed")
    }

    @Test("an idle transaction is rolled back, and every request is told until one ends it")
    func idleInTransaction() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"BEGIN\"}\n")
        bench.end("ok\n", transaction: .open)
        #expect(bench.machine.isInTransaction)
        bench.tick(60_000)
        #expect(bench.started == ["BEGIN", "ROLLBACK"])
        bench.send("{\"id\":2,\"q\":\"INSERT\"}\n", now: 60_001)
        bench.end(now: 60_002)
        bench.send(
            "{\"id\":3,\"q\":\"INSERT\"}\n{\"id\":4,\"q\":\" commit\"}\n{\"id\":5,\"q\":\"A\"}\n")
        #expect(bench.codes == ["25P03", "25P03", "25P03"])
        #expect(bench.started == ["BEGIN", "ROLLBACK", "A"])
    }

    @Test("a COPY whose data stops coming ends with 25P03")
    func idleCopy() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"COPY\"}\n")
        bench.machine.copyOpened(now: 10)
        bench.send("{\"id\":1,\"d\":\"a\"}\n", now: 20)
        bench.machine.copyConsumed(1, now: 30)
        #expect(bench.machine.nextDeadline == 60_030)
        bench.tick(60_030)
        #expect(bench.events == ["copyFail 25P03"])
    }

    @Test("data that a statement does not take stops the reading")
    func copyBackPressure() {
        var limits = SessionLimits()
        limits.copyBacklogBytes = 5
        limits.readAheadBytes = 1
        var bench = Bench(limits: limits)
        bench.send(
            "{\"id\":1,\"q\":\"COPY\"}\n{\"id\":1,\"d\":\"abcde\"}\n{\"id\":1,\"d\":\"f\"}\n")
        #expect(bench.data == "abcde")
        #expect(bench.events == ["pause"])
        bench.machine.copyOpened(now: 0)
        bench.machine.copyConsumed(5, now: 0)
        bench.drain()
        #expect(bench.data == "abcdef")
        #expect(bench.events == ["pause", "read"])
    }

    @Test("data that waits behind a COPY without its own data ends that COPY")
    func copyDeadlock() {
        var limits = SessionLimits()
        limits.copyBacklogBytes = 5
        var bench = Bench(limits: limits)
        bench.send(
            "{\"id\":1,\"q\":\"COPY\"}\n{\"id\":2,\"q\":\"COPY\"}\n{\"id\":2,\"d\":\"abcde\"}\n")
        #expect(bench.events.isEmpty)
        bench.machine.copyOpened(now: 0)
        bench.drain()
        #expect(bench.events == ["copyFail 53400"])
        bench.end(error: DatabaseError(.limitExceeded, "x"))
        #expect(bench.data == "abcde")
    }

    @Test("so do too many requests")
    func copyBehindRequests() {
        var limits = SessionLimits()
        limits.requestsInFlight = 2
        var bench = Bench(limits: limits)
        bench.send("{\"id\":1,\"q\":\"COPY\"}\n")
        bench.machine.copyOpened(now: 0)
        bench.send("{\"id\":2,\"q\":\"A\"}\n{\"id\":3,\"q\":\"B\"}\n{\"id\":1,\"end\":true}\n")
        #expect(bench.events == ["copyFail 53400"])
    }

    @Test("so does a plain statement, behind which no line can be understood")
    func copyBehindPlain() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"COPY\"}\n")
        bench.machine.copyOpened(now: 0)
        bench.send("A;\n{\"id\":1,\"end\":true}\n")
        #expect(bench.events == ["copyFail 53400"])
    }

    @Test("cancel reaches a COPY that waits for data")
    func copyCancel() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"COPY\"}\n")
        bench.machine.copyOpened(now: 0)
        bench.send("{\"cancel\":1}\n")
        #expect(bench.events == ["cancel", "copyFail 57014"])
        bench.end(error: Bench.cancelled)
        bench.send("{\"id\":1,\"d\":\"x\"}\n{\"id\":1,\"end\":true}\n{\"id\":1,\"d\":\"x\"}\n")
        #expect(bench.codes == ["57014", "22023"], "data up to the end is dropped")
    }

    @Test("shutting down lets the running statement end and refuses what waits")
    func shutdown() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":2,\"q\":\"B\"}\n")
        bench.machine.shutdown(now: 0)
        bench.drain()
        #expect(bench.events.isEmpty)
        bench.end("a\n")
        #expect(bench.written.hasPrefix("a\n"))
        #expect(bench.codes == ["57P03"])
        #expect(bench.events == ["close", "release"])
    }

    @Test("shutting down at once cancels the running statement with 57P01")
    func shutdownNow() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n")
        bench.machine.shutdownNow(now: 0)
        bench.drain()
        #expect(bench.events == ["cancel"])
        bench.end(error: Bench.cancelled)
        #expect(bench.codes == ["57P01"])
        #expect(bench.events == ["cancel", "close", "release"])
    }

    @Test("a client that goes cancels what runs and drops what waits")
    func connectionLost() {
        var bench = Bench()
        bench.send("{\"id\":1,\"q\":\"A\"}\n{\"id\":2,\"q\":\"B\"}\n")
        bench.machine.connectionLost(now: 0)
        bench.drain()
        #expect(bench.events == ["cancel"])
        bench.end(error: Bench.cancelled)
        #expect(bench.events == ["cancel", "release"])
        #expect(bench.started == ["A"])
        #expect(bench.written.isEmpty)
    }

    @Test("after a fatal error the input is dropped for a while, then the connection closes")
    func lingering() {
        var bench = Bench()
        bench.machine.refuse(DatabaseError(.tooManyConnections, "full"), now: 0)
        bench.drain()
        #expect(bench.codes == ["53300"])
        #expect(bench.events == ["closeOutput"])
        bench.send("{\"id\":1,\"q\":\"A\"}\n")
        #expect(bench.started.isEmpty)
        bench.tick(2_000)
        #expect(bench.events == ["closeOutput", "close", "release"])
    }
}
