import CNeedletailKernels
package import NeedletailCore

/// A way of writing vectors for walking a graph.
///
/// Distances by integer codes (all but ``f32`` and ``f16``) are the same on every kernel tier, bit
/// for bit; those of floats differ by rounding.
package enum WalkCode: UInt8, Sendable, Hashable, CaseIterable {
    /// One signed byte a dimension, with a scale of its own for each vector.
    case int8 = 0
    /// Four bits a dimension, with a scale of its own for each vector.
    case int4 = 1
    /// The components themselves.
    case f32 = 2
    /// The components as halves.
    case f16 = 3
    /// The bits of a bit string.
    case bits = 4
    /// One bit a dimension: the signs of the vector, seen from a centre, after a fixed random
    /// rotation, with a scale that makes estimates of inner products unbiased (RaBitQ, Gao and Long
    /// 2024).
    case signs = 5

    /// Whether distances are computed from integers or bits, whose errors have a bound.
    package var isInteger: Bool {
        switch self {
        case .int8, .int4, .bits: true
        case .f32, .f16, .signs: false
        }
    }

    var code: nt_code_kind {
        switch self {
        case .int8: NT_CODE_INT8
        case .int4: NT_CODE_INT4
        case .f32: NT_CODE_F32
        case .f16: NT_CODE_F16
        case .bits: NT_CODE_BITS
        case .signs: NT_CODE_SIGNS
        }
    }

    /// Whether a walk can compare by `metric` on such codes.
    package func serves(_ metric: WalkMetric) -> Bool {
        nt_code_serves(code, metric.metric.code) != 0
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
    /// Sum of absolute differences.
    case l1 = 3
    /// How many bits differ.
    case hamming = 4
    /// 1 - the share of set bits that are set in both.
    case jaccard = 5

    package init(_ metric: Metric) {
        switch metric {
        case .l2: self = .l2
        case .innerProduct: self = .innerProduct
        case .cosine: self = .cosine
        case .l1: self = .l1
        case .hamming: self = .hamming
        case .jaccard: self = .jaccard
        }
    }

    /// The metric of the distances that it stands for.
    package var metric: Metric {
        switch self {
        case .l2: .l2
        case .innerProduct: .innerProduct
        case .cosine: .cosine
        case .l1: .l1
        case .hamming: .hamming
        case .jaccard: .jaccard
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

/// How the vectors of a graph are written for the walk, and how their records lie.
package struct CodeLayout: Sendable, Hashable {
    package let kind: WalkCode
    package let metric: WalkMetric
    package let dimension: Int

    /// - Precondition: the codes serve the metric.
    package init(kind: WalkCode, metric: WalkMetric, dimension: Int) {
        precondition(kind.serves(metric), "no walk on \(kind) codes compares by \(metric)")
        self.kind = kind
        self.metric = metric
        self.dimension = dimension
    }

    /// From one record to the next; a multiple of 16.
    package var recordBytes: Int { nt_record_bytes(kind.code, dimension) }

    /// Whether distances leave out the square of the query's length (as seen from the centre), and
    /// records add their own: by L2 on all codes that estimate inner products.
    package var hasTerms: Bool { metric == .l2 && kind != .f32 && kind != .f16 }

    /// Components of the point that vectors are seen from, which a graph keeps beside its records.
    package var centerCount: Int { kind == .signs ? dimension : 0 }

    /// The layout that a graph is built on: signs are too coarse to choose neighbours by.
    package var forBuild: CodeLayout {
        kind == .signs ? CodeLayout(kind: .int8, metric: metric, dimension: dimension) : self
    }

    /// By cosine, brings `vector` to length 1; a vector of zeros stays as it is.
    ///
    /// - Returns: the sum of its squares.
    package func normalize(_ vector: UnsafeMutablePointer<Float>) -> Double {
        // SAFETY: the caller vouches for `dimension` floats.
        var squares = 0.0
        for position in 0..<dimension {
            squares += Double(vector[position]) * Double(vector[position])
        }
        guard metric == .cosine, squares > 0 else { return squares }
        let inverse = 1 / squares.squareRoot()
        for position in 0..<dimension {
            vector[position] = Float(Double(vector[position]) * inverse)
        }
        return 1
    }

    /// Writes the record of `vector` but for its slot. The vector is changed by ``normalize(_:)``,
    /// and signs are taken of what lies between it and `center`. Bits are components of 0 and 1.
    ///
    /// - Parameter center: ``centerCount`` components; without, vectors are seen from the origin.
    package func encode(
        _ vector: UnsafeMutablePointer<Float>, from center: UnsafePointer<Float>? = nil,
        into record: UnsafeMutableRawPointer
    ) {
        // SAFETY: the caller vouches for `dimension` floats and the bytes of a record.
        let squares = normalize(vector)
        var term = hasTerms ? squares : 0
        let bytes = record.assumingMemoryBound(to: UInt8.self)
        if kind == .signs {
            if let center { term = subtract(center, from: vector) }
            withRotated(vector) { nt_encode_signs($0, dimension, bytes) }
        } else {
            nt_encode(kind.code, vector, dimension, bytes)
        }
        record.storeBytes(of: Float(term), toByteOffset: WalkRecord.term, as: Float.self)
    }

    /// - Returns: what the difference alone adds to distances.
    private func subtract(
        _ center: UnsafePointer<Float>, from vector: UnsafeMutablePointer<Float>
    ) -> Double {
        var (squares, product) = (0.0, 0.0)
        for position in 0..<dimension {
            vector[position] -= center[position]
            squares += Double(vector[position]) * Double(vector[position])
            product += Double(vector[position]) * Double(center[position])
        }
        return metric == .l2 ? squares : -product
    }

    /// Runs `body` with the rotated vector that signs are taken of.
    func withRotated(
        _ vector: UnsafePointer<Float>, _ body: (UnsafePointer<Double>) -> Void
    ) {
        let padded = nt_padded_dimension(kind.code, dimension)
        withUnsafeTemporaryAllocation(of: Double.self, capacity: padded) { rotated in
            // SAFETY: a layout has at least one dimension, so there is memory; it is filled before
            // it is read.
            guard let base = rotated.baseAddress else { return }
            nt_rotate(vector, dimension, base)
            body(base)
        }
    }
}
