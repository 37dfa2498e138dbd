/// What an approximate index of a column serves, by pgvector's names: a type with a metric.
package enum OperatorClass: String, Sendable, Hashable, CaseIterable {
    case vectorL2 = "vector_l2_ops"
    case vectorInnerProduct = "vector_ip_ops"
    case vectorCosine = "vector_cosine_ops"
    case vectorL1 = "vector_l1_ops"
    case halfvecL2 = "halfvec_l2_ops"
    case halfvecInnerProduct = "halfvec_ip_ops"
    case halfvecCosine = "halfvec_cosine_ops"
    case halfvecL1 = "halfvec_l1_ops"
    case bitHamming = "bit_hamming_ops"
    case bitJaccard = "bit_jaccard_ops"

    package var metric: Metric {
        switch self {
        case .vectorL2, .halfvecL2: .l2
        case .vectorInnerProduct, .halfvecInnerProduct: .innerProduct
        case .vectorCosine, .halfvecCosine: .cosine
        case .vectorL1, .halfvecL1: .l1
        case .bitHamming: .hamming
        case .bitJaccard: .jaccard
        }
    }

    /// The codes that an index of the class can be walked on; besides, it may choose itself.
    package var codes: [VectorIndexOptions.Codes] {
        switch self {
        case .vectorL2, .vectorInnerProduct, .vectorCosine, .halfvecL2, .halfvecInnerProduct,
            .halfvecCosine:
            [.f32, .f16, .int8, .int4, .bit]
        case .vectorL1, .halfvecL1: [.f32, .f16]
        case .bitHamming, .bitJaccard: [.bit]
        }
    }

    /// Whether columns of `type`, of any dimension, can be indexed by it.
    package func fits(_ type: ValueType) -> Bool {
        switch (self, type) {
        case (.vectorL2, .vector), (.vectorInnerProduct, .vector), (.vectorCosine, .vector),
            (.vectorL1, .vector), (.halfvecL2, .halfvec), (.halfvecInnerProduct, .halfvec),
            (.halfvecCosine, .halfvec), (.halfvecL1, .halfvec), (.bitHamming, .bit),
            (.bitJaccard, .bit):
            true
        default: false
        }
    }

    /// Those that fit `type`, the Euclidean or Hamming one first; none for other than vectors.
    package static func fitting(_ type: ValueType) -> [OperatorClass] {
        allCases.filter { $0.fits(type) }
    }

    /// The one for `type` and `metric`, or `nil` where they do not go together.
    package init?(_ type: ValueType, _ metric: Metric) {
        let found = Self.fitting(type).first { $0.metric == metric }
        guard let found else { return nil }
        self = found
    }
}
