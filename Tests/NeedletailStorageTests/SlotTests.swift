import NeedletailBitmap
import NeedletailCore
import NeedletailStorage
import Testing

@Suite struct SlotTests {
    /// Inserts `count` rows and returns their slots.
    private func insert(_ count: Int, _ writer: StorageWriter) throws(DatabaseError) -> [UInt32] {
        var slots: [UInt32] = []
        for range in try writer.allocateSlots(table: 1, count: count) {
            for slot in range {
                try writer.putRow(table: 1, slot: Slot(slot), schemaVersion: 1, [.int(1)])
                try writer.markLive(table: 1, slot: Slot(slot))
                slots.append(slot)
            }
        }
        return slots
    }

    private func remove(
        _ slots: some Sequence<UInt32>, _ writer: StorageWriter
    )
        throws(DatabaseError)
    {
        for slot in slots {
            try writer.deleteRow(table: 1, slot: Slot(slot))
            try writer.markDead(table: 1, slot: Slot(slot))
        }
    }

    @Test func freedSlotsAreReusedByALaterTransactionOnly() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let first = try store.beginWrite()
        #expect(try insert(10, first.writer) == Array(0..<10))
        try remove([2, 3, 7], first.writer)
        #expect(try insert(1, first.writer) == [10])
        try first.commit()
        let second = try store.beginWrite()
        try remove([0], second.writer)
        let reused = try insert(4, second.writer)
        #expect(Set(reused) == [2, 3, 7, 11])
        try second.commit()
        let third = try store.beginWrite()
        #expect(try insert(2, third.writer) == [0, 12])
        try third.commit()
        let view = try store.beginRead().view
        #expect(try view.statistics(table: 1).nextSlot == 13)
        #expect(try view.statistics(table: 1).freeSlots == 0)
        #expect(try view.liveSlots(table: 1) == SlotBitmap(range: 0..<13))
        #expect(try StorageCheck.run(store) == [])
    }

    @Test func aManifestHoldsSlotsBackUntilItCoversTheirDeletion() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        func manifest(_ covered: UInt64) -> IndexManifest {
            IndexManifest(index: 5, coveredSequence: covered, tailStart: Slot(0), segments: [])
        }
        let first = try store.beginWrite()
        _ = try insert(5, first.writer)
        try first.writer.putManifest(table: 1, manifest(1))
        let inserted = try first.commit()
        let second = try store.beginWrite()
        try remove([1], second.writer)
        let deleted = try second.commit()
        #expect(deleted == inserted + 1)
        let third = try store.beginWrite()
        #expect(try insert(1, third.writer) == [5])
        try third.writer.putManifest(table: 1, manifest(deleted))
        try third.commit()
        let fourth = try store.beginWrite()
        #expect(try insert(1, fourth.writer) == [6])
        try fourth.writer.putManifest(table: 1, manifest(deleted + 1))
        try fourth.commit()
        let fifth = try store.beginWrite()
        #expect(try insert(1, fifth.writer) == [1])
        #expect(try fifth.view.reuseHorizon(table: 1) == deleted + 1)
    }

    @Test(arguments: [1, 2, 3] as [UInt64])
    func slotsBehaveLikeSets(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let scratch = Scratch()
        let store = try scratch.open()
        var live: Set<UInt32> = []
        for round in 0..<40 {
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            var next = live
            let doomed = next.filter { _ in Int.random(in: 0..<4, using: &random) == 0 }
            try remove(doomed, writer)
            next.subtract(doomed)
            if Bool.random(using: &random) { try writer.flush() }
            let count = Int.random(in: 0..<600, using: &random)
            let isUndone = Int.random(in: 0..<4, using: &random) == 0
            if isUndone { try writer.beginSavepoint() }
            let fresh = try insert(count, writer)
            #expect(fresh.count == count)
            #expect(next.isDisjoint(with: fresh), "seed \(seed)")
            #expect(doomed.isDisjoint(with: fresh), "seed \(seed)")
            if isUndone { writer.rollbackToSavepoint() } else { next.formUnion(fresh) }
            if Int.random(in: 0..<4, using: &random) > 0 {
                try transaction.commit()
                live = next
            } else {
                transaction.rollback()
            }
            let view = try store.beginRead().view
            #expect(try view.liveSlots(table: 1) == SlotBitmap(live), "seed \(seed), \(round)")
        }
        #expect(try StorageCheck.run(store) == [])
        let view = try store.beginRead().view
        let rows = try RecordCursor(view, table: 1)
        var scanned: [UInt32] = []
        while let record = try rows.next() { scanned.append(record.slot.rawValue) }
        #expect(scanned == live.sorted())
        let part = try RecordCursor(view, table: 1, slots: 100..<300)
        var count = 0
        while try part.next() != nil { count += 1 }
        #expect(count == live.filter { (100..<300).contains($0) }.count)
    }

    @Test func aVanishedRowIsReportedByAScan() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        for lost in [0, 5, 9] as [UInt32] {
            let transaction = try store.beginWrite()
            let writer = transaction.writer
            if lost == 0 { _ = try insert(10, writer) }
            try writer.beginSavepoint()
            try writer.deleteRow(table: 1, slot: Slot(lost))
            let view = try writer.view
            let outcome = code {
                let rows = try RecordCursor(view, table: 1)
                while try rows.next() != nil {}
            }
            #expect(outcome == .dataCorrupted)
            writer.rollbackToSavepoint()
            try transaction.commit()
        }
        let transaction = try store.beginWrite()
        try transaction.writer.putRow(table: 1, slot: Slot(50), schemaVersion: 1, [.int(1)])
        let view = try transaction.view
        let outcome = code {
            let rows = try RecordCursor(view, table: 1)
            while try rows.next() != nil {}
        }
        #expect(outcome == .dataCorrupted)
    }

    @Test func markingTwiceIsRefused() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let transaction = try store.beginWrite()
        let slot = try transaction.writer.allocateSlot(table: 1)
        try transaction.writer.markLive(table: 1, slot: slot)
        #expect(code { try transaction.writer.markLive(table: 1, slot: slot) } == .dataCorrupted)
        #expect(try transaction.view.isLive(table: 1, slot: slot))
        try transaction.writer.markDead(table: 1, slot: slot)
        #expect(code { try transaction.writer.markDead(table: 1, slot: slot) } == .dataCorrupted)
        #expect(try !transaction.view.isLive(table: 1, slot: slot))
    }

    @Test func everyCommitLeavesItsChangesInTheLog() throws {
        let scratch = Scratch()
        let store = try scratch.open()
        let first = try store.beginWrite()
        _ = try insert(100, first.writer)
        let one = try first.commit()
        let second = try store.beginWrite()
        try remove([3, 4, 90], second.writer)
        second.writer.logUpdate(table: 1, slot: Slot(8))
        let two = try second.commit()
        let view = try store.beginRead().view
        let changes = try #require(try view.changes(since: 0))
        #expect(changes.map(\.sequence) == [one, two])
        #expect(
            changes[0].changes.groups == [.init(table: 1, operation: .inserted, ranges: [0..<100])])
        #expect(
            changes[1].changes.groups == [
                .init(table: 1, operation: .deleted, ranges: [3..<5, 90..<91]),
                .init(table: 1, operation: .updated, ranges: [8..<9]),
            ])
        #expect(try view.changes(since: one)?.count == 1)
        #expect(try view.changes(since: two)?.count == 0)
        #expect(try view.changes(since: 0, limit: 1)?.map(\.sequence) == [one])
        let third = try store.beginWrite()
        try third.writer.deleteTable(1)
        let three = try third.commit()
        let dropped = try #require(try store.beginRead().view.changes(since: two))
        #expect(
            dropped == [
                LoggedChange(
                    sequence: three,
                    changes: ChangeSet(
                        groups: [.init(table: 1, operation: .dropped, ranges: [])]))
            ])
        #expect(try StorageCheck.run(store) == [])
    }

    @Test func theLogIsPrunedWithoutLosingWhatItPromises() {
        #expect(ChangeLog.oldestKept(at: 64) == nil)
        #expect(ChangeLog.oldestKept(at: ChangeLog.commitsKept) == nil)
        #expect(ChangeLog.oldestKept(at: ChangeLog.commitsKept + 1) == nil)
        // After this commit, everything since commit 64 can be asked for: commits 65 and later.
        #expect(ChangeLog.oldestKept(at: ChangeLog.commitsKept + 64) == 65)
    }

    @Test(arguments: [1, 2] as [UInt64])
    func manifestsAndChangesReadBackOrAreRefused(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        for _ in 0..<300 {
            let manifest = IndexManifest(
                index: .random(in: 0 ... .max, using: &random),
                coveredSequence: .random(in: 0 ... .max, using: &random),
                tailStart: Slot(.random(in: 0 ... .max, using: &random)),
                segments: (0..<Int.random(in: 0..<6, using: &random)).map { _ in
                    .init(
                        number: .random(in: 0 ... .max, using: &random),
                        rowCount: .random(in: 0 ... .max, using: &random),
                        chunkChecksums: (0..<Int.random(in: 0..<9, using: &random)).map { _ in
                            .random(in: 0 ... .max, using: &random)
                        })
                })
            var bytes = manifest.encoded
            #expect(bytes.withUnsafeBytes { IndexManifest($0) } == manifest)
            bytes.removeLast()
            #expect(bytes.withUnsafeBytes { IndexManifest($0) } == nil)
            let noise = (0..<40).map { _ in UInt8.random(in: 0...255, using: &random) }
            _ = noise.withUnsafeBytes { IndexManifest($0) }
            if let changes = noise.withUnsafeBytes({ ChangeSet($0) }) {
                #expect(changes.encoded.withUnsafeBytes { ChangeSet($0) } == changes)
            }
        }
    }
}
