package import NeedletailCore

/// How the vectors of a column are laid out in blocks.
package struct VectorLayout: Sendable, Hashable {
    package enum Element: UInt8, Sendable {
        case float32 = 1
        case float16 = 2
        case bit = 3
    }

    package let element: Element
    package let dimension: Int
    /// Bytes from one vector to the next: the vector itself, without padding.
    package let stride: Int
    /// log2 of the rows of a block.
    package let rowShift: Int

    /// Rows, and so slots, of a block: the smallest power of two whose vectors fill the target.
    /// So a full block takes at most 1.07 times its vectors on disk at 384 dimensions and above.
    package var rowsPerBlock: Int { 1 << rowShift }

    package init(element: Element, dimension: Int) {
        precondition(
            (1...Limits.dimensionMax).contains(dimension),
            "The dimension of a vector column must be in 1 ... \(Limits.dimensionMax).")
        self.element = element
        self.dimension = dimension
        stride =
            switch element {
            case .float32: dimension * 4
            case .float16: dimension * 2
            case .bit: (dimension + 7) / 8
            }
        var shift = 0
        while stride << shift < Limits.vectorBlockBytesTarget,
            1 << shift < StorageTuning.rowsPerBlockMax
        {
            shift += 1
        }
        rowShift = shift
    }

    /// The layout of a column of `type`, or `nil` if it is not a vector type with a dimension.
    package init?(_ type: ValueType) {
        let element: Element
        switch type {
        case .vector: element = .float32
        case .halfvec: element = .float16
        case .bit: element = .bit
        default: return nil
        }
        guard let dimension = type.dimension, (1...Limits.dimensionMax).contains(dimension) else {
            return nil
        }
        self.init(element: element, dimension: dimension)
    }

    /// The layout that a stored block says it has, or `nil` where that makes no sense.
    init?(header bytes: UnsafeRawBufferPointer) {
        // SAFETY: loads lie within the header, whose length is checked first.
        guard bytes.count >= VectorBlock.headerBytes, let element = Element(rawValue: bytes[4])
        else { return nil }
        let stored = bytes.loadUnaligned(fromByteOffset: 8, as: UInt32.self)
        let dimension = Int(UInt32(littleEndian: stored))
        guard (1...Limits.dimensionMax).contains(dimension) else { return nil }
        self.init(element: element, dimension: dimension)
    }

    /// Bytes of `rows` vectors, padded so that the presence words that follow are aligned.
    func payloadBytes(_ rows: Int) -> Int { (rows * stride + 7) & ~7 }

    /// Bytes of a stored block of `rows` rows. At least what LMDB puts on a page of its own: only
    /// there the vectors are aligned.
    func blockBytes(_ rows: Int) -> Int {
        let presence = (rows + 63) / 64 * 8
        return max(4_080, VectorBlock.headerBytes + payloadBytes(rows) + presence)
    }
}
