import CNeedletailKernels

/// How far the distance from one query to a record may be off at most: what the code has lost, and
/// what the query's own levels have lost, point straight along the other vector.
package struct CodeErrorBound: Sendable {
    private let perResidual: Float
    private let perLength: Float
    private let perSquare: Float
    /// What a record's scale says of the length of its vector; 0 where all have length 1.
    private let lengthPerScale: Float

    init(perResidual: Double, perLength: Double, perSquare: Double, lengthPerScale: Double) {
        self.perResidual = Float(perResidual)
        self.perLength = Float(perLength)
        self.perSquare = Float(perSquare)
        self.lengthPerScale = Float(lengthPerScale)
    }

    /// The bound for the record at `record`, of the query's layout.
    @inline(__always)
    package func callAsFunction(_ record: UnsafePointer<UInt8>) -> Float {
        // SAFETY: every record begins with these constants.
        let bytes = UnsafeRawPointer(record)
        let residual = bytes.load(fromByteOffset: WalkRecord.residual, as: Float.self)
        let scale = bytes.load(fromByteOffset: WalkRecord.scale, as: Float.self)
        let length = lengthPerScale == 0 ? 1.001 : scale * lengthPerScale + residual
        return perResidual * residual + perLength * length + perSquare * length * length
    }
}

extension WalkQuery {
    /// The bound of distances from this query, as it was prepared last; `nil` where codes have
    /// none: those of floats and of signs.
    package var errorBound: CodeErrorBound? {
        switch layout.kind {
        case .f32, .f16, .signs: return nil
        case .bits:
            return CodeErrorBound(
                perResidual: 0, perLength: 0, perSquare: 0, lengthPerScale: 0)
        case .int8, .int4:
            let weight = layout.metric == .l2 ? 2.0 : 1.0
            let root = Double(layout.dimension).squareRoot()
            // Half a step of the query's levels in every component; `factor` has the weight in it.
            let lost = Double(abs(raw.pointee.factor)) / 2 * root
            let levels: Double = layout.kind == .int8 ? 127 : 7
            return CodeErrorBound(
                perResidual: weight * length, perLength: lost + 1e-5 * length, perSquare: 1e-5,
                lengthPerScale: layout.metric == .cosine ? 0 : levels * root)
        }
    }
}
