#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The optional arrays of a segment in one piece of memory, as they lie in its file.
package final class SegmentArrayMemory: @unchecked Sendable {
    // SAFETY: written before `init` returns, by nobody after that, and given back at the end.
    let bytes: UnsafeRawBufferPointer
    private let allocation: UnsafeMutableRawPointer
    /// Bytes that are mapped from a file; 0 where the memory was allocated.
    private let mappedBytes: Int

    /// Memory of its own.
    package init(copying array: [UInt8]) {
        allocation = .allocate(byteCount: max(1, array.count), alignment: SegmentArray.alignment)
        mappedBytes = 0
        bytes = UnsafeRawBufferPointer(start: allocation, count: array.count)
        array.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(start: allocation, count: array.count)
                .copyMemory(from: source)
        }
    }

    /// Maps a file from byte `start` to byte `end`; `nil` where the system refuses. The file must
    /// be as long.
    init?(mapping descriptor: Int32, from start: Int, to end: Int) {
        // SAFETY: unmapped in `deinit`; the file is never changed.
        let first = start / sysconf(Int32(_SC_PAGESIZE)) * sysconf(Int32(_SC_PAGESIZE))
        guard start < end,
            let mapped = mmap(
                nil, end - first, PROT_READ, MAP_SHARED, descriptor, off_t(first)),
            mapped != MAP_FAILED
        else { return nil }
        allocation = mapped
        mappedBytes = end - first
        bytes = UnsafeRawBufferPointer(start: mapped + (start - first), count: end - start)
    }

    deinit {
        if mappedBytes > 0 { munmap(allocation, mappedBytes) } else { allocation.deallocate() }
    }
}
