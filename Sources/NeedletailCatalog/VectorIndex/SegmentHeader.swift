import NeedletailIndex
import NeedletailKernels

/// What a segment file says about itself: its first page.
///
///     bytes 0-7    "NTSEGMT" and the version of the form
///     then         number and the commit it was built from (64 bits each), index, code, metric,
///                  dimension, base degree, upper degree, duplicates, words of the slot bitmap,
///                  levels (32 bits each), the nodes of each level, calibration points and for each
///                  width, recall and lower bound (floats)
///
/// Then, from byte 4,096 on, the graph as ``GraphShape`` lays it out, and the bitmap of its slots.
struct SegmentHeader: Sendable, Hashable {
    static let byteCount = 4_096
    static let magic: UInt64 = 0x0154_4D47_4553_544E

    var number: UInt64
    /// The last commit that the snapshot it was built from shows.
    var sequence: UInt64
    var index: UInt32
    var layout: CodeLayout
    var shape: GraphShape
    var slotWords: Int
    var calibration: Calibration

    /// Bytes of the whole file.
    var fileBytes: Int { Self.byteCount + shape.byteCount + slotWords * 8 }

    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        func append(_ number: some FixedWidthInteger) {
            // SAFETY: the bytes of a local number, copied at once.
            withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
        }
        append(Self.magic)
        append(number)
        append(sequence)
        append(index)
        append(UInt32(layout.kind.rawValue))
        append(UInt32(layout.metric.rawValue))
        append(UInt32(layout.dimension))
        append(UInt32(shape.baseDegree))
        append(UInt32(shape.upperDegree))
        append(UInt32(shape.duplicateCount))
        append(UInt32(slotWords))
        append(UInt32(shape.levelCounts.count))
        for count in shape.levelCounts { append(UInt32(count)) }
        append(UInt32(calibration.points.count))
        for point in calibration.points {
            append(UInt32(point.ef))
            append(point.recall.bitPattern)
            append(point.lowerBound.bitPattern)
        }
        bytes += [UInt8](repeating: 0, count: Self.byteCount - bytes.count)
        return bytes
    }

    /// Reads a header; `nil` where it is damaged, of another version, or does not fit together.
    init?(_ bytes: UnsafeRawBufferPointer) {
        // SAFETY: every read is checked against the end of the page.
        guard bytes.count >= Self.byteCount else { return nil }
        var offset = 0
        func read<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type) -> T? {
            guard offset + MemoryLayout<T>.size <= Self.byteCount else { return nil }
            defer { offset += MemoryLayout<T>.size }
            return T(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: T.self))
        }
        func small() -> Int? { read(UInt32.self).map(Int.init) }
        guard read(UInt64.self) == Self.magic, let number = read(UInt64.self),
            let sequence = read(UInt64.self), let index = read(UInt32.self),
            let kind = small().flatMap({ WalkCode(rawValue: UInt8(clamping: $0)) }),
            let metric = small().flatMap({ WalkMetric(rawValue: UInt8(clamping: $0)) }),
            let dimension = small(), let baseDegree = small(), let upperDegree = small(),
            let duplicates = small(), let slotWords = small(), let levels = small(),
            (1...64).contains(levels), (1...1_024).contains(baseDegree),
            (1...1_024).contains(upperDegree), (1...32_768).contains(dimension)
        else { return nil }
        var counts: [Int] = []
        for _ in 0..<levels {
            guard let count = small() else { return nil }
            counts.append(count)
        }
        guard let pointCount = small(), pointCount <= 64 else { return nil }
        var points: [Calibration.Point] = []
        for _ in 0..<pointCount {
            guard let ef = small(), let recall = read(UInt32.self), let lower = read(UInt32.self)
            else { return nil }
            points.append(
                Calibration.Point(
                    ef: ef, recall: Float(bitPattern: recall), lowerBound: Float(bitPattern: lower))
            )
        }
        let layout = CodeLayout(kind: kind, metric: metric, dimension: dimension)
        self.init(
            number: number, sequence: sequence, index: index, layout: layout,
            shape: GraphShape(
                levelCounts: counts, baseDegree: baseDegree, upperDegree: upperDegree,
                recordBytes: layout.recordBytes, duplicateCount: duplicates),
            slotWords: slotWords, calibration: Calibration(points: points))
    }

    init(
        number: UInt64, sequence: UInt64, index: UInt32, layout: CodeLayout, shape: GraphShape,
        slotWords: Int, calibration: Calibration
    ) {
        self.number = number
        self.sequence = sequence
        self.index = index
        self.layout = layout
        self.shape = shape
        self.slotWords = slotWords
        self.calibration = calibration
    }
}
