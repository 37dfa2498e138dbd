import NeedletailCore
import NeedletailKernels

/// Vectors as blocks hold them.
enum StoredVector {
    /// Writes a vector of a column of `type` as floats, bits as 0 and 1.
    static func widen(
        _ bytes: UnsafeRawPointer, _ type: ValueType, into vector: UnsafeMutablePointer<Float>,
        dimension: Int
    ) {
        // SAFETY: the caller vouches for a whole vector at `bytes` and for room for its components.
        switch type {
        case .halfvec:
            HalfVector.widen(
                bytes.assumingMemoryBound(to: UInt16.self), into: vector, count: dimension)
        case .bit:
            BitVector.widen(
                bytes.assumingMemoryBound(to: UInt8.self), into: vector, count: dimension)
        default:
            UnsafeMutableRawPointer(vector).copyMemory(from: bytes, byteCount: dimension * 4)
        }
    }
}
