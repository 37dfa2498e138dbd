import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// `CHECK`: every record against what must agree with it.
extension Inspection {
    /// One row for each finding; none where everything agrees.
    ///
    /// Without a table the whole store is read: checksums, live bitmaps, free slots, counts. With
    /// one or without, rows are held against keys, index entries and vectors, both ways, and
    /// against the segments of vector indexes.
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
            let reader = try scope.reader(table)
            let indexes = scope.catalog.indexes(of: table)
            let pause = { () throws(DatabaseError) in try cancellation.check() }
            var messages = try TableCheck(reader, indexes: indexes).run(pause: pause)
            messages += try StatisticsCheck(reader).run()
            for index in indexes where index.method == .ivf {
                try scope.writer?.flushAll()
                var check = ListCheck(index, reader, segments)
                messages += try check.run(pause: pause)
            }
            for index in indexes where index.method == .hnsw {
                var check = VectorIndexCheck(index, reader, segments)
                messages += try check.run(pause: pause)
            }
            findings += messages.map { [.text(table.name), .text($0)] }
        }
        return findings
    }
}
