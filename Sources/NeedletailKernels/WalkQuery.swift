package import CNeedletailKernels

/// The memory of one query of a walk, used for one query after another.
package final class WalkQuery {
    package let layout: CodeLayout
    private let tier: KernelTier
    private let components: UnsafeMutableRawPointer
    /// What the C kernels take.
    package let raw: UnsafeMutablePointer<nt_walk_query>
    /// Length of what is multiplied with the rows: of the query vector, after it was brought to
    /// length 1 by cosine; of signs, of what lies between it and the centre.
    package private(set) var length: Double = 0
    private var spread: Float = 0

    package init(_ layout: CodeLayout, tier: KernelTier = .selected) {
        self.layout = layout
        self.tier = tier
        let byteCount = nt_query_bytes(layout.kind.code, layout.dimension)
        // SAFETY: both are freed in `deinit` and nowhere else.
        components = .allocate(byteCount: byteCount, alignment: 64)
        components.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
        raw = .allocate(capacity: 1)
        var query = nt_walk_query()
        query.components = UnsafeRawPointer(components)
        query.padded_dimension = nt_padded_dimension(layout.kind.code, layout.dimension)
        query.record_bytes = layout.recordBytes
        query.term_weight = layout.hasTerms ? 1 : 0
        raw.initialize(to: query)
    }

    deinit {
        raw.deallocate()
        components.deallocate()
    }

    /// Prepares `vector` of ``CodeLayout/dimension`` finite components; bits are 0 and 1.
    ///
    /// - Parameter center: what the records were written from.
    package func prepare(
        _ vector: UnsafePointer<Float>, from center: UnsafePointer<Float>? = nil
    ) {
        // SAFETY: the caller vouches for the components of the layout's dimension, and what is
        // written is no more than the padded dimension has room for.
        let squares = nt_sum_of_squares(vector, layout.dimension)
        var inverse = 1.0
        if layout.metric == .cosine, squares > 0 { inverse = 1 / squares.squareRoot() }
        length = squares.squareRoot() * inverse
        switch layout.kind {
        case .int8, .int4: writeIntegers(vector, inverse)
        case .f32, .f16: writeFloats(vector, inverse)
        case .bits: writeBits(vector)
        case .signs: writeSigns(vector, inverse, center)
        }
        finish()
        spread = Float(spreadOfResidual)
    }

    private func finish() {
        nt_walk_prepare(raw, layout.kind.code, layout.metric.metric.code, tier.code)
    }

    private func writeIntegers(_ vector: UnsafePointer<Float>, _ inverse: Double) {
        let levels = components.assumingMemoryBound(to: Int16.self)
        let largest = nt_largest(vector, layout.dimension)
        let most = Double(nt_query_component_max(layout.kind.code, layout.dimension))
        let scale = Double(largest) * inverse / most
        let toLevel = scale > 0 ? inverse / scale : 0
        nt_write_levels(vector, layout.dimension, toLevel, levels)
        raw.pointee.factor = Float(scale) * productWeight
    }

    private func writeFloats(_ vector: UnsafePointer<Float>, _ inverse: Double) {
        let floats = components.assumingMemoryBound(to: Float.self)
        for position in 0..<layout.dimension {
            floats[position] =
                inverse == 1 ? vector[position] : Float(Double(vector[position]) * inverse)
        }
    }

    private func writeBits(_ vector: UnsafePointer<Float>) {
        let bytes = components.assumingMemoryBound(to: UInt8.self)
        bytes.update(repeating: 0, count: raw.pointee.padded_dimension / 8)
        for position in 0..<layout.dimension where vector[position] > 0 {
            bytes[position / 8] |= 0x80 >> UInt8(position % 8)
        }
    }

    /// Of the query, the share that points to the centre is what the records' own terms are for: by
    /// inner products any share will do, and the nearest leaves the least to be estimated.
    private func writeSigns(
        _ vector: UnsafePointer<Float>, _ inverse: Double, _ center: UnsafePointer<Float>?
    ) {
        let dimension = layout.dimension
        var share = layout.metric == .l2 ? 1.0 : 0.0
        if let center, layout.metric != .l2 {
            var (product, squares) = (0.0, 0.0)
            for position in 0..<dimension {
                product += Double(vector[position]) * Double(center[position])
                squares += Double(center[position]) * Double(center[position])
            }
            share = squares > 0 ? product * inverse / squares : 0
        }
        raw.pointee.term_weight = Float(share)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: dimension) { rest in
            // SAFETY: a layout has at least one dimension, so there is memory.
            guard let base = rest.baseAddress else { return }
            var squares = 0.0
            for position in 0..<dimension {
                let towards = center.map { share * Double($0[position]) } ?? 0
                let component = Double(vector[position]) * inverse - towards
                base[position] = Float(component)
                squares += component * component
            }
            length = squares.squareRoot()
            layout.withRotated(base) { rotated in
                nt_prepare_signs(
                    raw, rotated, dimension, components.assumingMemoryBound(to: UInt8.self))
            }
        }
        raw.pointee.factor *= productWeight
    }

    /// What an inner product counts in a distance.
    private var productWeight: Float { layout.metric == .l2 ? -2 : -1 }

    /// Twice the standard deviation of a distance for a residual of length 1 that points anywhere.
    private var spreadOfResidual: Double {
        let share = length / Double(layout.dimension).squareRoot()
        return switch layout.metric {
        case .l2: 4 * share
        case .innerProduct, .cosine: 2 * share
        case .l1: 2
        case .hamming, .jaccard: 0
        }
    }

    /// How far the distance to a record may be off: twice the standard deviation, where what the
    /// code has lost points anywhere.
    package func uncertainty(of record: UnsafePointer<UInt8>) -> Float {
        UnsafeRawPointer(record).load(fromByteOffset: WalkRecord.residual, as: Float.self) * spread
    }

    /// The most that the distance to a record may be off: what its code and the query's have lost
    /// points straight along the other vector. Of codes of integers and bits.
    ///
    /// - Parameters:
    ///   - residual: the length of what the record's code has lost.
    ///   - vectorLength: the length of its vector.
    package func greatestError(residual: Float, length vectorLength: Float) -> Float {
        guard layout.kind != .bits else { return 0 }
        let weight = layout.metric == .l2 ? 2.0 : 1.0
        // Half a step of the query's levels in every component; `factor` has the weight in it.
        let lost =
            Double(abs(raw.pointee.factor)) / 2 * Double(layout.dimension).squareRoot()
        // And the rounding of sums of floats.
        let products = length * Double(vectorLength)
        return Float(
            weight * length * Double(residual) + lost * Double(vectorLength)
                + 1e-5 * (products + Double(vectorLength) * Double(vectorLength)))
    }

    /// Makes the query of a stored record: distances from one row to others.
    ///
    /// - Precondition: the layout is one to build on: ``CodeLayout/forBuild``.
    package func prepare(record: UnsafeRawPointer) {
        precondition(layout.kind != .signs, "signs are no query")
        nt_decode(
            layout.kind.code, record.assumingMemoryBound(to: UInt8.self), layout.dimension,
            components)
        let scale = record.load(fromByteOffset: WalkRecord.scale, as: Float.self)
        raw.pointee.factor = scale * productWeight
        finish()
    }
}

/// Scores the records that `nodes` lists into `distances`, `count` of each.
///
/// Smaller is nearer; by L2 the square of the query's length is left out where
/// ``CodeLayout/hasTerms``: it is the same for all.
@inline(__always)
package func walkScore(
    _ query: UnsafeMutablePointer<nt_walk_query>, base: UnsafePointer<UInt8>,
    nodes: UnsafePointer<UInt32>, count: Int, into distances: UnsafeMutablePointer<Float>
) {
    // SAFETY: the caller vouches that every node has a record at `base`.
    query.pointee.score(query, base, nodes, count, distances)
}
