import NeedletailBitmap
package import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage

/// Holds the segments of a vector index against the rows of its table, and against themselves.
///
/// Every row with a vector is in one segment or in the tail, which is by definition what no segment
/// has; so what is looked for is rows that a segment claims and does not hold, or holds wrongly.
package struct VectorIndexCheck {
    /// Nodes whose codes are compared before the next pause.
    private static let codesAtOnce = 1 << 14

    private let reader: TableReader
    private let index: IndexDefinition
    private let library: SegmentLibrary
    private var findings: IndexFindings

    package init(_ index: IndexDefinition, _ reader: TableReader, _ library: SegmentLibrary) {
        self.index = index
        self.reader = reader
        self.library = library
        findings = IndexFindings(index)
    }

    /// What does not agree, in sentences that name the segment and the remedy.
    ///
    /// - Parameter pause: called now and then; may throw to stop.
    package mutating func run(
        pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        do throws(DatabaseError) { try checkAll(pause) } catch { try findings.note(error) }
        return findings.sentences
    }

    private mutating func checkAll(
        _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard let manifest = try reader.view.manifest(table: index.tableID, index: index.id)
        else { return }
        let build = try VectorIndexBuild(index, of: reader.table)
        let rows = try BuildRows(
            reader.view, table: reader.table, column: build.column, without: [])
        var earlier = SlotBitmap()
        var layout: CodeLayout?
        for named in manifest.segments {
            findings.place = ", segment \(SegmentLibrary.name(named.number))"
            try pause()
            guard let segment = try opened(named, pause) else {
                // Searches are to see it too, and the background to mend it.
                library.forget(manifest)
                library.callKeeper()
                continue
            }
            // One query is prepared for all segments.
            guard segment.layout.metric == build.layout.metric,
                segment.layout.dimension == build.layout.dimension,
                segment.layout == layout ?? segment.layout
            else {
                findings.note("its codes are of another kind than the index has")
                continue
            }
            layout = segment.layout
            for problem in GraphCheck.problems(of: segment.graph) { findings.note(problem) }
            findings.note(segment.slots.intersection(earlier), "are in another segment too")
            earlier.formUnion(segment.slots)
            try checkRows(of: segment, rows)
            try checkCodes(of: segment, rows, pause)
            try checkIncluded(build, of: segment, rows.slots, pause)
        }
    }

    /// The segment, if its file is whole.
    private mutating func opened(
        _ named: IndexManifest.Segment, _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> Segment? {
        let faults = try SegmentFileCheck.problems(
            library.path(named.number), named, pause: pause)
        guard faults.isEmpty else {
            for fault in faults { findings.note(fault) }
            return nil
        }
        do throws(DatabaseError) {
            return try library.segment(named, index: index.id)
        } catch {
            findings.note(error.message)
            return nil
        }
    }

    /// The rows that the graph names against the slots that the segment claims.
    private mutating func checkRows(
        of segment: Segment, _ rows: BuildRows
    ) throws(DatabaseError) {
        let memory = segment.graph
        defer { withExtendedLifetime(memory) {} }
        let view = memory.view
        let end = try reader.view.statistics(table: index.tableID).nextSlot
        var named = SlotBitmap(capacity: Int(end))
        var twice = SlotBitmap()
        for place in 0..<view.rowCount {
            let slot = view.row(place).slot
            guard slot < end else {
                findings.note("node \(view.row(place).node) names slot \(slot) of \(end)")
                continue
            }
            if !named.insert(slot) { twice.insert(slot) }
        }
        if let last = segment.slots.last, last >= end {
            findings.note("it claims slots up to \(last) of \(end)")
        }
        findings.note(twice, "are named twice")
        findings.note(named.subtracting(segment.slots), "are named and not claimed")
        let vectors = rows.slotsWithVector
        findings.note(
            segment.slots.intersection(vectors).subtracting(named),
            "with a vector are claimed and not named")
        findings.note(
            named.intersection(rows.slots).subtracting(vectors),
            "are named and have no vector")
    }

    /// The codes of live rows against their vectors.
    private mutating func checkCodes(
        of segment: Segment, _ rows: BuildRows, _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let count = segment.rowCount
        var wrong = SlotBitmap()
        for start in stride(from: 0, to: count, by: Self.codesAtOnce) {
            try pause()
            let length = min(Self.codesAtOnce, count - start)
            let parts = ScanPool.shared.map(count: length, grain: 512) { part in
                CodeComparison(segment, rows).wrongSlots(
                    among: start + part.lowerBound..<start + part.upperBound)
            }
            for slot in parts.joined() { wrong.insert(slot) }
        }
        findings.note(wrong, "have other codes than their vectors")
    }

    /// What the segment keeps of the included columns, and of keys, against the live rows.
    private mutating func checkIncluded(
        _ build: VectorIndexBuild, of segment: Segment, _ live: SlotBitmap,
        _ pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        let positions = build.included + build.keys
        guard !positions.isEmpty else { return }
        let rows = reader.rows(needed: ColumnSelection(Set(positions)))
        let slots = segment.slots.intersection(live)
        var kept: [(position: Int, values: IncludedColumn, wrong: SlotBitmap)] = []
        for position in positions {
            let column = reader.table.columns[position]
            if let values = segment.included?.column(column.id, column.type) {
                kept.append((position, values, SlotBitmap()))
            } else if build.included.contains(position) {
                findings.note("it does not keep column \"\(column.name)\"")
            }
        }
        guard let included = segment.included, !kept.isEmpty else { return }
        for (done, slot) in slots.slots.enumerated() {
            if done % Self.codesAtOnce == 0 { try pause() }
            let row = try rows.row(at: Slot(slot))
            let rank = included.place(of: slot)
            for place in kept.indices {
                let value = rank.map(kept[place].values.value)
                if value?.isIdentical(to: row[kept[place].position]) != true {
                    kept[place].wrong.insert(slot)
                }
            }
        }
        for column in kept {
            let name = reader.table.columns[column.position].name
            findings.note(column.wrong, "have another value of column \"\(name)\" than it keeps")
        }
    }
}

extension Value {
    /// Whether both are the same to the last bit: zeros have signs, and equal texts may differ.
    fileprivate func isIdentical(to other: Value) -> Bool {
        switch (self, other) {
        case (.double(let left), .double(let right)): left.bitPattern == right.bitPattern
        case (.text(let left), .text(let right)): left.utf8.elementsEqual(right.utf8)
        default: self == other
        }
    }
}

/// Encodes stored vectors again, on one thread.
private struct CodeComparison {
    private let memory: GraphMemory
    private let graph: GraphView
    private let segment: Segment
    private let rows: BuildRows

    init(_ segment: Segment, _ rows: BuildRows) {
        memory = segment.graph
        graph = memory.view
        self.segment = segment
        self.rows = rows
    }

    /// Slots of the live rows whose node has another code, or another vector, than theirs.
    func wrongSlots(among places: Range<Int>) -> [UInt32] {
        let (layout, dimension) = (segment.layout, segment.layout.dimension)
        // SAFETY: two vectors and one record, freed before this returns; nodes are looked at before
        // they index records.
        let vector = UnsafeMutablePointer<Float>.allocate(capacity: dimension)
        let other = UnsafeMutablePointer<Float>.allocate(capacity: dimension)
        let record = UnsafeMutableRawPointer.allocate(
            byteCount: layout.recordBytes, alignment: 16)
        record.initializeMemory(as: UInt8.self, repeating: 0, count: layout.recordBytes)
        defer {
            vector.deallocate()
            other.deallocate()
            record.deallocate()
        }
        return places.compactMap { place -> UInt32? in
            let (slot, node) = graph.row(place)
            guard node < graph.nodeCount, let row = rows.place(ofSlot: slot) else { return nil }
            _ = rows.read(row, into: vector)
            guard place < graph.nodeCount else {
                // Equal vectors may have codes that differ in the signs of zeros.
                guard let first = rows.place(ofSlot: graph.slot(node)) else { return nil }
                _ = rows.read(first, into: other)
                return (0..<dimension).allSatisfy { vector[$0] == other[$0] } ? nil : slot
            }
            layout.encode(vector, from: graph.center, into: record)
            record.storeBytes(of: slot, toByteOffset: WalkRecord.slot, as: UInt32.self)
            let stored = UnsafeRawBufferPointer(
                start: graph.records + node * graph.recordBytes, count: graph.recordBytes)
            let expected = UnsafeRawBufferPointer(start: record, count: graph.recordBytes)
            return stored.elementsEqual(expected) ? nil : slot
        }
    }
}
