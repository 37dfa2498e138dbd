import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner
import NeedletailStorage

/// Builds vector indexes and clears away what they leave behind.
struct VectorIndexKeeper {
    let engine: Engine
    let cancellation: Cancellation
    let lockTimeoutMilliseconds: Int
    /// Of the statement that waits for it.
    var progress: ProgressCounter?
    /// For a build, the caller's included.
    var threads = Int.max
    /// Whether a build is to end without a result, because something else is more urgent.
    var isPutOff: @Sendable () -> Bool = { false }

    /// Does what a definition that was committed still needs.
    func finish(_ kind: BoundKind) throws(DatabaseError) {
        switch kind {
        case .createIndex(let create)
        where !create.isSatisfied && create.definition.method.isOfVectors:
            try build(create.definition.name, .tail(isQuiet: true))
        case .reindex(let indexes):
            for index in indexes where index.method.isOfVectors { try build(index.name) }
        case .dropIndex, .dropTable, .truncate: try sweep()
        default: break
        }
    }

    /// Builds the index called `name` from the newest snapshot. Writers go on meanwhile.
    func build(
        _ name: String, _ extent: VectorIndexBuild.Extent = .everything
    ) throws(DatabaseError) {
        try engine.segments.oneAtATime { () throws(DatabaseError) in
            let scope = try engine.readScope()
            defer { scope.close() }
            guard let index = scope.catalog.index(named: name),
                let table = scope.catalog.table(id: index.tableID)
            else { return }
            if index.method == .ivf {
                return try engine.segments.build(index.id) { () throws(DatabaseError) in
                    try buildLists(index, of: table, extent, scope)
                }
            }
            if case .tail(let isQuiet) = extent {
                guard try isDue(index, scope, leastRows: 1, isQuiet: isQuiet) else { return }
            }
            try engine.segments.build(index.id) { () throws(DatabaseError) in
                try run(
                    VectorIndexBuild(index, of: table, threads: threads), extent, scope)
            }
        }
    }

    private func run(
        _ build: VectorIndexBuild, _ extent: VectorIndexBuild.Extent, _ scope: TransactionScope
    ) throws(DatabaseError) {
        try build.run(
            extent, try scope.view, library: engine.segments,
            check: { share throws(DatabaseError) in
                progress?.setFraction(share)
                try cancellation.check()
                guard !isPutOff() else {
                    throw DatabaseError(.queryCanceled, "the build was put off")
                }
            },
            publish: { body throws(DatabaseError) in
                try engine.writeQuietly(timeoutMilliseconds: lockTimeoutMilliseconds) {
                    scope throws(DatabaseError) in
                    guard let writer = scope.writer else { return }
                    try body(writer)
                }
            })
    }

    /// Takes in the tails that have grown long, and builds anew what is damaged. An index that
    /// fails keeps no other waiting, and rests for a while.
    ///
    /// - Parameter isQuiet: whether no commits arrive, so that there is time for more.
    /// - Returns: whether what was done leaves something for the next time.
    func foldTails(_ rests: inout BuildRests, isQuiet: Bool) throws(DatabaseError) -> Bool {
        var built: Set<String> = []
        for name in try dueIndexes(isQuiet: isQuiet) where !rests.isResting(name) {
            try cancellation.check()
            do throws(DatabaseError) {
                try build(name, .tail(isQuiet: isQuiet))
                rests.succeeded(name)
                built.insert(name)
            } catch {
                guard !isPutOff() else { return true }
                rests.failed(name)
            }
        }
        guard !built.isEmpty else { return false }
        return try dueIndexes(isQuiet: isQuiet).contains(where: built.contains)
    }

    /// Indexes that there is something to do for.
    private func dueIndexes(isQuiet: Bool) throws(DatabaseError) -> [String] {
        let scope = try engine.readScope()
        defer { scope.close() }
        var names: [String] = []
        for table in scope.catalog.tables {
            for index in scope.catalog.indexes(of: table) where index.method.isOfVectors {
                // What cannot be looked at is told by the build.
                let least = Limits.graphTailRowsMax
                if (try? isDue(index, scope, leastRows: least, isQuiet: isQuiet)) ?? true {
                    names.append(index.name)
                }
            }
        }
        return names
    }

    /// Whether `index` was never built though its table has `leastRows` rows, or has a tail and
    /// segments that something is to be done with.
    private func isDue(
        _ index: IndexDefinition, _ scope: TransactionScope, leastRows: Int, isQuiet: Bool
    ) throws(DatabaseError) -> Bool {
        if index.method == .ivf, let table = scope.catalog.table(id: index.tableID) {
            if try isUnbuilt(lists: index, of: table, scope) { return true }
            return isQuiet ? try ListIndexBuild.isDue(index, of: table, try scope.view) : false
        }
        guard let state = try engine.segments.usableState(of: index, try scope.view)
        else {
            guard let table = scope.catalog.table(id: index.tableID) else { return false }
            return try scope.reader(table).rowCount() >= leastRows
        }
        return state.step(isQuiet: isQuiet) != nil
    }

    /// Removes segments that no manifest names.
    func sweep() throws(DatabaseError) {
        var scope: TransactionScope?
        defer { scope?.close() }
        try engine.segments.sweep { () throws(DatabaseError) in
            let newest = try engine.readScope()
            scope = newest
            return try newest.view
        }
    }
}
