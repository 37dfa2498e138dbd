package import NeedletailCore
import NeedletailStorage

extension TableReader {
    /// Slots that commits after `sequence` changed; `nil` where nobody knows any more.
    package func slotsChanged(since sequence: UInt64) throws(DatabaseError) -> Set<UInt32>? {
        guard let commits = try view.changes(since: sequence) else { return nil }
        var slots: Set<UInt32> = []
        for group in commits.lazy.flatMap(\.changes.groups) where group.table == table.id {
            guard group.operation != .dropped else { return nil }
            for range in group.ranges { slots.formUnion(range) }
        }
        return slots
    }
}
