import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// Indexes of lists.
extension VectorIndexKeeper {
    /// Builds the lists of an index from the snapshot of `scope`, or only what they still need, and
    /// measures how many of them have to be probed.
    func buildLists(
        _ index: IndexDefinition, of table: TableDefinition, _ extent: VectorIndexBuild.Extent,
        _ scope: TransactionScope
    ) throws(DatabaseError) {
        let build = try ListIndexBuild(index, of: table, threads: threads)
        var builds = true
        if case .tail = extent {
            builds = try ListIndexBuild.isUnbuilt(index, of: table, try scope.view)
        }
        if builds {
            try build.run(
                try scope.view, check: { share throws(DatabaseError) in try goOn(0.8 * share) },
                publish: publish)
        }
        let newest = try engine.readScope()
        defer { newest.close() }
        try build.calibrate(
            try newest.view, always: builds,
            check: { share throws(DatabaseError) in try goOn(0.8 + 0.2 * share) },
            publish: publish)
    }

    private func goOn(_ share: Double) throws(DatabaseError) {
        progress?.setFraction(share)
        try cancellation.check()
        guard !isPutOff() else {
            throw DatabaseError(.queryCanceled, "the build was put off")
        }
    }

    private func publish(
        _ body: (StorageWriter) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        try engine.writeQuietly(timeoutMilliseconds: lockTimeoutMilliseconds) {
            scope throws(DatabaseError) in
            guard let writer = scope.writer else { return }
            try body(writer)
        }
    }
}
