import CNeedletailKernels
import NeedletailKernels

/// Writes entries of one list: its centroid made ready, and the memory of one vector.
///
/// For one thread at a time.
package final class ListEncoder {
    package let layout: ListLayout
    // SAFETY: all are allocated by `init` for the layout's dimension and freed by `deinit` alone.
    private let origin: UnsafeMutablePointer<Float>
    private let centroid: UnsafeMutablePointer<Float>
    /// The centroid seen from the origin, rotated.
    private let center: UnsafeMutablePointer<Float>
    private let vector: UnsafeMutablePointer<Float>
    private let tier = KernelTier.selected.code
    private let residual: UnsafeMutablePointer<Float>
    private let rotated: UnsafeMutablePointer<Float>

    /// - Parameters:
    ///   - origin: where ``ListCentroids/origin`` says that vectors are seen from; empty for zeros.
    ///   - centroid: of the list, `dimension` components.
    package init(
        _ layout: ListLayout, origin: [Float] = [], centroid: UnsafePointer<Float>
    ) {
        precondition(
            origin.isEmpty || origin.count == layout.dimension, "an origin is a vector or nothing")
        self.layout = layout
        let (dimension, padded) = (layout.dimension, layout.paddedDimension)
        self.origin = .allocate(capacity: dimension)
        self.origin.initialize(repeating: 0, count: dimension)
        if origin.count == dimension { self.origin.update(from: origin, count: dimension) }
        self.centroid = .allocate(capacity: dimension)
        self.centroid.initialize(repeating: 0, count: dimension)
        vector = .allocate(capacity: dimension)
        vector.initialize(repeating: 0, count: dimension)
        residual = .allocate(capacity: dimension)
        residual.initialize(repeating: 0, count: dimension)
        center = .allocate(capacity: padded)
        rotated = .allocate(capacity: padded)
        use(centroid: centroid)
    }

    deinit {
        origin.deallocate()
        centroid.deallocate()
        center.deallocate()
        vector.deallocate()
        residual.deallocate()
        rotated.deallocate()
    }

    /// Goes over to another list of the same index.
    package func use(centroid: UnsafePointer<Float>) {
        let dimension = layout.dimension
        self.centroid.update(from: centroid, count: dimension)
        for place in 0..<dimension { residual[place] = centroid[place] - origin[place] }
        nt_rotate_floats(residual, dimension, center, tier)
    }

    /// Writes the entry of `vector`: the coarse code into `place` of a block, and the second
    /// record, where the layout has one.
    func write(
        _ given: UnsafePointer<Float>, slot: UInt32, block: UnsafeMutablePointer<UInt8>,
        place: Int, fine: UnsafeMutableRawPointer?
    ) {
        let dimension = layout.dimension
        vector.update(from: given, count: dimension)
        normalize(vector, layout)
        var (squares, towardsCentroid, towardsOrigin) = (0.0, 0.0, 0.0)
        for place in 0..<dimension {
            residual[place] = vector[place] - centroid[place]
            let component = Double(residual[place])
            squares += component * component
            towardsCentroid += component * Double(centroid[place])
            towardsOrigin += component * Double(origin[place])
        }
        nt_rotate_floats(residual, dimension, rotated, tier)
        let isL2 = layout.metric == .l2
        nt_list_encode(
            rotated, center, dimension, isL2 ? squares : -towardsCentroid, layout.productWeight,
            block, place)
        let slots =
            UnsafeMutableRawPointer(block) + layout.blockBytes
            - MemoryLayout<UInt32>.size * ListLayout.blockEntries
        slots.storeBytes(of: slot, toByteOffset: place * 4, as: UInt32.self)
        guard let fine, let fineLayout = layout.fineLayout else { return }
        fineLayout.encode(layout.finesAreResiduals ? residual : vector, into: fine)
        fine.storeBytes(of: slot, toByteOffset: WalkRecord.slot, as: UInt32.self)
        guard layout.finesAreResiduals else { return }
        // The query is multiplied with the residual, and is seen from the origin.
        let term = isL2 ? squares + 2 * (towardsCentroid - towardsOrigin) : 0
        fine.storeBytes(of: Float(term), toByteOffset: WalkRecord.term, as: Float.self)
    }
}

/// By cosine, brings `vector` to length 1; a vector of zeros stays as it is.
func normalize(_ vector: UnsafeMutablePointer<Float>, _ layout: ListLayout) {
    // SAFETY: the caller vouches for the components of the layout's dimension.
    guard layout.metric == .cosine else { return }
    let squares = nt_sum_of_squares(vector, layout.dimension)
    guard squares > 0 else { return }
    let inverse = 1 / squares.squareRoot()
    for place in 0..<layout.dimension { vector[place] = Float(Double(vector[place]) * inverse) }
}
