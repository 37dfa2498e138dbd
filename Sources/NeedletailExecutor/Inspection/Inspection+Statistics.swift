import NeedletailCatalog
import NeedletailCore

/// `SHOW STATISTICS`.
extension Inspection {
    static var statisticsColumns: [Column] {
        [
            Column(name: "column", type: .text), Column(name: "nulls", type: .double),
            Column(name: "distinct", type: .bigint), Column(name: "exact", type: .boolean),
            Column(name: "width", type: .double), Column(name: "common", type: .jsonb),
            Column(name: "histogram", type: .jsonb), Column(name: "rows", type: .bigint),
            Column(name: "sampled", type: .bigint), Column(name: "gathered", type: .timestamptz),
        ]
    }

    /// One row for each column; NULLs where nothing was gathered.
    func statistics(of table: TableDefinition) -> [[Value]] {
        let known = scope.catalog.statistics(of: table)
        return table.columns.enumerated().map { position, column in
            let name = Value.text(column.name)
            guard let statistics = known[position] else {
                return [name] + [Value](repeating: .null, count: 9)
            }
            return [name] + Self.values(statistics, column.type)
        }
    }

    private static func values(_ statistics: ColumnStatistics, _ type: ValueType) -> [Value] {
        var valueType = type
        if case .array(let element) = type { valueType = element }
        func json(_ value: Value) -> JSON { JSONFunctions.json(value, type: valueType) }
        let common = statistics.common.map { one in
            JSON.object(
                JSONObject([
                    .init(key: "value", value: json(one.value)),
                    .init(key: "share", value: .double(rounded(one.share))),
                ]))
        }
        let gathering = statistics.gathering
        return [
            .double(rounded(statistics.nullShare)),
            statistics.distinctCount.map { .int(Int64($0)) } ?? .null,
            statistics.distinctCount == nil ? .null : .bool(statistics.isDistinctExact),
            .double(rounded(statistics.averageWidth)),
            common.isEmpty ? .null : .json(.array(common)),
            statistics.bounds.isEmpty ? .null : .json(.array(statistics.bounds.map(json))),
            .int(Int64(gathering.rowCount)), .int(Int64(gathering.sampleCount)),
            .timestamp(gathering.time),
        ]
    }

    /// Four decimals: a sample says no more.
    private static func rounded(_ number: Double) -> Double {
        (number * 10_000).rounded() / 10_000
    }
}
