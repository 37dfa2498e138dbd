import NeedletailCore

/// Choices from a seed, which gives the same ones again.
package struct Choices {
    private var random: SplitMix64

    package init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// 0 to `bound - 1`.
    package mutating func next(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    package mutating func pick<T>(_ items: [T]) -> T { items[next(items.count)] }
}
