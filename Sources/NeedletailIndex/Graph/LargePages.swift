#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Memory that is read in random order: with pages of 4 KiB a walk spends as much time on finding
/// addresses as on distances.
enum LargePages {
    static let bytes = 1 << 21

    /// Memory for the caller to deallocate, not initialised, in large pages where the system has
    /// them and it fills one.
    static func allocate(byteCount: Int) -> UnsafeMutableRawPointer {
        guard byteCount >= bytes else {
            return .allocate(byteCount: max(1, byteCount), alignment: GraphShape.alignment)
        }
        let memory = UnsafeMutableRawPointer.allocate(byteCount: byteCount, alignment: bytes)
        #if os(Linux)
            // SAFETY: advice about memory that was just allocated; refused advice changes nothing.
            madvise(memory, byteCount, MADV_HUGEPAGE)
        #endif
        return memory
    }
}
