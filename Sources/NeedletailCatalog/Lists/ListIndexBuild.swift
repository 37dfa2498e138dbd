import NeedletailBitmap
package import NeedletailCore
import NeedletailIndex
import NeedletailKernels
package import NeedletailStorage

/// Builds the lists of an index from one snapshot and publishes them in one transaction, which
/// takes in what others have changed meanwhile.
package struct ListIndexBuild {
    private let index: ListIndex
    private let threads: Int
    /// Lists whose entries are made before the next pause.
    private static let listsAtOnce = 256
    /// How often all lists are looked over where they have become many more.
    private static let passes = 3
    /// Entries that are looked over in one transaction.
    private static let looksAtOnce = 8_192
    /// Components of the rows that training looks at, at most.
    private static let sampleComponentsMax = 128 << 20

    /// Errors: XX000 for a definition that no statement makes.
    ///
    /// - Parameter threads: how many work on it, the caller's included.
    package init(
        _ definition: IndexDefinition, of table: TableDefinition, threads: Int = .max
    ) throws(DatabaseError) {
        index = try ListIndex(definition, of: table)
        self.threads = threads
    }

    /// Builds and publishes. Writers go on meanwhile.
    ///
    /// - Parameters:
    ///   - check: called now and then with the share that is done; throws to stop.
    ///   - publish: runs its argument in a write transaction.
    package func run(
        _ view: StorageView, check: (Double) throws(DatabaseError) -> Void,
        publish: ((StorageWriter) throws(DatabaseError) -> Void) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let sequence = try view.commitSequence()
        let built = try build(view, check)
        try publish { writer throws(DatabaseError) in
            let now = try writer.view
            let key = StorageKey.indexDefinition(table: index.table.id, index: index.id)
            guard try now.sealed(key) != nil else {
                throw DatabaseError(
                    .undefinedObject, "the index was dropped while it was built")
            }
            guard let changed = try changes(since: sequence, now) else {
                // The log is too short, or the table was emptied: nobody writes meanwhile now.
                try put(try build(now) { _ in }, writer)
                return
            }
            try put(built, writer)
            guard !changed.isEmpty, var change = try ListChange(index, writer) else { return }
            let live = try now.liveSlots(table: index.table.id)
            try change.apply(
                adding: Array(changed.intersection(live).slots), removing: Array(changed.slots))
        }
    }

    /// Measures how many lists have to be probed, where that is not known of as many lists.
    ///
    /// - Parameter always: measures in any case.
    package func calibrate(
        _ view: StorageView, always: Bool,
        check: (Double) throws(DatabaseError) -> Void,
        publish: ((StorageWriter) throws(DatabaseError) -> Void) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard let directory = try ListDirectory.read(index, view),
            always || directory.header.calibration.isStale(listCount: directory.listCount),
            let found = try ListCalibrationRun(directory, view, threads: threads).result(check)
        else { return }
        try publish { writer throws(DatabaseError) in
            guard var header = try ListDirectory.Header(of: index, try writer.view) else { return }
            header.calibration = found
            try ListDirectory.put(header, of: index, writer)
        }
    }

    /// Looks over what is due, and several times all lists where they have become many more since
    /// that was done: a part in each transaction. Errors: XX001 where a list is damaged.
    package func lookOver(
        _ view: StorageView, check: (Double) throws(DatabaseError) -> Void,
        publish: ((StorageWriter) throws(DatabaseError) -> Void) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard let header = try ListDirectory.Header(of: index, view), header.isBuilt else { return }
        let passes = header.isGrown ? Self.passes : header.due.isEmpty ? 0 : 1
        // Lists come back while rows move, so that it might go on for long.
        let rows = try view.statistics(table: index.table.id).rowCount
        let turns = 16 + 2 * rows * index.options.assign / Self.looksAtOnce
        for pass in 0..<passes {
            var (isFirst, isDue, turnsLeft) = (header.isGrown, true, turns)
            while isDue, turnsLeft > 0 {
                turnsLeft -= 1
                try check(Double(pass) / Double(passes))
                try publish { writer throws(DatabaseError) in
                    guard var change = try ListChange(index, writer) else {
                        isDue = false
                        return
                    }
                    if isFirst { change.makeAllDue() }
                    try change.apply(adding: [], removing: [], looks: Self.looksAtOnce)
                    isDue = !change.due.lists.isEmpty
                }
                isFirst = false
            }
        }
    }

    /// Whether there is something to build, to look over or to measure.
    package static func isDue(
        _ definition: IndexDefinition, of table: TableDefinition, _ view: StorageView
    ) throws(DatabaseError) -> Bool {
        let index = try ListIndex(definition, of: table)
        guard let header = try ListDirectory.Header(of: index, view) else { return true }
        return !header.isBuilt || !header.due.isEmpty || header.isGrown
            || header.calibration.isStale(listCount: header.listCount)
    }

    /// Whether the rows are in no list yet, or the lists are known to be damaged.
    package static func isUnbuilt(
        _ definition: IndexDefinition, of table: TableDefinition, _ view: StorageView
    ) throws(DatabaseError) -> Bool {
        let index = try ListIndex(definition, of: table)
        do throws(DatabaseError) {
            return try ListDirectory.Header(of: index, view)?.isBuilt != true
        } catch {
            guard error.code == .dataCorrupted else { throw error }
            return true
        }
    }

    // MARK: Building

    /// Lists in memory.
    private struct Built {
        var centroids: ListCentroids
        /// Of each list its parts.
        var lists: [[ListBuffer]]
        /// The lists of each slot.
        var places: [(slot: UInt32, lists: [UInt32])]
    }

    /// `nil` where no row has a vector.
    private func build(
        _ view: StorageView, _ check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Built? {
        try check(0)
        let rows = try BuildRows(view, table: index.table, column: index.column, without: [])
        guard rows.count > 0, let centroids = try train(rows, check) else { return nil }
        var built = Built(centroids: centroids, lists: [], places: [])
        let members = try assign(rows, &built, check)
        var first = 0
        while first < centroids.count {
            let end = min(first + Self.listsAtOnce, centroids.count)
            let start = first
            let layout = index.layout
            let partEntries = index.partEntries
            built.lists += ScanPool.shared.map(parts: end - first, threads: threads) { offset in
                Self.entries(
                    of: members[start + offset], rows, centroids.encoder(at: start + offset),
                    layout, partEntries)
            }
            first = end
            try check(0.6 + 0.4 * Double(end) / Double(centroids.count))
        }
        return built
    }

    private func train(
        _ rows: BuildRows, _ check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> ListCentroids? {
        let dimension = index.layout.dimension
        let listCount = index.listCount(rows: rows.count)
        let most = max(listCount, Self.sampleComponentsMax / dimension)
        let wanted = min(
            rows.count, most, max(listCount, ListCentroids.sampleRows(lists: listCount)))
        var sample = [Float](repeating: 0, count: wanted * dimension)
        let chosen = Self.sample(wanted, of: rows.count, seed: index.seed)
        sample.withUnsafeMutableBufferPointer { sample in
            // SAFETY: there is room for as many rows as are chosen.
            guard let base = sample.baseAddress else { return }
            for (place, row) in chosen.enumerated() {
                _ = rows.read(row, into: base + place * dimension)
            }
        }
        var failure: DatabaseError?
        let trained = try ListCentroids.train(
            index.layout, sample: sample, lists: listCount, seed: index.seed, threads: threads
        ) { share in
            do throws(DatabaseError) {
                try check(0.4 * share)
                return true
            } catch {
                failure = error
                return false
            }
        }
        if let failure { throw failure }
        guard let trained else { return nil }
        // Numbers of lists begin with 1.
        return ListCentroids(
            index.layout, ids: trained.ids.indices.map { UInt32($0) + ListDirectory.firstList },
            centroids: trained.centroids, origin: trained.origin)
    }

    /// Some of `count` rows, ascending.
    static func sample(_ wanted: Int, of count: Int, seed: UInt64) -> [Int] {
        guard wanted < count else { return Array(0..<count) }
        var random = SplitMix64(seed: seed)
        var chosen: [Int] = []
        chosen.reserveCapacity(wanted)
        for row in 0..<count where chosen.count < wanted {
            if Int.random(in: 0..<count - row, using: &random) < wanted - chosen.count {
                chosen.append(row)
            }
        }
        return chosen
    }

    /// Says which lists rows are in. Returns the rows of each list.
    private func assign(
        _ rows: BuildRows, _ built: inout Built,
        _ check: (Double) throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [[Int]] {
        let dimension = index.layout.dimension
        var members = [[Int]](repeating: [], count: built.centroids.count)
        built.places.reserveCapacity(rows.count)
        var first = 0
        while first < rows.count {
            let count = min(index.batchRows, rows.count - first)
            var slots = [UInt32](repeating: 0, count: count)
            let components = [Float](unsafeUninitializedCapacity: count * dimension) {
                // SAFETY: each row is written to its own place, and all are.
                buffer, filled in
                filled = count * dimension
                guard let base = buffer.baseAddress else { return }
                for row in 0..<count {
                    slots[row] = rows.read(first + row, into: base + row * dimension)
                }
            }
            let lists = ListAssignment.lists(
                of: components, built.centroids, index.options.assign)
            for row in 0..<count {
                built.places.append((slots[row], lists[row]))
                for list in lists[row] {
                    members[Int(list - ListDirectory.firstList)].append(first + row)
                }
            }
            first += count
            try check(0.4 + 0.2 * Double(first) / Double(rows.count))
        }
        return members
    }

    private static func entries(
        of members: [Int], _ rows: BuildRows, _ encoder: ListEncoder, _ layout: ListLayout,
        _ partEntries: Int
    ) -> [ListBuffer] {
        var vector = [Float](repeating: 0, count: layout.dimension)
        var parts: [ListBuffer] = []
        for start in stride(from: 0, to: members.count, by: partEntries) {
            var part = ListBuffer(layout)
            part.reserve(min(partEntries, members.count - start))
            for row in members[start..<min(start + partEntries, members.count)] {
                vector.withUnsafeMutableBufferPointer { vector in
                    // SAFETY: it has the dimension of the column.
                    guard let base = vector.baseAddress else { return }
                    let slot = rows.read(row, into: base)
                    part.append(slot: slot, vector: base, encoder: encoder)
                }
            }
            parts.append(part)
        }
        return parts
    }

    // MARK: Publishing

    /// The slots whose row was inserted or deleted by commits after `sequence`; `nil` where that is
    /// not known.
    private func changes(
        since sequence: UInt64, _ view: StorageView
    ) throws(DatabaseError) -> SlotBitmap? {
        guard let commits = try view.changes(since: sequence) else { return nil }
        var changed = SlotBitmap()
        for group in commits.flatMap(\.changes.groups) where group.table == index.table.id {
            switch group.operation {
            case .dropped: return nil
            case .updated: break
            case .inserted, .deleted:
                for range in group.ranges { changed.formUnion(SlotBitmap(range: range)) }
            }
        }
        return changed
    }

    private func put(_ built: Built?, _ writer: StorageWriter) throws(DatabaseError) {
        try writer.deleteIndex(index.id)
        guard let built else {
            return try ListDirectory.putEmpty(index, isBuilt: true, writer)
        }
        for (list, parts) in zip(built.centroids.ids, built.lists) {
            for (place, part) in parts.enumerated() {
                try index.put(part, part: place, of: list, writer)
            }
        }
        var map = ListMap(index, try writer.unflushedView)
        for (slot, lists) in built.places { try map.set(slot, to: lists) }
        try map.write(writer)
        let next = (built.centroids.ids.last ?? 0) + 1
        var directory = ListDirectory(
            index: index,
            header: ListDirectory.Header(
                version: ListDirectory.newVersion(), listCount: built.centroids.count,
                nextList: next, state: .built, calibration: ListCalibration()),
            centroids: built.centroids)
        let drift = try ListDrift(directory, try writer.unflushedView)
        directory.header.lookedOverCount = UInt32(directory.listCount)
        directory.header.builtSpread = Float(drift?.spread ?? 0)
        try ListDirectory.put(
            directory.header, directory.centroids, of: index, instead: nil, writer)
    }
}
