#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// For child processes of exit tests, before the first kernel is made.
func setTierVariable(_ name: String) { _ = setenv("NEEDLETAIL_KERNEL_TIER", name, 1) }

/// Memory whose end is followed by a page that must not be touched: reading past it ends the test.
final class GuardedMemory {
    private let start: UnsafeMutableRawPointer
    private let capacity: Int
    private let page: Int

    /// - Parameter capacity: the most bytes it will hold.
    init?(capacity: Int) {
        page = Int(getpagesize())
        self.capacity = (capacity + page - 1) / page * page
        let mapped = mmap(
            nil, self.capacity + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
        guard let mapped, mapped != MAP_FAILED else { return nil }
        start = mapped
        guard mprotect(mapped + self.capacity, page, PROT_NONE) == 0 else { return nil }
    }

    deinit { munmap(start, capacity + page) }

    /// Puts `bytes` right before the page that must not be touched, and says where they are.
    func place(_ bytes: [UInt8]) -> UnsafeRawPointer {
        let place = start + capacity - bytes.count
        place.copyMemory(from: bytes, byteCount: bytes.count)
        return UnsafeRawPointer(place)
    }
}
