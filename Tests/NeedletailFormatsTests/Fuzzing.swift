import Foundation
import NeedletailCore
import Testing

/// Feeds mutations of samples to a reader for as long as `NEEDLETAIL_FUZZ_SECONDS` says (default
/// 5).
///
/// A trap ends the whole run, so the seed is printed beforehand; `NEEDLETAIL_FUZZ_SEED` replays it.
enum Fuzzing {
    static func run(
        _ name: String, samples: [[UInt8]], _ read: ([UInt8]) throws(DatabaseError) -> Void
    ) {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["NEEDLETAIL_FUZZ_SECONDS"].flatMap(Double.init) ?? 5
        let seed =
            environment["NEEDLETAIL_FUZZ_SEED"].flatMap(UInt64.init)
            ?? UInt64.random(in: 0...9_999_999)
        print("fuzzing \(name): seed \(seed), \(seconds) s")
        var generator = SplitMix64(seed: seed)
        let deadline = Date(timeIntervalSinceNow: seconds)
        var rounds = 0
        var refusals = 0
        while rounds % 64 != 0 || Date() < deadline {
            let sample = samples[Int.random(in: 0..<samples.count, using: &generator)]
            let bytes = mutate(sample, &generator)
            do { try read(bytes) } catch { refusals += 1 }
            rounds += 1
        }
        print("fuzzing \(name): \(rounds) inputs, \(refusals) refused")
        #expect(rounds > 0, "seed \(seed)")
    }

    /// One to four bytes changed, removed, inserted or doubled, or the tail cut off.
    static func mutate(_ bytes: [UInt8], _ generator: inout SplitMix64) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &generator)
            switch Int.random(in: 0..<6, using: &generator) {
            case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
            case 1: bytes.remove(at: place)
            case 2: bytes.insert(bytes[bytes.count - 1 - place], at: place)
            case 3: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 4: bytes.replaceSubrange(place..<place, with: bytes[place...].prefix(12))
            default: bytes.removeSubrange(place...)
            }
        }
        return bytes
    }
}
