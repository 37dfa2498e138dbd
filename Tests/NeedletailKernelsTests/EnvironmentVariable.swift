#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// For child processes of exit tests, before the first kernel is made.
func setTierVariable(_ name: String) { _ = setenv("NEEDLETAIL_KERNEL_TIER", name, 1) }
