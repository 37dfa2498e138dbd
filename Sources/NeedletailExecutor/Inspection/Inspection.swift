import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// `SHOW`, `DESCRIBE` and `CHECK`: what the database says about itself.
struct Inspection {
    let scope: TransactionScope
    let store: Store
    let segments: SegmentLibrary
    let cancellation: Cancellation

    /// The columns of a statement's answer.
    static func columns(of kind: BoundKind) -> [Column] {
        func texts(_ names: String...) -> [Column] {
            names.map { Column(name: $0, type: .text) }
        }
        let rows = Column(name: "rows", type: .bigint)
        switch kind {
        case .explain(let explain):
            return [Column(name: "QUERY PLAN", type: explain.format == .json ? .jsonb : .text)]
        case .recall: return RecallMeasurement.columns
        case .why: return WhyReport.columns
        case .showTables:
            return texts("name") + [rows, Column(name: "columns", type: .bigint)]
                + texts("primary_key")
        case .showIndexes:
            return texts("name", "table", "method", "keys", "unique") + [
                rows, Column(name: "segments", type: .bigint), Column(name: "tail", type: .bigint),
                Column(name: "lag", type: .bigint), Column(name: "bytes", type: .bigint),
            ] + texts("state")
        case .showStatistics(_, let isAll):
            return (isAll ? texts("table") : []) + statisticsColumns
        case .showSessions: return sessionColumns
        case .showSettings: return texts("name", "setting", "default", "description")
        case .showSetting(let name): return texts(name)
        case .showCreate: return texts("statement")
        case .describeTable: return texts("column", "type", "nullable", "default", "key")
        case .describeQuery: return texts("column", "type")
        case .check: return texts("object", "finding")
        default: return []
        }
    }

    func rows(_ kind: BoundKind) throws(DatabaseError) -> [[Value]] {
        switch kind {
        case .showTables: return try tables()
        case .showIndexes(let table): return try indexes(of: table)
        case .showStatistics(let tables, let isAll):
            return tables.flatMap { table in
                statistics(of: table).map { (isAll ? [.text(table.name)] : []) + $0 }
            }
        case .showCreate(let table):
            return [[.text(CreateText.text(table, indexes: scope.catalog.indexes(of: table)))]]
        case .describeTable(let table, let indexes):
            return table.columns.indices.map { describe($0, of: table, indexes: indexes) }
        case .describeQuery(let query):
            return query.columns.map { [.text($0.name), .text($0.type.sqlName)] }
        case .check(let table): return try check(table)
        default: return []
        }
    }

    private func tables() throws(DatabaseError) -> [[Value]] {
        var rows: [[Value]] = []
        for table in scope.catalog.tables {
            let key = table.primaryKey.map { table.columns[$0].name }.joined(separator: ", ")
            rows.append([
                .text(table.name), .int(Int64(try scope.reader(table).rowCount())),
                .int(Int64(table.columns.count)), key.isEmpty ? .null : .text(key),
            ])
        }
        return rows
    }

    /// Of a vector index: segments; rows in none of them; these and the rows that segments have and
    /// the table has not; bytes; and what is up with it. NULL for others. A segment that cannot be
    /// used counts as not there.
    func segments(
        of index: IndexDefinition, rowCount: Int64
    ) throws(DatabaseError) -> [Value] {
        guard index.method == .hnsw else { return [.null, .null, .null, .null, .null] }
        let isUnderWay = segments.isUnderWay(index.id)
        let view = try scope.view
        var state: VectorIndexState?
        var isDamaged = false
        do throws(DatabaseError) {
            state = try segments.usableState(of: index, view, isShared: scope.writer == nil)
            isDamaged = state.map { $0.damagedCount > 0 } ?? false
        } catch {
            guard error.isOfSegment else { throw error }
            isDamaged = true
        }
        if isDamaged { segments.callKeeper() }
        let word =
            switch (isDamaged, isUnderWay) {
            case (true, true): "rebuilding"
            case (true, false): "damaged"
            case (false, true): "building"
            case (false, false): "ready"
            }
        guard let state else {
            return [.int(0), .int(rowCount), .int(rowCount), .int(0), .text(word)]
        }
        return [
            .int(Int64(state.segments.count)), .int(Int64(state.tail.count)),
            .int(Int64(state.tail.count + state.goneCount)),
            .int(Int64(state.segments.reduce(0) { $0 + $1.byteCount })), .text(word),
        ]
    }

    private func indexes(of only: TableDefinition?) throws(DatabaseError) -> [[Value]] {
        var rows: [[Value]] = []
        for table in scope.catalog.tables where only == nil || only?.id == table.id {
            let count = Int64(try scope.reader(table).rowCount())
            if !table.primaryKey.isEmpty {
                let keys = table.primaryKey.map { table.columns[$0].name }
                rows.append([
                    .text(table.primaryKeyName), .text(table.name), .text("primary key"),
                    .text(keys.joined(separator: ", ")), .text("yes"), .int(count), .null, .null,
                    .null, .null, .null,
                ])
            }
            for index in scope.catalog.indexes(of: table) {
                rows.append(
                    [
                        .text(index.name), .text(table.name), .text(index.method.rawValue),
                        .text(CreateText.keys(of: index, table: table)),
                        .text(index.isUnique ? "yes" : "no"), .int(count),
                    ] + (try structure(of: index, table, rowCount: count)))
            }
        }
        return rows
    }

    private func describe(
        _ position: Int, of table: TableDefinition, indexes: [IndexDefinition]
    ) -> [Value] {
        let column = table.columns[position]
        var roles: [String] = table.primaryKey.contains(position) ? ["primary key"] : []
        roles += indexes.filter { $0.keys.contains { $0.reads(column.id) } }.map(\.name)
        let fallback: String? =
            switch column.identity {
            case .always: "generated always as identity"
            case .byDefault: "generated by default as identity"
            case nil: column.defaultText
            }
        return [
            .text(column.name), .text(column.type.sqlName),
            .text(column.isNotNull ? "no" : "yes"), fallback.map { .text($0) } ?? .null,
            roles.isEmpty ? .null : .text(roles.joined(separator: ", ")),
        ]
    }
}
