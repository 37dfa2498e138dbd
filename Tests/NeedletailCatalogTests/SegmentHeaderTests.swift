import NeedletailCatalog
import NeedletailIndex
import NeedletailKernels
import Testing

@Suite("Segment headers")
struct SegmentHeaderTests {
    private static func header(
        _ code: WalkCode, _ metric: WalkMetric, arrays: [SegmentArray] = []
    ) -> SegmentHeader {
        let layout = CodeLayout(kind: code, metric: metric, dimension: 100)
        let recalls = Calibration.widths.map { 1 - 1 / Float($0) }
        return SegmentHeader(
            number: 7, sequence: 8, index: 9, layout: layout,
            shape: GraphShape(
                levelCounts: [50, 3], baseDegree: 16, upperDegree: 8,
                recordBytes: layout.recordBytes, duplicateCount: 2,
                centerCount: layout.centerCount),
            slotWords: 1, calibration: Calibration(bands: [.init(difficulty: 2, recalls: recalls)]),
            arrays: arrays)
    }

    private static func read(_ bytes: [UInt8]) -> SegmentHeader? {
        bytes.withUnsafeBytes { SegmentHeader($0) }
    }

    @Test("codes and metrics come back as they were written", arguments: WalkCode.allCases)
    func roundTrip(code: WalkCode) {
        for metric in WalkMetric.allCases where code.serves(metric) {
            let header = Self.header(code, metric)
            #expect(Self.read(header.encoded) == header)
        }
    }

    @Test("arrays come back as they were written, of kinds that are unknown too, and fit the page")
    func arrays() {
        // Behind the graph and the bitmap of its slots.
        let first = 1 << 20
        let arrays = (0..<120).map { place in
            SegmentArray(
                kind: .init(rawValue: UInt16(place)), column: UInt16(place * 7),
                form: UInt8(place), element: 3, offset: first + place * 128, byteCount: place)
        }
        var header = Self.header(.int8, .l2, arrays: arrays)
        header.roughness = GraphRoughness(hurriedCount: 40, healedCount: 70)
        let bytes = header.encoded
        #expect(bytes.count == SegmentHeader.byteCount)
        #expect(Self.read(bytes) == header)
        var older = bytes
        older[7] = 2
        #expect(Self.read(older) == nil, "a file of another version is not read")
    }

    @Test("codes and metrics that are unknown, or do not go together, are refused")
    func refused() {
        let bytes = Self.header(.int8, .l2).encoded
        // Behind magic, number, commit and index.
        let (code, metric) = (28, 32)
        let changes: [(place: Int, value: UInt8)] = [
            (code, 4), (code, 6), (code, 255), (code + 1, 1), (code + 3, 255),
            (metric, 3), (metric, 4), (metric, 6), (metric, 255), (metric + 1, 1),
        ]
        for (place, value) in changes {
            var changed = bytes
            changed[place] = value
            #expect(Self.read(changed) == nil, "\(value) at \(place)")
        }
    }
}
