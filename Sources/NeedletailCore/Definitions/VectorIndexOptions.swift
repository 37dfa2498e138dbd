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
    /// Of an index of lists; `nil` for a graph.
    package var lists: Lists?

    /// How vectors are put into lists.
    package struct Lists: Sendable, Hashable {
        /// How many lists there are to be, in ``Limits/listsRange``; `nil` for as many as suit the
        /// number of rows.
        package var count: Int?
        /// In how many lists a vector is: 1 or 2.
        package var assign: Int

        package init(count: Int? = nil, assign: Int = 1) {
            self.count = count
            self.assign = assign
        }
    }

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
        include: [UInt16] = [], seed: UInt64 = Self.seedDefault, lists: Lists? = nil
    ) {
        self.metric = metric
        self.m = m
        self.efConstruction = efConstruction
        self.codes = codes
        self.include = include
        self.seed = seed
        self.lists = lists
    }

    /// Any number serves; a fixed one makes two databases with the same rows build the same graph.
    package static let seedDefault: UInt64 = 42
}
