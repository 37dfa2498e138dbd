#if canImport(Accelerate)
    import Accelerate
#else
    import COpenBLAS
#endif

/// Matrix products, for work of many vectors against many: training, assignment, ground truth.
///
/// On one thread; whoever has more work cuts it into parts of its own. Sums are in 32-bit floats in
/// an order of the library's choosing: never the source of a distance that a user sees.
package enum BLAS {
    /// `c = alpha * a * transpose(b) + beta * c`, all row by row without padding.
    ///
    /// - Parameters:
    ///   - a: `m` rows of `depth` floats.
    ///   - b: `n` rows of `depth` floats.
    ///   - c: `m` rows of `n` floats; not read where `beta` is 0.
    package static func multiplyByTransposed(
        a: UnsafePointer<Float>, b: UnsafePointer<Float>, c: UnsafeMutablePointer<Float>,
        m: Int, n: Int, depth: Int, alpha: Float = 1, beta: Float = 0
    ) {
        precondition(m >= 0 && n >= 0 && depth >= 0, "the sizes of a matrix are not negative")
        guard m > 0, n > 0 else { return }
        _ = oneThread
        // SAFETY: the caller vouches for the three matrices; the leading dimensions are their
        // widths.
        cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasTrans, Size(m), Size(n), Size(depth), alpha,
            a, Size(max(depth, 1)), b, Size(max(depth, 1)), beta, c, Size(n))
    }

    #if canImport(Accelerate)
        private typealias Size = __LAPACK_int
        private static let oneThread: Void = ()
    #else
        private typealias Size = blasint
        private static let oneThread: Void = openblas_set_num_threads(1)
    #endif

    /// Makes the library use the calling thread alone, also where another library calls it.
    static func useOneThread() { _ = oneThread }
}
