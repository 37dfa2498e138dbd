package import NeedletailCore

extension Plan {
    /// The table whose rows are counted, where that is all the plan does: how many they are is
    /// stored, and none has to be read.
    package var countedTable: TableDefinition? {
        guard case .aggregate(.tableScan(let scan), let grouping) = self, scan.filter == nil,
            grouping.keys.isEmpty, !grouping.aggregates.isEmpty,
            grouping.aggregates.allSatisfy({
                $0.function == .countRows && $0.filter == nil && !$0.isDistinct
            })
        else { return nil }
        switch scan.access {
        case .slots, .primaryKeyOrder: return scan.table
        case .primaryKey, .index: return nil
        }
    }
}
