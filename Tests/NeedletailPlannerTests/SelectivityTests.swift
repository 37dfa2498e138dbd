import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax
import Testing

/// Shares of rows that conditions leave, by statistics.
@Suite struct SelectivityTests {
    /// 1,000 rows: `year` from 1000 to 2000 evenly, `lang` of a tenth NULL, `en` and `de`.
    private func statistics() throws -> [String: ColumnStatistics] {
        let gathering = ColumnStatistics.Gathering(
            rowCount: 1_000, sampleCount: 1_000, sequence: 1, time: Timestamp(microseconds: 0))
        return [
            "year": ColumnStatistics(
                gathering: gathering, distinctCount: 1_000, isDistinctExact: true,
                bounds: (0...50).map { .int(1_000 + 20 * $0) }),
            "body": ColumnStatistics(
                gathering: gathering, nullShare: 0.1, distinctCount: 102,
                common: [
                    .init(value: .text("en"), share: 0.5), .init(value: .text("de"), share: 0.2),
                ], bounds: ["fa", "fi", "fz", "ga", "gz"].map { .text($0) }),
        ]
    }

    private func share(_ condition: String, _ parameters: [Value] = []) throws -> Double {
        let statement = try SQLParser.parse(
            statement: "SELECT id FROM docs WHERE \(condition)")
        let catalog = try FakeCatalog.sample()
        let bound = try Binder.bind(statement, catalog: catalog)
        guard case .query(let query) = bound.kind, case .table(let table, _, _) = query.source
        else { return -1 }
        let known = try statistics()
        var columns: [Int: ColumnStatistics] = [:]
        for (position, column) in table.columns.enumerated() {
            columns[position] = known[column.name]
        }
        let share = SelectivityEstimator(columns: columns, parameters: parameters)
            .share(of: query.filter)
        return (share * 10_000).rounded() / 10_000
    }

    @Test(arguments: [
        ("body = 'en'", 0.5), ("body <> 'en'", 0.4), ("body = 'fu'", 0.002),
        ("body IN ('en', 'de')", 0.7), ("body NOT IN ('en', 'de')", 0.2),
        ("body IS NULL", 0.1), ("body IS NOT NULL", 0.9), ("NOT (body = 'de')", 0.7),
        ("body = 'en' OR body = 'de'", 0.6), ("body = NULL", 0),
        ("year = 1500", 0.001), ("year < 1500", 0.5), ("year >= 1250", 0.75),
        ("year >= 1200 AND year < 1300", 0.1), ("year BETWEEN 1200 AND 1299", 0.1),
        ("year < 500", 0), ("year > 500", 1), ("1500 > year", 0.5),
        ("year < 1500 AND body = 'en'", 0.25), ("body LIKE 'f%'", 0.125),
        ("body LIKE '%x'", 0.05), ("body < 'e'", 0.2),
    ])
    func known(condition: String, expected: Double) throws {
        #expect(abs(try share(condition) - expected) < 0.0021, "\(condition)")
    }

    @Test(arguments: [("id = 5", 0.005), ("id > 5", 0.3333), ("id + 1 = 5", 0.005)])
    func `what nothing is known of has a share of its own`(
        condition: String, expected: Double
    ) throws {
        #expect(try share(condition) == expected)
    }

    @Test func `parameters count by their values, where these are known`() throws {
        #expect(try share("year < $1", [.int(1_250)]) == 0.25)
        #expect(try share("year < $1") == 0.3333)
        #expect(try share("body = $1", [.text("en")]) == 0.5)
        #expect(try share("body = $1") == 0.0088)
    }
}
