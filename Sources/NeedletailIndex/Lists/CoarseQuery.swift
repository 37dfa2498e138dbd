import CNeedletailKernels
import NeedletailKernels

/// What the coarse codes of lists are compared with, and its memory: for one query after another.
final class CoarseQuery {
    private let dimension: Int
    private let tier: KernelTier
    // SAFETY: allocated by `init` for the dimension, freed by `deinit`.
    private let raw: UnsafeMutablePointer<nt_list_query>
    private let table: UnsafeMutablePointer<UInt8>
    private let rotated: UnsafeMutablePointer<Float>

    init(_ layout: ListLayout, tier: KernelTier = .selected) {
        dimension = layout.dimension
        self.tier = tier
        raw = .allocate(capacity: 1)
        raw.initialize(to: nt_list_query())
        let bytes = nt_list_table_bytes(layout.dimension)
        table = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
            .bindMemory(to: UInt8.self, capacity: bytes)
        rotated = .allocate(capacity: layout.paddedDimension)
    }

    deinit {
        raw.deallocate()
        table.deallocate()
        rotated.deallocate()
    }

    /// - Parameter vector: as seen from the lists' origin; by cosine of length 1.
    func prepare(_ vector: UnsafePointer<Float>) {
        nt_rotate_floats(vector, dimension, rotated, tier.code)
        nt_list_prepare(raw, rotated, dimension, table, tier.code)
    }

    /// How a list lies to the query.
    ///
    /// - Parameter confidence: how many standard deviations an estimate may be off before an entry
    ///   is lost.
    func view(_ probe: ListProbe, confidence: Float) -> nt_list_view {
        nt_list_view(
            distance: probe.distance, weight: probe.weight, radius: probe.radius * confidence,
            noise: raw.pointee.noise * confidence, limit: .infinity)
    }

    /// The entries of whole blocks, and of a part of the last, whose distance may be below the
    /// limit of `list`: their places, and the least that their distances may be.
    ///
    /// - Returns: how many.
    @inline(__always)
    func scan(
        _ list: inout nt_list_view, _ blocks: UnsafePointer<UInt8>, _ count: Int,
        _ places: UnsafeMutablePointer<UInt32>, _ lows: UnsafeMutablePointer<Float>
    ) -> Int {
        nt_list_scan(raw, &list, blocks, count, places, lows)
    }
}
