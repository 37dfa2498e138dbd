package import NeedletailCore
import NeedletailStorage
import Synchronization

/// The statistics of all tables as one catalogue has them, decoded when they are first asked for.
final class StatisticsShelf: Sendable {
    private let records: [UInt32: [UInt32: [UInt8]]]
    private let decoded = Mutex<[UInt32: [UInt16: ColumnStatistics]]>([:])

    /// - Parameter records: payloads by tables' and columns' numbers.
    init(_ records: [UInt32: [UInt32: [UInt8]]] = [:]) { self.records = records }

    /// By the columns' numbers.
    func columns(of table: UInt32) -> [UInt16: ColumnStatistics] {
        guard let records = records[table] else { return [:] }
        if let known = decoded.withLock({ $0[table] }) { return known }
        var found: [UInt16: ColumnStatistics] = [:]
        for (number, record) in records {
            guard let column = UInt16(exactly: number) else { continue }
            // SAFETY: decoded during the call, and not kept.
            found[column] = record.withUnsafeBytes { ColumnStatistics($0) }
        }
        decoded.withLock { $0[table] = found }
        return found
    }
}

extension CatalogSnapshot {
    /// What is known of the columns of `table`, by position. Without what was never gathered, or
    /// is damaged.
    package func statistics(of table: TableDefinition) -> [Int: ColumnStatistics] {
        let known = shelf.columns(of: table.id)
        guard !known.isEmpty else { return [:] }
        var found: [Int: ColumnStatistics] = [:]
        for (position, column) in table.columns.enumerated() {
            found[position] = known[column.id]
        }
        return found
    }

    /// When and from what statistics of `table` were gathered last; `nil` where they never were.
    package func gathering(of table: TableDefinition) -> ColumnStatistics.Gathering? {
        shelf.columns(of: table.id).values.lazy.map(\.gathering)
            .max { $0.sequence < $1.sequence }
    }
}
