package import NeedletailCore

extension Plan {
    /// The table whose rows are counted, where that is all the plan does: how many they are is
    /// stored, and none has to be read.
    package var countedTable: TableDefinition? {
        guard case .aggregate(.tableScan(let scan), let grouping) = self, scan.filter == nil,
            grouping.onlyCounts
        else { return nil }
        switch scan.access {
        case .slots, .primaryKeyOrder: return scan.table
        case .primaryKey, .index: return nil
        }
    }

    /// The scan whose rows are counted by the set of their slots, where that is all the plan does.
    package var countedScan: TableScan? {
        guard case .aggregate(.tableScan(let scan), let grouping) = self, scan.counted != nil,
            grouping.onlyCounts
        else { return nil }
        return scan
    }
}

extension BoundGrouping {
    /// Whether nothing but the number of all rows is asked for.
    var onlyCounts: Bool {
        keys.isEmpty && !aggregates.isEmpty
            && aggregates.allSatisfy {
                $0.function == .countRows && $0.filter == nil && !$0.isDistinct
            }
    }
}
