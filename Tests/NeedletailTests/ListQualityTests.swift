import Foundation
import Needletail
import Testing

/// Lists that have changed with their rows find as much, by the same probes, as lists that are
/// built afresh.
@Suite struct ListQualityTests {
    private static let queries = 500

    /// A table with an index of lists, and no row.
    private struct Lists {
        let database: Database
        let operation: String

        init(_ folder: String, _ options: String, _ operators: String) throws {
            operation = ["vector_l2_ops": "<->", "vector_ip_ops": "<#>"][operators] ?? "<=>"
            database = try Database.open(folder + "/db")
            try database.execute(
                "CREATE TABLE t (id INT PRIMARY KEY, v vector(\(ClusteredVectors.dimension)))")
            try database.execute(
                "CREATE INDEX t_v ON t USING ivf (v \(operators)) WITH (\(options))")
        }

        /// One transaction.
        func replace(
            _ gone: Range<Int>, by new: Range<Int>, _ source: inout ClusteredVectors
        ) throws {
            try database.write { transaction in
                try transaction.execute(
                    "DELETE FROM t WHERE id >= $1 AND id < $2", gone.lowerBound, gone.upperBound)
                for id in new {
                    try transaction.execute("INSERT INTO t VALUES ($1, $2)", id, source.next())
                }
            }
        }

        private func distances(_ options: String) throws -> PreparedStatement {
            try database.prepare(
                "SELECT v \(operation) $1 AS d FROM t ORDER BY v \(operation) $1 LIMIT 10 "
                    + "WITH (\(options))")
        }

        private static func numbers(_ rows: ResultSet) -> [Double] {
            rows.map { if case .double(let distance) = $0[0] { distance } else { .nan } }
        }

        /// Mean recall at 10 of as many vectors of `source`, at each number of probes.
        func recalls(
            _ probes: [Int], _ source: ClusteredVectors
        ) throws -> [Double] {
            var source = source
            let targets = (0..<ListQualityTests.queries).map { _ in source.next() }
            let exact = try distances("exact")
            let limits = try targets.map { Self.numbers(try exact.query($0)).last ?? 0 }
            return try probes.map { probes in
                let statement = try distances("probes = \(probes)")
                var hits = 0
                for (target, limit) in zip(targets, limits) {
                    hits += Self.numbers(try statement.query(target)).count { $0 <= limit }
                }
                return Double(hits) / Double(10 * targets.count)
            }
        }

        func state() throws -> String {
            guard case .text(let words)? = try database.query("SHOW INDEXES FROM t").rows.last?[10]
            else { return "" }
            return words
        }

        /// Holds what has become of the lists against lists that are built now.
        func expectAsFresh(
            _ event: String, _ probes: [Int], _ source: ClusteredVectors
        ) throws {
            #expect(try database.query("CHECK").isEmpty, "after \(event)")
            let (own, words) = (try recalls(probes, source), try state())
            try database.execute("REINDEX INDEX t_v")
            let fresh = try recalls(probes, source)
            print("\(event): recalls \(own), fresh \(fresh); \(words), fresh \(try state())")
            for (own, fresh) in zip(own, fresh) {
                #expect(own >= fresh - 0.01, "after \(event)")
            }
        }
    }

    private static func with(
        _ options: String, _ operators: String, _ body: (Lists) throws -> Void
    ) throws {
        try TemporaryFolder.with { folder in
            let lists = try Lists(folder, options, operators)
            defer { lists.database.close() }
            try body(lists)
        }
    }

    @Test(
        "all rows replaced, a hundredth at a time",
        arguments: [
            ("lists = 40", "vector_l2_ops", 7), ("lists = 40", "vector_l2_ops", 8),
            ("lists = 40", "vector_ip_ops", 9), ("lists = auto", "vector_cosine_ops", 10),
            ("lists = auto", "vector_l2_ops", 11), ("lists = 60, assign = 2", "vector_l2_ops", 12),
            ("lists = auto, assign = 2", "vector_cosine_ops", 13),
            ("lists = 40, codes = 'int8'", "vector_l2_ops", 14),
        ])
    func churned(options: String, operators: String, seed: UInt64) throws {
        try Self.with(options, operators) { lists in
            var source = ClusteredVectors(seed: seed)
            try lists.replace(0..<0, by: 0..<8_000, &source)
            try lists.database.execute("REINDEX INDEX t_v")
            for step in 0..<100 {
                let first = step * 80
                try lists.replace(
                    first..<first + 80, by: 8_000 + first..<8_080 + first, &source)
            }
            try lists.expectAsFresh(
                "churn of \(options) \(operators) \(seed)", [4, 8], source)
        }
    }

    @Test(
        "grown from nothing in small transactions",
        arguments: [
            ("lists = auto", "vector_l2_ops", 7), ("lists = auto", "vector_cosine_ops", 8),
            ("lists = 50", "vector_ip_ops", 9),
            ("lists = auto, assign = 2", "vector_l2_ops", 10),
        ])
    func grown(options: String, operators: String, seed: UInt64) throws {
        try Self.with(options, operators) { lists in
            var source = ClusteredVectors(seed: seed)
            for first in stride(from: 0, to: 6_000, by: 10) {
                try lists.replace(0..<0, by: first..<first + 10, &source)
            }
            try lists.expectAsFresh(
                "growth of \(options) \(operators) \(seed)", [4, 8], source)
        }
    }

    @Test(
        "rows that move to another region of space entirely",
        arguments: [("lists = auto", "vector_l2_ops", 7), ("lists = 50", "vector_cosine_ops", 8)])
    func drifted(options: String, operators: String, seed: UInt64) throws {
        try Self.with(options, operators) { lists in
            var source = ClusteredVectors(seed: seed)
            try lists.replace(0..<0, by: 0..<6_000, &source)
            try lists.database.execute("REINDEX INDEX t_v")
            source = ClusteredVectors(seed: seed + 100, shift: 6)
            for first in stride(from: 0, to: 6_000, by: 60) {
                try lists.replace(
                    first..<first + 60, by: 6_000 + first..<6_060 + first, &source)
            }
            try lists.expectAsFresh(
                "drift of \(options) \(operators) \(seed)", [4, 8], source)
        }
    }
}
