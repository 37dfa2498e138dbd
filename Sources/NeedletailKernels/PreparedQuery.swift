import CNeedletailKernels
package import NeedletailCore

/// A query vector made ready for one kernel: its components, aligned, and its norm.
///
/// The query has the element type of the rows; whoever compares a `vector` with a `halfvec` column
/// converts it first. Read-only, so any number of threads may use it at once.
package final class PreparedQuery: @unchecked Sendable {
    let code: nt_query
    private let kernel: nt_kernel
    // Written by `init` alone; this is what makes sharing the object safe.
    private let storage: UnsafeMutableRawPointer

    /// Copies the ``DistanceKernel/rowBytes`` bytes at `bytes`, a vector as the rows hold it.
    package init(_ kernel: DistanceKernel, bytes: UnsafeRawPointer) {
        var prepared = nt_query()
        // SAFETY: as many bytes as the kernel asks for, freed in `deinit` and nowhere else.
        let storage = withUnsafePointer(to: kernel.code) { code in
            let size = nt_query_storage_bytes(code)
            let storage = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
            nt_query_prepare(code, &prepared, bytes, storage)
            return storage
        }
        self.storage = storage
        self.kernel = kernel.code
        code = prepared
    }

    deinit { storage.deallocate() }

    func belongs(to kernel: DistanceKernel) -> Bool {
        self.kernel.metric == kernel.code.metric && self.kernel.element == kernel.code.element
            && self.kernel.dimension == kernel.code.dimension
            && self.kernel.tier == kernel.code.tier
    }
}

extension DistanceKernel {
    /// The query, or `nil` where `vector` does not have the kernel's element type and dimension.
    package func prepare(_ vector: [Float]) -> PreparedQuery? {
        guard element == .f32, vector.count == dimension else { return nil }
        return PreparedQuery(self, bytes: vector)
    }

    /// The query, or `nil` where `vector` does not have the kernel's element type and dimension.
    package func prepare(_ vector: HalfVector) -> PreparedQuery? {
        guard element == .f16, vector.bits.count == dimension else { return nil }
        return PreparedQuery(self, bytes: vector.bits)
    }

    /// The query, or `nil` where `vector` does not have the kernel's element type and dimension.
    package func prepare(_ vector: [Int8]) -> PreparedQuery? {
        guard element == .int8, vector.count == dimension else { return nil }
        return PreparedQuery(self, bytes: vector)
    }

    /// The query, or `nil` where `vector` does not have the kernel's element type and dimension.
    package func prepare(_ vector: BitVector) -> PreparedQuery? {
        guard element == .bit, vector.count == dimension else { return nil }
        return PreparedQuery(self, bytes: vector.bytes)
    }

    /// The query from a row's bytes, or `nil` where there are not exactly ``rowBytes`` of them.
    package func prepare(bytes: UnsafeRawBufferPointer) -> PreparedQuery? {
        guard let base = bytes.baseAddress, bytes.count == rowBytes else { return nil }
        return PreparedQuery(self, bytes: base)
    }
}
