import Foundation
import NeedletailCore
import NeedletailFormats
import Testing

/// Reads the packages data set where `NEEDLETAIL_DATA` names its folder.
@Suite struct RealDataTests {
    static let folder = ProcessInfo.processInfo.environment["NEEDLETAIL_DATA"].map {
        "\($0)/packages"
    }

    static let columns = [
        Column(name: "id", type: .bigint), Column(name: "package", type: .text),
        Column(name: "version", type: .text), Column(name: "section", type: .text),
        Column(name: "priority", type: .text), Column(name: "architecture", type: .text),
        Column(name: "installed_kb", type: .bigint), Column(name: "size", type: .bigint),
        Column(name: "homepage", type: .text), Column(name: "tags", type: .array(.text)),
        Column(name: "depends", type: .int), Column(name: "summary", type: .text),
        Column(name: "description", type: .text),
    ]

    @Test(
        "all packages read, and survive being written again",
        .enabled(if: folder != nil, "skipped: NEEDLETAIL_DATA is not set"))
    func packages() throws {
        let folder = try #require(Self.folder)
        let source = try FileSource(path: "\(folder)/packages.jsonl.gz")
        let mapping = try ColumnMapping(Self.columns)
        var reader = JSONLReader(source, mapping: mapping)
        let writer = JSONLWriter(columns: Self.columns)
        let csv = CSVWriter(columns: Self.columns, format: try CSVFormat())
        var row: [Value?] = []
        var count: Int64 = 0
        var unlike = 0
        let start = processorSeconds()
        while try reader.next(into: &row) {
            if row[0] != .int(count) { unlike += 1 }
            count += 1
        }
        report("JSONL rows read", Int(count), since: start)
        #expect(count == 63_666 && reader.lineNumber == 63_666 && unlike == 0)
        #expect(reader.fractionRead == 1)

        var first = JSONLReader(
            try FileSource(path: "\(folder)/packages.jsonl.gz"), mapping: mapping)
        while try first.next(into: &row), first.lineNumber <= 2_000 {
            var line: [UInt8] = []
            writer.append(row.map { $0 ?? .null }, into: &line)
            var record: [UInt8] = []
            csv.append(row.map { $0 ?? .null }, into: &record)
            var again: [Value?] = []
            var second = JSONLReader(ArraySource(line), mapping: mapping)
            #expect(try second.next(into: &again) && again == row)
            var third = CSVReader(ArraySource(record), mapping: mapping, format: try CSVFormat())
            #expect(try third.next(into: &again) && again == row)
        }
    }

    @Test(
        "all embeddings read, and survive as text",
        .enabled(if: folder != nil, "skipped: NEEDLETAIL_DATA is not set"))
    func embeddings() throws {
        let folder = try #require(Self.folder)
        let file = try NPYFile(path: "\(folder)/embeddings.f16.npy")
        #expect(file.rowCount == 63_666 && file.dimension == 384)
        #expect(file.header.element == .half)
        var vectors: [Float] = []
        let start = processorSeconds()
        var worst: Float = 0
        for row in stride(from: 0, to: file.rowCount, by: 1_000) {
            vectors.removeAll(keepingCapacity: true)
            try file.read(row..<min(row + 1_000, file.rowCount), into: &vectors)
            for first in stride(from: 0, to: vectors.count, by: 384) {
                let norm = vectors[first..<first + 384].reduce(0) { $0 + $1 * $1 }
                worst = max(worst, abs(norm - 1))
            }
        }
        report(".npy rows read", file.rowCount, since: start)
        #expect(worst < 0.01)

        let columns = [Column(name: "v", type: .vector(384))]
        let rows = try (0..<5_000).map { [Value.vector(try file.row($0))] }
        let writer = JSONLWriter(columns: columns)
        var out: [UInt8] = []
        let writing = processorSeconds()
        for row in rows { writer.append(row, into: &out) }
        report("JSON vectors written", rows.count, since: writing)
        let reading = processorSeconds()
        var reader = JSONLReader(ArraySource(out), mapping: try ColumnMapping(columns))
        var row: [Value?] = []
        var unlike = 0
        var count = 0
        while try reader.next(into: &row) {
            if row != rows[count] { unlike += 1 }
            count += 1
        }
        report("JSON vectors read", count, since: reading)
        #expect(unlike == 0 && count == rows.count)
    }

    private func report(_ what: String, _ count: Int, since start: Double) {
        let seconds = max(processorSeconds() - start, 1e-6)
        let rate = Int(Double(count) / seconds)
        print("\(what): \(count) in \(Int(seconds * 1_000)) ms of one core, \(rate)/s")
    }

    /// Time this thread has spent working, which other programs on the machine do not lengthen.
    private func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }
}
