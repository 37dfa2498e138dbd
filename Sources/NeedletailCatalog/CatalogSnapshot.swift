package import NeedletailCore
package import NeedletailStorage

/// All definitions as one snapshot of the store has them.
///
/// Immutable, and shared by every transaction that sees the same ``version``.
package final class CatalogSnapshot: Sendable {
    /// Another number after every change of a definition, drawn at random: changes that were rolled
    /// back must not share it with those that were not.
    package let version: UInt64
    package let tables: [TableDefinition]
    private let tablesByName: [String: TableDefinition]
    private let tablesByID: [UInt32: TableDefinition]
    private let indexesByTable: [UInt32: [IndexDefinition]]
    private let indexesByName: [String: IndexDefinition]
    /// Asked after every commit.
    package let hasVectorIndexes: Bool
    let shelf: StatisticsShelf

    init(
        version: UInt64, tables: [TableDefinition], indexes: [IndexDefinition],
        shelf: StatisticsShelf = StatisticsShelf()
    ) {
        self.shelf = shelf
        self.version = version
        self.tables = tables.sorted { $0.name < $1.name }
        tablesByName = Dictionary(tables.map { ($0.name, $0) }) { first, _ in first }
        tablesByID = Dictionary(tables.map { ($0.id, $0) }) { first, _ in first }
        indexesByTable = Dictionary(grouping: indexes.sorted { $0.id < $1.id }, by: \.tableID)
        hasVectorIndexes = indexes.contains(where: \.method.isOfVectors)
        indexesByName = Dictionary(indexes.map { ($0.name, $0) }) { first, _ in first }
    }

    package func table(named name: String) -> TableDefinition? { tablesByName[name] }

    package func table(id: UInt32) -> TableDefinition? { tablesByID[id] }

    /// In the order of their creation.
    package func indexes(of table: TableDefinition) -> [IndexDefinition] {
        indexesByTable[table.id] ?? []
    }

    package func index(named name: String) -> IndexDefinition? { indexesByName[name] }

    package var tableNames: [String] { tables.map(\.name) }
}

extension CatalogSnapshot {
    /// Without any table.
    package static let empty = CatalogSnapshot(version: 0, tables: [], indexes: [])

    /// The version that `view` sees; 0 before the first definition.
    package static func version(of view: StorageView) throws(DatabaseError) -> UInt64 {
        guard let payload = try view.sealed(.meta(.catalog)), payload.count == 8 else { return 0 }
        return UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
    }

    /// Reads every definition that `view` sees.
    ///
    /// - Parameter functions: gives the expressions of indexes their meaning.
    package static func load(
        _ view: StorageView, functions: IndexFunctionMaking
    ) throws(DatabaseError) -> CatalogSnapshot {
        var tables: [TableDefinition] = []
        var indexes: [IndexDefinition] = []
        for record in try sealedRecords(.tableDefinition, view) {
            tables.append(try DefinitionCoding.table(record))
        }
        for record in try sealedRecords(.indexDefinition, view) {
            let index = try DefinitionCoding.index(record)
            guard index.hasExpressions, let table = tables.first(where: { $0.id == index.tableID })
            else {
                indexes.append(index)
                continue
            }
            indexes.append(index.withFunctions(of: table, from: functions))
        }
        return CatalogSnapshot(
            version: try version(of: view), tables: tables, indexes: indexes,
            shelf: StatisticsShelf(try view.statisticsRecords()))
    }

    private static func sealedRecords(
        _ kind: KeyKind, _ view: StorageView
    ) throws(DatabaseError) -> [[UInt8]] {
        var keys: [StorageKey] = []
        try view.forEach(prefix: StorageKey(kind)) { key, _ throws(DatabaseError) in
            keys.append(StorageKey(key))
            return true
        }
        var records: [[UInt8]] = []
        for key in keys {
            if let payload = try view.sealed(key) { records.append(Array(payload)) }
        }
        return records
    }
}
