import Foundation
import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage
import Testing

/// Segments that are used before all of their file is verified.
@Suite struct SegmentTests {
    private static let dimension = 32

    private struct File {
        let path: String
        let named: IndexManifest.Segment
        let vectors: [[Float]]

        var size: Int {
            get throws {
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                return try #require(attributes[.size] as? Int)
            }
        }

        /// Opened as if it were too large to be verified at once.
        func open() throws -> Segment {
            try Segment.open(path, index: 5, named: named, verifiedAtOnceBytes: 0)
        }

        func flip(at place: Int) throws {
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.seek(toOffset: UInt64(place))
            let byte = try #require(try handle.read(upToCount: 1)?.first)
            try handle.seek(toOffset: UInt64(place))
            try handle.write(contentsOf: [byte ^ 0x55])
            try handle.close()
        }

        /// The row that a walk finds nearest to each of some rows.
        func nearest(_ segment: Segment) -> [UInt32] {
            let scratch = WalkScratch()
            let query = WalkQuery(segment.layout)
            return stride(from: 0, to: vectors.count, by: 7).map { row in
                segment.graph.prepare(query, vectors[row])
                var rows = [UInt32](repeating: .max, count: 64)
                _ = segment.graph.search(query, ef: 32, k: 1, scratch: scratch, into: &rows)
                return rows[0]
            }
        }
    }

    /// A file of more than three sections.
    private static func withFile(_ body: (File) throws -> Void) throws {
        var random = SplitMix64(seed: 8)
        let vectors = (0..<24_000).map { _ in
            (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
        }
        let layout = CodeLayout(kind: .int8, metric: .l2, dimension: dimension)
        let built = GraphBuilder.build(
            count: vectors.count, layout: layout,
            parameters: BuildParameters(m: 12, efConstruction: 24)
        ) { row, vector in
            vector.update(from: vectors[row], count: dimension)
            return UInt32(row)
        }
        let graph = try #require(built)
        var slots = SlotBitmap()
        for slot in 0..<UInt32(vectors.count) { slots.insert(slot) }
        let path = NSTemporaryDirectory() + "needletail-\(UUID().uuidString).segment"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let numbers = (0..<vectors.count).flatMap { [UInt8($0 % 100), UInt8(0)] }
        let start = 4_096 + graph.shape.byteCount + slots.words.count * 8
        let header = SegmentHeader(
            number: 77, sequence: 3, index: 5, layout: layout, shape: graph.shape,
            slotWords: slots.words.count, calibration: Calibration(bands: []),
            arrays: [
                SegmentArray(
                    kind: .values, column: 4, form: IncludedColumn.Form.integer.rawValue,
                    element: SegmentArray.Element.int16.rawValue, offset: (start + 63) / 64 * 64,
                    byteCount: numbers.count)
            ])
        let named = try SegmentWriter.write(
            header, graph: graph, slots: slots, arrays: numbers, to: path)
        try body(File(path: path, named: named, vectors: vectors))
    }

    @Test("a segment answers the same from its file and from its copy")
    func settled() throws {
        try Self.withFile { file in
            let segment = try file.open()
            let before = file.nearest(segment)
            #expect(segment.slots.count == file.vectors.count)
            #expect(segment.settle(copies: true))
            #expect(file.nearest(segment) == before)
            #expect(segment.settle(copies: true), "once is enough")
            let small = try Segment.open(file.path, index: 5, named: file.named)
            #expect(file.nearest(small) == before)
        }
    }

    @Test("damage in the ends is found at once, damage between them afterwards")
    func damaged() throws {
        for place in [9, 100, 4_095] {
            try Self.withFile { file in
                try file.flip(at: place)
                #expect(throws: DatabaseError.self) { try file.open() }
            }
        }
        try Self.withFile { file in
            let size = try file.size
            #expect(size > 2 << 20)
            // Many links, to nodes that are there and to nodes that are not.
            for place in stride(from: 1_100_000, to: size - (1 << 20), by: 5) {
                try file.flip(at: place)
            }
            let segment = try file.open()
            #expect(file.nearest(segment).count > 0, "a walk comes to its end")
            #expect(!segment.settle(copies: true))
            #expect(throws: DatabaseError.self) {
                try Segment.open(file.path, index: 5, named: file.named)
            }
        }
        try Self.withFile { file in
            try file.flip(at: try file.size - 1)
            #expect(throws: DatabaseError.self) { try file.open() }
        }
    }

    @Test("included columns come from the file, and are never used unless all of them are whole")
    func included() throws {
        try Self.withFile { file in
            for segment in [
                try file.open(), try Segment.open(file.path, index: 5, named: file.named),
            ] {
                let included = try #require(segment.included)
                let column = try #require(included.column(4, .int))
                for slot in [UInt32(0), 63, 64, 12_345, 23_999] {
                    let place = try #require(included.place(of: slot))
                    #expect(column.value(at: place) == .int(Int64(slot % 100)))
                }
                #expect(included.place(of: 24_000) == nil)
                #expect(included.column(4, .text) == nil && included.column(5, .int) == nil)
            }
        }
        for place in [1, 24_000, 47_999, 48_000] {
            try Self.withFile { file in
                try file.flip(at: try file.size - place)
                #expect(throws: DatabaseError.self) { try file.open() }
            }
        }
    }
}
