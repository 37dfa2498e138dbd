package import NeedletailKernels

/// How the vectors of a segment are quantised for the walk, and how their records lie.
package struct CodeLayout: Sendable, Hashable {
    package let kind: WalkCode
    package let metric: WalkMetric
    package let dimension: Int

    package init(kind: WalkCode, metric: WalkMetric, dimension: Int) {
        self.kind = kind
        self.metric = metric
        self.dimension = dimension
    }

    /// From one record to the next; a multiple of 16.
    package var recordBytes: Int { kind.recordBytes(dimension: dimension) }
}
