import Foundation

/// The seed of this run: `NEEDLETAIL_SEED`, or a new one. Printed with every failure.
enum Seeded {
    static let seed: UInt64 = {
        let text = ProcessInfo.processInfo.environment["NEEDLETAIL_SEED"] ?? ""
        return UInt64(text) ?? UInt64.random(in: 1...1_000_000_000)
    }()

    static let isSoak = ProcessInfo.processInfo.environment["NEEDLETAIL_SOAK"] == "1"
}
