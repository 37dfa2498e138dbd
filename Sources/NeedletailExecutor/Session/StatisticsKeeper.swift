import NeedletailCatalog
import NeedletailCore
import NeedletailStorage
import Synchronization

/// Gathers the statistics of tables anew once more than a tenth of their rows changed.
///
/// Belongs to the thread that looks after vector indexes; others only ask whether it is due.
final class StatisticsKeeper: Sendable {
    private struct State {
        /// The last commit that was looked at.
        var sequence: UInt64?
        var tables: [UInt32: Changes] = [:]
        var rests = BuildRests()
    }

    private struct Changes {
        /// The commit that the newest statistics show.
        var gathered: UInt64?
        /// Rows inserted, deleted and updated since.
        var count = 0
    }

    private let state = Mutex(State())
    /// Rows that had been changed at the last look.
    private let looked = Atomic<Int>(0)

    /// Whether so many rows were changed since the last look that one may be worth it.
    func isDue(rowsChanged: Int) -> Bool {
        rowsChanged - looked.load(ordering: .relaxed) >= Limits.statisticsChangesMin
    }

    /// Looks which tables changed much, and gathers their statistics. A table that fails keeps no
    /// other waiting, and rests for a while; plans do without.
    func refresh(_ engine: Engine, _ cancellation: Cancellation) {
        let rowsChanged = engine.store.rowsChanged
        guard isDue(rowsChanged: rowsChanged) else { return }
        looked.store(rowsChanged, ordering: .relaxed)
        var state = state.withLock { $0 }
        defer { self.state.withLock { $0 = state } }
        guard let due = try? Self.tablesDue(&state, engine) else { return }
        for table in due where !state.rests.isResting(table.name) {
            guard !cancellation.isStopped else { return }
            do throws(DatabaseError) {
                try StatisticsRun(cancellation: cancellation).gather(
                    table, in: engine,
                    lockTimeoutMilliseconds: Limits.lockTimeoutMillisecondsDefault)
                state.rests.succeeded(table.name)
            } catch {
                state.rests.failed(table.name)
            }
        }
    }

    private static func tablesDue(
        _ state: inout State, _ engine: Engine
    ) throws(DatabaseError) -> [TableDefinition] {
        let scope = try engine.readScope()
        defer { scope.close() }
        try count(&state, scope)
        var due: [TableDefinition] = []
        for table in scope.catalog.tables {
            let rows = try scope.reader(table).rowCount()
            let changes = state.tables[table.id] ?? Changes()
            let changed = changes.gathered == nil ? rows : changes.count
            if changed >= max(Limits.statisticsChangesMin, rows / 10 + 1) { due.append(table) }
        }
        return due
    }

    /// Adds what commits changed since the last look.
    private static func count(
        _ state: inout State, _ scope: TransactionScope
    ) throws(DatabaseError) {
        var tables: [UInt32: Changes] = [:]
        var since = state.sequence ?? .max
        for table in scope.catalog.tables {
            let gathered = scope.catalog.gathering(of: table)?.sequence
            let known = state.tables[table.id]
            if let known, known.gathered == gathered {
                tables[table.id] = known
            } else {
                // Gathered since, or never looked at before.
                tables[table.id] = Changes(gathered: gathered)
                since = min(since, gathered ?? .max)
            }
        }
        let newest = try scope.commitSequence()
        let counted = state.sequence ?? 0
        state.sequence = newest
        defer { state.tables = tables }
        guard since < newest else { return }
        guard let commits = try scope.view.changes(since: since) else {
            // Nobody knows any more.
            for id in tables.keys { tables[id]?.count = .max }
            return
        }
        for commit in commits {
            for group in commit.changes.groups {
                guard let changes = tables[group.table] else { continue }
                let isCounted =
                    commit.sequence <= counted
                    && state.tables[group.table]?.gathered == changes.gathered
                guard !isCounted, commit.sequence > changes.gathered ?? 0 else { continue }
                let slots = group.ranges.reduce(0) { $0 + $1.count }
                let isDropped = group.operation == .dropped
                tables[group.table]?.count =
                    isDropped ? .max : changes.count.addedClamped(slots)
            }
        }
    }
}

/// One gathering of statistics.
struct StatisticsRun {
    let cancellation: Cancellation
    /// Of the statement that waits for it.
    var progress: ProgressCounter?
    /// Of its progress, what comes before this table, and what it is.
    var share: (done: Double, ofAll: Double) = (0, 1)

    /// Reads a sample of `table` in a snapshot of its own, so that writers go on, and stores what
    /// it says by one small transaction. A table that is gone by then is left alone.
    func gather(
        _ table: TableDefinition, in engine: Engine, lockTimeoutMilliseconds: Int
    ) throws(DatabaseError) {
        let scope = try engine.readScope()
        defer { scope.close() }
        guard scope.catalog.table(id: table.id) == table else { return }
        let columns = try statistics(of: table, scope)
        scope.close()
        try engine.writeQuietly(timeoutMilliseconds: lockTimeoutMilliseconds) {
            scope throws(DatabaseError) in
            guard scope.catalog.table(id: table.id) == table else { return }
            try store(columns, of: table, scope)
        }
    }

    /// The same inside of a transaction that writes, whose own changes are part of it.
    func gather(_ table: TableDefinition, in scope: TransactionScope) throws(DatabaseError) {
        try store(try statistics(of: table, scope), of: table, scope)
    }

    private func statistics(
        of table: TableDefinition, _ scope: TransactionScope
    ) throws(DatabaseError) -> [UInt16: ColumnStatistics] {
        let gathering = StatisticsGathering(
            try scope.reader(table), indexes: scope.catalog.indexes(of: table))
        let columns = try gathering.run(at: WallClock.now) { done, total throws(DatabaseError) in
            let part = total > 0 ? Double(done) / Double(total) : 1
            progress?.setFraction(share.done + share.ofAll * part)
            try cancellation.check()
        }
        progress?.setFraction(share.done + share.ofAll)
        return columns
    }

    private func store(
        _ columns: [UInt16: ColumnStatistics], of table: TableDefinition,
        _ scope: TransactionScope
    ) throws(DatabaseError) {
        try scope.define { writer throws(DatabaseError) in
            try writer.putStatistics(of: table, columns)
        }
    }
}
