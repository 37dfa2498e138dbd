import Foundation
import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Mutation")
struct FuzzTests {
    static let seconds =
        ProcessInfo.processInfo.environment["NEEDLETAIL_FUZZ_SECONDS"].flatMap(Double.init) ?? 5

    @Test("mutated conversations never trap, and always end")
    func conversations() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let end = ContinuousClock.now + .seconds(Self.seconds)
        var rounds = 0
        while ContinuousClock.now < end {
            guard let script = Script.all.randomElement(using: &random) else { return }
            let input = mutate(script.input, using: &random)
            let cuts = (0..<4).map { _ in Int.random(in: 0...input.count, using: &random) }
            var limits = SessionLimits()
            limits.lineBytes = [200, 4_000].randomElement(using: &random) ?? 200
            limits.requestsInFlight = [1, 2, 128].randomElement(using: &random) ?? 1
            limits.copyBacklogBytes = [1, 1_000].randomElement(using: &random) ?? 1
            let connection = DirectConnection(limits: limits)
            connection.converse(input, cutAt: cuts)
            #expect(connection.isClosed && connection.isReleased, "seed \(seed), round \(rounds)")
            // The farewell to a client of PostgreSQL is binary.
            let isText =
                String(validating: connection.output, as: UTF8.self) != nil
                || text(connection.output).contains("SFATAL")
            #expect(isText, "seed \(seed), round \(rounds)")
            rounds += 1
        }
        print("mutated conversations: seed \(seed), \(rounds) rounds")
    }

    /// Every conversation has a seed of its own; `NEEDLETAIL_FUZZ_SEED` runs one of them again.
    @Test("whatever is asked and however it is answered, the connection keeps its promises")
    func sessions() {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["NEEDLETAIL_FUZZ_SEED"].flatMap({ UInt64($0) }) {
            let complaint = FuzzedSession.run(Choices(seed: seed))
            #expect(complaint == nil, "seed \(seed)")
            return
        }
        var random = SystemRandomNumberGenerator()
        let end = ContinuousClock.now + .seconds(Self.seconds)
        var rounds = 0
        var failures = 0
        while ContinuousClock.now < end, failures < 5 {
            let seed = UInt64.random(in: 0...UInt64.max, using: &random)
            if let complaint = FuzzedSession.run(Choices(seed: seed)) {
                failures += 1
                Issue.record("NEEDLETAIL_FUZZ_SEED=\(seed): \(complaint)")
            }
            rounds += 1
        }
        print("fuzzed sessions: \(rounds)")
    }

    @Test("mutated lines are decoded or refused with a hint")
    func lines() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SplitMix64(seed: seed)
        let corpus = Script.all.flatMap { script in
            script.input.split(separator: 0x0A).map(Array.init).filter { $0.first == 0x7B }
        }
        let end = ContinuousClock.now + .seconds(Self.seconds)
        var rounds = 0
        while ContinuousClock.now < end {
            for line in corpus {
                do {
                    _ = try RequestDecoder.decode(mutate(line, using: &random))
                } catch {
                    #expect(error.error.hint != nil, "seed \(seed), round \(rounds)")
                }
            }
            rounds += 1
        }
        print("mutated lines: seed \(seed), \(rounds) rounds of \(corpus.count)")
    }

    private func mutate(_ bytes: [UInt8], using random: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
            let place = Int.random(in: bytes.indices, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes.randomElement(using: &random) ?? 0, at: place)
            case 3:
                let stop = min(bytes.count, place + Int.random(in: 1...30, using: &random))
                bytes.insert(contentsOf: bytes[place..<stop], at: place)
            default:
                let stop = min(bytes.count, place + Int.random(in: 1...30, using: &random))
                bytes.removeSubrange(place..<stop)
            }
        }
        return bytes
    }
}
