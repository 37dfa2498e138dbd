#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The level of each row and the order in which rows become nodes, from the seed alone.
///
/// Rows of upper levels come first, so that a level is a prefix of the nodes; within a level the
/// order is random, whatever the order of the rows.
struct LevelAssignment {
    /// Row of each node.
    let order: [Int]
    /// Nodes of each level, level 0 first.
    let levelCounts: [Int]
    private static let levelsMax = 24

    /// Levels of Malkov and Yashunin 2016: -ln(u) / ln(m), rounded down.
    init(count: Int, m: Int, seed: UInt64) {
        self.init(keys: 0..<UInt64(count), m: m, seed: seed)
    }

    /// - Parameter keys: of each row, what its level and its place in the order are drawn from.
    init(keys: some Collection<UInt64>, m: Int, seed: UInt64) {
        let scale = 1 / log(Double(max(2, m)))
        var keyed: [(level: Int, hash: UInt64, row: Int)] = []
        keyed.reserveCapacity(keys.count)
        for (row, key) in keys.enumerated() {
            let hash = Self.hash(key &+ 1, seed)
            // In (0, 1].
            let uniform = (Double(Self.hash(hash, seed ^ 0x5DEE_CE66) >> 11) + 1) * 0x1p-53
            keyed.append((min(Int(-log(uniform) * scale), Self.levelsMax - 1), hash, row))
        }
        keyed.sort { ($1.level, $0.hash, $0.row) < ($0.level, $1.hash, $1.row) }
        order = keyed.map(\.row)
        var counts: [Int] = []
        for level in 0...(keyed.first?.level ?? 0) {
            counts.append(keyed.prefix { $0.level >= level }.count)
        }
        levelCounts = Self.trimmed(counts)
    }

    /// Without the levels of one node: they lead nowhere that the one below does not.
    static func trimmed(_ levelCounts: [Int]) -> [Int] {
        var counts = levelCounts
        while counts.count > 1, counts[counts.count - 1] <= 1 { counts.removeLast() }
        return counts
    }

    /// SplitMix64's finaliser (Steele, Lea and Flood 2014).
    private static func hash(_ value: UInt64, _ seed: UInt64) -> UInt64 {
        var mixed = value &* 0x9E37_79B9_7F4A_7C15 &+ seed
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
