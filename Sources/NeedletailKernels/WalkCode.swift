package import CNeedletailKernels
package import NeedletailCore

/// A way of quantising vectors for walking a graph.
package enum WalkCode: UInt8, Sendable, Hashable, CaseIterable {
    /// One signed byte a dimension, with a scale of its own for each vector.
    case int8 = 0
    /// Four bits a dimension, with a scale of its own for each vector.
    case int4 = 1

    var code: nt_code_kind {
        switch self {
        case .int8: NT_CODE_INT8
        case .int4: NT_CODE_INT4
        }
    }
}

/// What the walk compares by: an order of rows that is nearly that of the distances.
package enum WalkMetric: UInt8, Sendable, Hashable, CaseIterable {
    /// Squared Euclidean distance.
    case l2 = 0
    /// Minus the inner product.
    case innerProduct = 1
    /// Minus the inner product of vectors of length 1.
    case cosine = 2

    /// `nil` for what no walk can compare by.
    package init?(_ metric: Metric) {
        switch metric {
        case .l2: self = .l2
        case .innerProduct: self = .innerProduct
        case .cosine: self = .cosine
        default: return nil
        }
    }

    /// The metric of the distances that it stands for.
    package var metric: Metric {
        switch self {
        case .l2: .l2
        case .innerProduct: .innerProduct
        case .cosine: .cosine
        }
    }
}

/// Places of the constants in a record.
package enum WalkRecord {
    package static let scale = 0
    package static let term = 4
    package static let residual = 8
    package static let slot = 12
    package static let header = 16
}

/// How the vectors of a graph are quantised for the walk, and how their records lie.
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
    package var recordBytes: Int { nt_record_bytes(kind.code, dimension) }

    /// Writes the record of `vector` but for its slot. By cosine the vector is brought to length 1
    /// in place; a vector of zeros stays as it is.
    package func encode(
        _ vector: UnsafeMutablePointer<Float>, into record: UnsafeMutableRawPointer
    ) {
        // SAFETY: the caller vouches for `dimension` floats and the bytes of a record.
        var squares = 0.0
        for position in 0..<dimension {
            squares += Double(vector[position]) * Double(vector[position])
        }
        if metric == .cosine, squares > 0 {
            let inverse = 1 / squares.squareRoot()
            for position in 0..<dimension {
                vector[position] = Float(Double(vector[position]) * inverse)
            }
            squares = 1
        }
        nt_encode(
            kind.code, vector, dimension, record.assumingMemoryBound(to: UInt8.self))
        record.storeBytes(
            of: metric == .l2 ? Float(squares) : 0, toByteOffset: WalkRecord.term, as: Float.self)
    }
}

/// The memory of one query of a walk, used for one query after another.
package final class WalkQuery {
    package let layout: CodeLayout
    private let tier: KernelTier
    private let components: UnsafeMutablePointer<Int16>
    /// What the C kernels take.
    package let raw: UnsafeMutablePointer<nt_walk_query>
    /// Length of the query vector, after it was brought to length 1 by cosine.
    package private(set) var length: Double = 0
    private var spread: Float = 0

    package init(_ layout: CodeLayout, tier: KernelTier = .selected) {
        self.layout = layout
        self.tier = tier
        let padded = nt_padded_dimension(layout.dimension)
        // SAFETY: both are freed in `deinit` and nowhere else.
        components =
            UnsafeMutableRawPointer
            .allocate(byteCount: padded * 2, alignment: 64).bindMemory(
                to: Int16.self, capacity: padded)
        components.initialize(repeating: 0, count: padded)
        raw = .allocate(capacity: 1)
        var query = nt_walk_query()
        query.components = UnsafePointer(components)
        query.padded_dimension = padded
        query.record_bytes = layout.recordBytes
        query.term_weight = layout.metric == .l2 ? 1 : 0
        raw.initialize(to: query)
    }

    deinit {
        raw.deallocate()
        UnsafeMutableRawPointer(components).deallocate()
    }

    /// Prepares `vector` of ``CodeLayout/dimension`` finite components.
    package func prepare(_ vector: UnsafePointer<Float>) {
        var squares = 0.0
        var largest: Float = 0
        for position in 0..<layout.dimension {
            squares += Double(vector[position]) * Double(vector[position])
            largest = max(largest, abs(vector[position]))
        }
        var inverse = 1.0
        if layout.metric == .cosine, squares > 0 { inverse = 1 / squares.squareRoot() }
        length = squares.squareRoot() * inverse
        let most = Double(nt_query_component_max(layout.kind.code, layout.dimension))
        let scale = Double(largest) * inverse / most
        let toLevel = scale > 0 ? inverse / scale : 0
        for position in 0..<layout.dimension {
            components[position] = Int16((Double(vector[position]) * toLevel).rounded())
        }
        raw.pointee.factor = Float(scale) * (layout.metric == .l2 ? -2 : -1)
        spread = Float(
            (layout.metric == .l2 ? 4 : 2) * length / Double(layout.dimension).squareRoot())
        nt_walk_prepare(raw, layout.kind.code, tier.code)
    }

    /// How far the distance to a record may be off: twice the standard deviation, where what the
    /// code has lost points anywhere.
    package func uncertainty(of record: UnsafePointer<UInt8>) -> Float {
        UnsafeRawPointer(record).load(fromByteOffset: WalkRecord.residual, as: Float.self) * spread
    }

    /// Makes the query of a stored record: distances from one row to others.
    package func prepare(record: UnsafeRawPointer) {
        nt_decode(
            layout.kind.code, record.assumingMemoryBound(to: UInt8.self), layout.dimension,
            components)
        let scale = record.load(fromByteOffset: WalkRecord.scale, as: Float.self)
        raw.pointee.factor = scale * (layout.metric == .l2 ? -2 : -1)
        nt_walk_prepare(raw, layout.kind.code, tier.code)
    }
}

/// Scores the records that `nodes` lists into `distances`, `count` of each.
///
/// Smaller is nearer; by L2 the square of the query's length is left out: it is the same for all.
@inline(__always)
package func walkScore(
    _ query: UnsafeMutablePointer<nt_walk_query>, base: UnsafePointer<UInt8>,
    nodes: UnsafePointer<UInt32>, count: Int, into distances: UnsafeMutablePointer<Float>
) {
    // SAFETY: the caller vouches that every node has a record at `base`.
    query.pointee.score(query, base, nodes, count, distances)
}
