/// How a graph is built.
package struct BuildParameters: Sendable, Hashable {
    /// Links of a node on the upper levels; twice as many on level 0.
    package var m: Int
    /// Candidates that a new node's neighbours are chosen from.
    package var efConstruction: Int
    /// Where the random levels and the order of insertion begin.
    package var seed: UInt64
    /// Threads, the caller's included. The graph does not depend on it.
    package var threads: Int

    package init(m: Int = 16, efConstruction: Int = 200, seed: UInt64 = 0, threads: Int = .max) {
        self.m = m
        self.efConstruction = efConstruction
        self.seed = seed
        self.threads = threads
    }

    package var baseDegree: Int { 2 * m }
}
