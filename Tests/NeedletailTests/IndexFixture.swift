import Foundation
import Needletail
import NeedletailCatalog
import NeedletailExecutor
import NeedletailIndex
import NeedletailStorage

/// A table `t (id, v)` with an HNSW index `t_v`, and ways to spoil it.
enum IndexFixture {
    static let dimension = 12

    static func vector(_ random: inout SplitMix64) -> [Float] {
        (0..<dimension).map { _ in Float.random(in: -1...1, using: &random) }
    }

    static func make(
        _ path: String, rows: Int, hasKey: Bool = true, _ random: inout SplitMix64
    ) throws -> Database {
        let database = try Database.open(path)
        let key = hasKey ? " PRIMARY KEY" : ""
        try database.execute("CREATE TABLE t (id INT\(key), v vector(\(dimension)))")
        try insert(0..<rows, into: database, &random)
        try database.execute("CREATE INDEX t_v ON t USING hnsw (v vector_l2_ops) WITH (m = 8)")
        return database
    }

    static func insert(
        _ ids: Range<Int>, into database: Database, _ random: inout SplitMix64
    ) throws {
        try database.write { transaction in
            for id in ids {
                try transaction.execute("INSERT INTO t VALUES ($1, $2)", id, vector(&random))
            }
        }
    }

    /// Files of segments.
    static func files(_ path: String) throws -> [URL] {
        try FileManager.default.contentsOfDirectory(
            at: URL(filePath: path + "/segments"), includingPropertiesForKeys: nil)
    }

    /// What ``spoil(_:_:)`` changes: bytes of a segment, and where its arrays lie.
    struct Spoiled {
        var bytes: [UInt8]
        let shape: GraphShape
        /// Where the graph begins.
        let graph = 4_096

        /// Where the bitmap of slots begins.
        var slots: Int { graph + shape.byteCount }

        /// Where the first optional array begins.
        var arrays: Int { (slots + Int(word(56 - 4)) * 8 + 63) / 64 * 64 }

        /// Where the header counts the optional arrays, which it describes in 24 bytes each.
        var directory: Int {
            let levels = Int(word(56))
            let bands = 60 + levels * 4
            return bands + 4 + Int(word(bands)) * (1 + Calibration.widths.count) * 4
        }

        func word(_ offset: Int) -> UInt32 {
            bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: UInt32.self) }
        }

        mutating func put(_ word: UInt32, at offset: Int) {
            bytes.withUnsafeMutableBytes {
                $0.storeBytes(of: word, toByteOffset: offset, as: UInt32.self)
            }
        }
    }

    /// Changes the only segment of `t_v` and has the manifest hold the checksums of what it is
    /// then, as a build with a mistake would; the database is opened anew.
    static func spoil(
        _ database: Database, _ path: String, _ change: (inout Spoiled) -> Void
    ) throws -> Database {
        let engine = database.engine
        let scope = try engine.readScope()
        guard let index = scope.catalog.index(named: "t_v"),
            let state = try engine.segments.state(of: index, try scope.view, isShared: true),
            let segment = state.segments.first, let file = try files(path).first
        else { return database }
        scope.close()
        var spoiled = Spoiled(
            bytes: Array(try Data(contentsOf: file)), shape: segment.graph.shape)
        change(&spoiled)
        try FileManager.default.removeItem(at: file)
        try Data(spoiled.bytes).write(to: file)
        let checksums = spoiled.bytes.withUnsafeBytes { bytes in
            stride(from: 0, to: bytes.count, by: 1 << 20).map { start in
                Checksum.of(
                    UnsafeRawBufferPointer(
                        rebasing: bytes[start..<min(start + 1 << 20, bytes.count)]))
            }
        }
        let transaction = try engine.store.beginWrite()
        if var manifest = try transaction.view.manifest(table: index.tableID, index: index.id) {
            manifest.segments[0].chunkChecksums = checksums
            try transaction.writer.putManifest(table: index.tableID, manifest)
        }
        try transaction.commit()
        database.close()
        return try Database.open(path)
    }
}
