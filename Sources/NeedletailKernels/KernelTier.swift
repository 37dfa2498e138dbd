package import CNeedletailKernels

/// A set of processor instructions that the kernels are compiled for.
package enum KernelTier: String, Sendable, Hashable, CaseIterable {
    /// Plain loops that add up floats in double: the oracle of the others.
    case scalar
    /// AVX2, FMA, F16C and POPCNT.
    case avx2
    /// AVX-512 F, BW, DQ, VL, VNNI and VPOPCNTDQ.
    case avx512
    /// 64-bit Arm.
    case neon

    /// What this process uses: the best this machine offers, or the available tier that the
    /// environment variable `NEEDLETAIL_KERNEL_TIER` names.
    package static var selected: KernelTier {
        allCases.first { $0.code == nt_selected_tier() } ?? .scalar
    }

    /// Whether this machine can run it.
    package var isAvailable: Bool { nt_tier_available(code) != 0 }

    /// What the C kernels call it.
    package var code: nt_tier {
        switch self {
        case .scalar: NT_TIER_SCALAR
        case .avx2: NT_TIER_AVX2
        case .avx512: NT_TIER_AVX512
        case .neon: NT_TIER_NEON
        }
    }
}
