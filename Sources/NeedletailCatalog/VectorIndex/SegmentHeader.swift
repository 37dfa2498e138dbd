package import NeedletailIndex
package import NeedletailKernels
import NeedletailStorage

/// What a segment file says about itself: its first page.
///
///     bytes 0-7    "NTSEGMT" and the version of the form
///     then         number and the commit it was built from (64 bits each), index, code, metric,
///                  dimension, base degree, upper degree, duplicates, words of the slot bitmap,
///                  levels (32 bits each), the nodes of each level, bands of the calibration and
///                  for each its difficulty and its recall at each width (floats), optional arrays
///                  (32 bits) and for each what ``SegmentArray`` says: kind and column (16 bits
///                  each), form and element (8 each), 16 bits of nothing, offset in the file and
///                  bytes (64 each), then the rows that were inserted in a hurry and those whose
///                  neighbours were healed (32 bits each; zeros in files that are older)
///
/// Then, from byte 4,096 on, the graph as ``GraphShape`` lays it out, the bitmap of its slots, and
/// the optional arrays.
package struct SegmentHeader: Sendable, Hashable {
    package static let byteCount = 4_096
    static let magic: UInt64 = 0x0354_4D47_4553_544E

    var number: UInt64
    /// The last commit that the snapshot it was built from shows.
    var sequence: UInt64
    var index: UInt32
    var layout: CodeLayout
    var shape: GraphShape
    var slotWords: Int
    var calibration: Calibration
    /// What the segment has beside the graph.
    var arrays: [SegmentArray]
    package var roughness = GraphRoughness()

    /// Where the bitmap of the slots begins.
    var slotsOffset: Int { Self.byteCount + shape.byteCount }

    /// Where the optional arrays begin.
    var arraysOffset: Int { SegmentArray.aligned(slotsOffset + slotWords * 8) }

    /// Bytes of the whole file.
    var fileBytes: Int { arrays.map(\.end).max() ?? slotsOffset + slotWords * 8 }

    package var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: number)
        bytes.append(littleEndian: sequence)
        bytes.append(littleEndian: index)
        bytes.append(littleEndian: UInt32(layout.kind.rawValue))
        bytes.append(littleEndian: UInt32(layout.metric.rawValue))
        bytes.append(littleEndian: UInt32(layout.dimension))
        bytes.append(littleEndian: UInt32(shape.baseDegree))
        bytes.append(littleEndian: UInt32(shape.upperDegree))
        bytes.append(littleEndian: UInt32(shape.duplicateCount))
        bytes.append(littleEndian: UInt32(slotWords))
        bytes.append(littleEndian: UInt32(shape.levelCounts.count))
        for count in shape.levelCounts { bytes.append(littleEndian: UInt32(count)) }
        bytes.append(littleEndian: UInt32(calibration.bands.count))
        for band in calibration.bands {
            bytes.append(littleEndian: band.difficulty.bitPattern)
            for recall in band.recalls { bytes.append(littleEndian: recall.bitPattern) }
        }
        bytes.append(littleEndian: UInt32(arrays.count))
        for array in arrays { array.encode(into: &bytes) }
        bytes.append(littleEndian: UInt32(clamping: roughness.hurriedCount))
        bytes.append(littleEndian: UInt32(clamping: roughness.healedCount))
        bytes += [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
        return bytes
    }

    /// Reads a header; `nil` where it is damaged, of another version, or does not fit together.
    package init?(_ bytes: UnsafeRawBufferPointer) {
        // SAFETY: read through `ByteReader`, which is bounded, and not kept.
        guard bytes.count >= Self.byteCount else { return nil }
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: bytes[..<Self.byteCount]))
        func small() -> Int? { reader.read(UInt32.self).map(Int.init) }
        guard reader.read(UInt64.self) == Self.magic, let number = reader.read(UInt64.self),
            let sequence = reader.read(UInt64.self), let index = reader.read(UInt32.self),
            let kind = small().flatMap({ WalkCode(rawValue: UInt8(clamping: $0)) }),
            let metric = small().flatMap({ WalkMetric(rawValue: UInt8(clamping: $0)) }),
            let dimension = small(), let baseDegree = small(), let upperDegree = small(),
            let duplicates = small(), let slotWords = small(), let levels = small(),
            kind.serves(metric), (1...64).contains(levels), (1...1_024).contains(baseDegree),
            (1...1_024).contains(upperDegree), (1...32_768).contains(dimension)
        else { return nil }
        var counts: [Int] = []
        for _ in 0..<levels {
            guard let count = small() else { return nil }
            counts.append(count)
        }
        guard let bandCount = small(), bandCount <= Calibration.bandsMax else { return nil }
        var bands: [Calibration.Band] = []
        for _ in 0..<bandCount {
            let numbers = (0...Calibration.widths.count).compactMap { _ in
                reader.read(UInt32.self).map(Float.init(bitPattern:))
            }
            guard numbers.count > Calibration.widths.count else { return nil }
            bands.append(
                Calibration.Band(difficulty: numbers[0], recalls: Array(numbers.dropFirst())))
        }
        let layout = CodeLayout(kind: kind, metric: metric, dimension: dimension)
        guard let arrayCount = small(), arrayCount <= SegmentArray.countMax else { return nil }
        self.init(
            number: number, sequence: sequence, index: index, layout: layout,
            shape: GraphShape(
                levelCounts: counts, baseDegree: baseDegree, upperDegree: upperDegree,
                recordBytes: layout.recordBytes, duplicateCount: duplicates,
                centerCount: layout.centerCount),
            slotWords: slotWords, calibration: Calibration(bands: bands))
        for _ in 0..<arrayCount {
            guard let array = SegmentArray(&reader, after: arraysOffset) else { return nil }
            arrays.append(array)
        }
        guard let hurried = small(), let healed = small() else { return nil }
        roughness = GraphRoughness(hurriedCount: hurried, healedCount: healed)
    }

    package init(
        number: UInt64, sequence: UInt64, index: UInt32, layout: CodeLayout, shape: GraphShape,
        slotWords: Int, calibration: Calibration, arrays: [SegmentArray] = [],
        roughness: GraphRoughness = GraphRoughness()
    ) {
        self.number = number
        self.sequence = sequence
        self.index = index
        self.layout = layout
        self.shape = shape
        self.slotWords = slotWords
        self.calibration = calibration
        self.arrays = arrays
        self.roughness = roughness
    }
}

/// How much of a graph is less than a build of everything would make of it.
package struct GraphRoughness: Sendable, Hashable {
    /// Rows that were inserted with less effort than the index asks for.
    package var hurriedCount = 0
    /// Rows that left the graph since it was built, and whose neighbours were healed.
    package var healedCount = 0

    package init(hurriedCount: Int = 0, healedCount: Int = 0) {
        self.hurriedCount = hurriedCount
        self.healedCount = healedCount
    }
}
