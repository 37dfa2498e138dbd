import NeedletailCatalog
import NeedletailCore
import NeedletailStorage

/// Indexes of lists.
extension VectorIndexKeeper {
    /// Builds the lists of an index from the snapshot of `scope`, or does what they still need, and
    /// measures how many of them have to be probed.
    func buildLists(
        _ index: IndexDefinition, of table: TableDefinition, _ extent: VectorIndexBuild.Extent,
        _ scope: TransactionScope
    ) throws(DatabaseError) {
        let build = try ListIndexBuild(index, of: table, threads: threads)
        var builds = true
        if case .tail = extent {
            builds = try isUnbuilt(lists: index, of: table, scope)
        }
        let check = { (share: Double) throws(DatabaseError) in try goOn(0.8 * share) }
        if !builds {
            do throws(DatabaseError) {
                try build.lookOver(try scope.view, check: check, publish: publish)
            } catch {
                guard error.isOfSegment else { throw error }
                builds = true
            }
        }
        if builds {
            try build.run(try scope.view, check: check, publish: publish)
            engine.segments.forgetDamage(ofLists: index.id)
        }
        let newest = try engine.readScope()
        defer { newest.close() }
        try build.calibrate(
            try newest.view, always: builds,
            check: { share throws(DatabaseError) in try goOn(0.8 + 0.2 * share) },
            publish: publish)
    }

    /// Whether the lists of an index are to be built: for the first time, or because they are
    /// damaged.
    func isUnbuilt(
        lists index: IndexDefinition, of table: TableDefinition, _ scope: TransactionScope
    ) throws(DatabaseError) -> Bool {
        if engine.segments.hasDamage(ofLists: index.id) { return true }
        return try ListIndexBuild.isUnbuilt(index, of: table, try scope.view)
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
