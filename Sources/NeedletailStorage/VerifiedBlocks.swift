import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Remembers which blocks were verified since the environment was opened, so that a hot scan reads
/// each once, not twice.
///
/// A fixed table of fingerprints without locks: neighbouring blocks of a column have neighbouring
/// places, and one that loses its place to another is verified again. A block rewritten by a later
/// commit has another fingerprint.
final class VerifiedBlocks: Sendable {
    // SAFETY: zeroed memory is a valid array of atomics that are 0, and it lives as long as this.
    nonisolated(unsafe) private let places: UnsafeMutablePointer<Atomic<UInt64>>?

    init() {
        // Untouched pages of a large calloc cost no memory.
        places = calloc(StorageTuning.verifiedBlocksMax, MemoryLayout<UInt64>.stride)?
            .assumingMemoryBound(to: Atomic<UInt64>.self)
    }

    deinit { free(places) }

    /// Whether `block`, as written at `sequence`, was verified.
    @inline(__always)
    func contains(_ name: VectorBlockName, sequence: UInt64) -> Bool {
        let column = Self.mix(UInt64(name.table) << 32 | UInt64(name.column))
        return places?[Self.place(name, column)].load(ordering: .relaxed)
            == Self.fingerprint(name, column, sequence)
    }

    /// Whether `block` was verified as somebody wrote it, or another block in its place.
    func mayContain(_ name: VectorBlockName) -> Bool {
        let column = Self.mix(UInt64(name.table) << 32 | UInt64(name.column))
        return places?[Self.place(name, column)].load(ordering: .relaxed) != 0
    }

    func insert(_ name: VectorBlockName, sequence: UInt64) {
        let column = Self.mix(UInt64(name.table) << 32 | UInt64(name.column))
        places?[Self.place(name, column)].store(
            Self.fingerprint(name, column, sequence), ordering: .relaxed)
    }

    private static func place(_ name: VectorBlockName, _ column: UInt64) -> Int {
        Int(truncatingIfNeeded: column &+ UInt64(name.block))
            & (StorageTuning.verifiedBlocksMax - 1)
    }

    private static func fingerprint(
        _ name: VectorBlockName, _ column: UInt64, _ sequence: UInt64
    ) -> UInt64 {
        mix(column ^ mix(UInt64(name.block)) &+ mix(~sequence)) | 1
    }

    /// The finalizer of SplitMix64.
    private static func mix(_ word: UInt64) -> UInt64 {
        var mixed = word &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
