/// What an approximate index was asked to be; kept with its definition.
package struct VectorIndexOptions: Sendable, Hashable {
    /// The one metric whose searches it serves.
    package var metric: Metric
    /// Neighbours of a node in the upper layers; twice as many in the lowest.
    package var m: Int
    /// Candidates looked at for each node while the graph is built.
    package var efConstruction: Int
    package var codes: Codes
    /// ``ColumnDefinition/id`` of the columns kept beside the vectors, for filters.
    package var include: [UInt16]
    /// Of everything random in a build: the same rows and seed give the same graph.
    package var seed: UInt64

    /// How vectors are written for the walk. Answers come from the stored vectors whatever it is.
    package enum Codes: String, Sendable, Hashable, CaseIterable {
        /// The engine chooses: `bit` for `bit` columns, `f16` by L1, `int8` otherwise.
        case auto
        /// The components themselves.
        case f32
        /// The components as halves.
        case f16
        /// One byte for each component, scaled for each vector.
        case int8
        /// Half a byte for each component, scaled for each vector.
        case int4
        /// The bits of a `bit` column; of other vectors, one bit for each component and a scale.
        case bit
    }

    package init(
        metric: Metric, m: Int = Limits.graphDegreeDefault,
        efConstruction: Int = Limits.efConstructionDefault, codes: Codes = .auto,
        include: [UInt16] = [], seed: UInt64 = Self.seedDefault
    ) {
        self.metric = metric
        self.m = m
        self.efConstruction = efConstruction
        self.codes = codes
        self.include = include
        self.seed = seed
    }

    /// Any number serves; a fixed one makes two databases with the same rows build the same graph.
    package static let seedDefault: UInt64 = 42
}
