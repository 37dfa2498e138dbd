package import NeedletailCore

/// What a vector's components are in memory.
package enum VectorElement: String, Sendable, Hashable, CaseIterable {
    /// 32-bit IEEE floats.
    case f32
    /// 16-bit IEEE floats.
    case f16
    /// Signed bytes.
    case int8
    /// Bits, eight to a byte; those past the dimension are zero.
    case bit

    /// Bytes of one vector of `dimension` components, without padding.
    package func byteCount(dimension: Int) -> Int {
        switch self {
        case .f32: dimension * 4
        case .f16: dimension * 2
        case .int8: dimension
        case .bit: (dimension + 7) / 8
        }
    }

    /// The metrics that apply to such components.
    package var metrics: [Metric] {
        self == .bit ? [.hamming, .jaccard] : [.l2, .innerProduct, .cosine, .l1]
    }

    /// What a column of `type` holds; `nil` where that is no vector.
    package init?(_ type: ValueType) {
        switch type {
        case .vector: self = .f32
        case .halfvec: self = .f16
        case .bit: self = .bit
        default: return nil
        }
    }
}
