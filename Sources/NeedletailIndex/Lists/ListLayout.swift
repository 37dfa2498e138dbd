import CNeedletailKernels
package import NeedletailKernels

/// How the entries of inverted lists are written and how they lie.
///
/// An entry has a **coarse** code: one bit a dimension of what lies between its vector and the
/// list's centroid (RaBitQ), with two constants and its slot, in blocks of 32 entries that are
/// compared at once. Where ``fine`` is given it has a second record as well, kept apart from the
/// coarse ones, so that a scan streams these alone.
package struct ListLayout: Sendable, Hashable {
    package let metric: WalkMetric
    package let dimension: Int
    /// How the second record is written: `int8` and `int4` of what lies between vector and
    /// centroid, `f16` and `f32` of the vector itself; `nil` where there is none.
    package let fine: WalkCode?

    /// Whether lists can be searched by `metric`: by L2, inner product and cosine.
    package static func serves(_ metric: WalkMetric) -> Bool {
        metric == .l2 || metric == .innerProduct || metric == .cosine
    }

    /// Whether lists can have such second records.
    package static func allows(fine: WalkCode) -> Bool { fine != .bits && fine != .signs }

    /// - Precondition: lists serve the metric and allow the second code.
    package init(metric: WalkMetric, dimension: Int, fine: WalkCode?) {
        precondition(Self.serves(metric), "no list compares by \(metric)")
        precondition(
            fine.map(Self.allows) ?? true, "no list has second records of bits or signs")
        self.metric = metric
        self.dimension = dimension
        self.fine = fine
        blockBytes = nt_list_block_bytes(dimension)
        fineRecordBytes = Self.fineLayout(fine, metric, dimension)?.recordBytes ?? 0
    }

    /// Entries of a block.
    package static let blockEntries = 32

    /// Bytes of a block of coarse codes, a multiple of 64.
    package let blockBytes: Int

    /// Bytes of the coarse codes of `entries` entries: whole blocks.
    package func coarseBytes(entries: Int) -> Int {
        (entries + Self.blockEntries - 1) / Self.blockEntries * blockBytes
    }

    /// The slots of entries, in the order in which they lie.
    ///
    /// - Parameter coarse: whole blocks of at least `entries` entries.
    package func slots(_ coarse: UnsafeRawBufferPointer, entries: Int) -> [UInt32] {
        precondition(coarse.count >= coarseBytes(entries: entries), "there are fewer entries")
        // SAFETY: slots are the last words of a block, and the blocks are there.
        return (0..<entries).map { entry in
            let (block, place) = entry.quotientAndRemainder(dividingBy: Self.blockEntries)
            let offset = (block + 1) * blockBytes - (Self.blockEntries - place) * 4
            return UInt32(
                littleEndian: coarse.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        }
    }

    /// Bytes of the second record of an entry; 0 where there is none.
    package let fineRecordBytes: Int

    /// Bytes of the second records of `entries` entries.
    package func fineBytes(entries: Int) -> Int { entries * fineRecordBytes }

    /// How second records are written: by cosine as by inner product, of vectors of length 1.
    package var fineLayout: CodeLayout? { Self.fineLayout(fine, metric, dimension) }

    private static func fineLayout(
        _ fine: WalkCode?, _ metric: WalkMetric, _ dimension: Int
    ) -> CodeLayout? {
        fine.map {
            CodeLayout(
                kind: $0, metric: metric == .cosine ? .innerProduct : metric, dimension: dimension)
        }
    }

    /// Whether second records are of what lies between vector and centroid.
    var finesAreResiduals: Bool { fine == .int8 || fine == .int4 }

    /// What an inner product counts in a distance.
    var productWeight: Double { metric == .l2 ? 2 : 1 }

    /// Components after the rotation.
    var paddedDimension: Int { nt_padded_dimension(NT_CODE_SIGNS, dimension) }
}
