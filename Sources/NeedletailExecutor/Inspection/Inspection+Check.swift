import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// `CHECK`: every record against what must agree with it.
extension Inspection {
    /// One row for each finding; none where everything agrees.
    ///
    /// Without a table the whole store is read: checksums, live bitmaps, free slots, counts. With
    /// one or without, rows are held against keys, index entries and vectors, both ways.
    func check(_ only: TableDefinition?) throws(DatabaseError) -> [[Value]] {
        var findings: [[Value]] = []
        if only == nil {
            let cancellation = cancellation
            for finding in try StorageCheck.run(
                store, progress: { _, _ in !cancellation.isStopped })
            {
                findings.append([.text("store"), .text(finding.message)])
            }
            try cancellation.check()
        }
        for table in scope.catalog.tables where only == nil || only?.id == table.id {
            let check = TableCheck(
                try scope.reader(table), indexes: scope.catalog.indexes(of: table))
            let messages = try check.run { () throws(DatabaseError) in try cancellation.check() }
            findings += messages.map { [.text(table.name), .text($0)] }
        }
        return findings
    }
}
