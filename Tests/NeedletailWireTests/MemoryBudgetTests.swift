import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Memory of connections")
struct MemoryBudgetTests {
    private func machine(
        _ budget: MemoryBudget, _ change: (inout SessionLimits) -> Void = { _ in }
    ) -> SessionStateMachine {
        var limits = SessionLimits()
        change(&limits)
        return SessionStateMachine(
            limits: limits, budget: budget, boundary: SemicolonBoundary(), now: 0)
    }

    private func written(_ machine: inout SessionStateMachine) -> String {
        var bytes: [UInt8] = []
        for case .write(let piece) in machine.takeActions() {
            bytes += piece
            machine.flushed(piece.count, now: 0)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test("what is held is counted while it waits, and given back at the end")
    func counted() {
        let budget = MemoryBudget()
        var machine = machine(budget)
        machine.received(
            Array("{\"id\":1,\"q\":\"A\"}\n{\"id\":2,\"q\":\"B\",\"p\":[\"".utf8), now: 0)
        let held = budget.heldBytes
        #expect(held > 256 && held == machine.heldBytes)
        machine.received(Array("\(String(repeating: "x", count: 5_000))\"]}\n".utf8), now: 0)
        #expect(budget.heldBytes >= held + 5_000)
        machine.connectionLost(now: 0)
        machine.advanced(.ended([], StatementOutcome()), now: 0)
        #expect(budget.heldBytes == 0)
        #expect(budget.peakBytes >= held + 5_000)
    }

    @Test("a request without room is refused by its id, and the next that fits is taken")
    func refused() {
        let budget = MemoryBudget(ceilingBytes: 4_000)
        var machine = machine(budget)
        let big = String(repeating: "x", count: 5_000)
        machine.received(Array("{\"id\":7,\"q\":\"A\",\"p\":[\"\(big)\"]}\n".utf8), now: 0)
        let reply = written(&machine)
        #expect(reply.contains("\"id\":7") && reply.contains("\"code\":\"53200\""))
        #expect(reply.contains("\"hint\":\"Send it again"))
        #expect(machine.takeRefusals() == [.outOfMemory])
        #expect(budget.heldBytes == 0)
        machine.received(Array("{\"id\":8,\"q\":\"A\"}\n".utf8), now: 0)
        #expect(machine.requestsInFlight == 1)
    }

    @Test("a plain statement without room is refused, and the next that fits is taken")
    func refusedPlain() {
        let budget = MemoryBudget(ceilingBytes: 4_000)
        var machine = machine(budget)
        machine.received(Array("\(String(repeating: "x", count: 5_000))\n".utf8), now: 0)
        #expect(written(&machine).hasPrefix("ERR 53200"))
        machine.received(Array("A;\n".utf8), now: 0)
        #expect(machine.requestsInFlight == 1)
    }

    @Test("a line that grows where no room is left ends its connection with 53200")
    func growing() {
        let budget = MemoryBudget(ceilingBytes: 100_000)
        var machine = machine(budget)
        for _ in 0..<20 {
            machine.received([UInt8](repeating: 0x78, count: 10_000), now: 0)
        }
        #expect(written(&machine).hasPrefix("ERR 53200"))
        #expect(budget.peakBytes <= 120_000)
        #expect(budget.heldBytes == 0)
    }

    @Test("while memory is used up a slow reader's statement pauses early, and goes on by itself")
    func replies() {
        let budget = MemoryBudget(ceilingBytes: 150_000)
        var machine = machine(budget)
        machine.received(Array("{\"id\":1,\"q\":\"A\"}\n".utf8), now: 0)
        machine.advanced(.more([UInt8](repeating: 0x78, count: 100_000)), now: 0)
        var actions = machine.takeActions()
        #expect(actions.contains { if case .resume = $0 { true } else { false } })
        machine.advanced(.more([UInt8](repeating: 0x78, count: 100_000)), now: 0)
        actions = machine.takeActions()
        #expect(!actions.contains { if case .resume = $0 { true } else { false } })
        machine.flushed(180_000, now: 0)
        actions = machine.takeActions()
        #expect(actions.contains { if case .resume = $0 { true } else { false } })
    }

    @Test("a connection is not read beyond its own bytes of requests")
    func ownBytes() {
        var machine = machine(MemoryBudget()) { $0.requestBytes = 10_000 }
        let value = String(repeating: "x", count: 4_000)
        for id in 0..<10 {
            machine.received(
                Array("{\"id\":\(id),\"q\":\"A\",\"p\":[\"\(value)\"]}\n".utf8), now: 0)
        }
        #expect(machine.requestsInFlight == 3)
        #expect(machine.takeRefusals().isEmpty)
        for _ in 0..<10 { machine.advanced(.ended([], StatementOutcome()), now: 0) }
        #expect(machine.requestsInFlight == 0)
    }
}
