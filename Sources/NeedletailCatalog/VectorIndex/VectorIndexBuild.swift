import NeedletailBitmap
package import NeedletailCore
import NeedletailIndex
import NeedletailKernels
package import NeedletailStorage

/// Builds the graph of a vector index from one snapshot and publishes it.
package struct VectorIndexBuild {
    private let table: TableDefinition
    private let index: IndexDefinition
    let column: Int
    /// Positions of the included columns.
    let included: [Int]
    /// Positions of the other columns of the primary key, which segments keep as they do included
    /// ones, so that an answer of keys is read from there and ties are ordered there.
    let keys: [Int]
    let layout: CodeLayout
    private let parameters: BuildParameters
    /// Text of keys, each of which is another, is kept where it takes no more than this share of
    /// what the graph does.
    private static let graphBytesForKeyTextByte = 16

    /// Errors: XX000 for a definition that no statement makes.
    ///
    /// - Parameter threads: how many work on it, the caller's included.
    package init(
        _ index: IndexDefinition, of table: TableDefinition, threads: Int = .max
    ) throws(DatabaseError) {
        guard let options = index.vector, let key = index.keys.first,
            let column = table.columns.firstIndex(where: { $0.id == key.columnID }),
            let dimension = table.columns[column].type.dimension
        else {
            throw DatabaseError(.internalError, "\"\(index.name)\" is no vector index")
        }
        let metric = WalkMetric(options.metric)
        let kind = WalkCode(options.codes, of: table.columns[column].type, by: options.metric)
        guard kind.serves(metric) else {
            throw DatabaseError(
                .internalError,
                "\"\(index.name)\" has codes that do not go with its operator class")
        }
        self.table = table
        self.index = index
        self.column = column
        included = options.include.compactMap { id in
            table.columns.firstIndex { $0.id == id }
        }
        keys = Self.keptKeys(of: table, beside: included)
        layout = CodeLayout(kind: kind, metric: metric, dimension: dimension)
        parameters = BuildParameters(
            m: options.m, efConstruction: options.efConstruction, seed: options.seed,
            threads: threads)
    }

    /// All columns of the key that are not included, or none where an array cannot hold them or
    /// the header has no room for theirs.
    private static func keptKeys(of table: TableDefinition, beside included: [Int]) -> [Int] {
        let keys = table.primaryKey.filter { !included.contains($0) }
        guard keys.allSatisfy({ IncludedColumn.Form(table.columns[$0].type) != nil }),
            3 * (included.count + keys.count) <= SegmentArray.countMax
        else { return [] }
        return keys
    }

    /// How much is built anew.
    package enum Extent: Sendable {
        /// One segment of all rows.
        case everything
        /// What ``FoldingPolicy`` says.
        case tail(isQuiet: Bool)
    }

    /// Builds and publishes. Writers go on meanwhile; what they change is in the tail.
    ///
    /// - Parameters:
    ///   - check: called now and then with the share that is done; throws to stop.
    ///   - publish: runs its argument in a write transaction.
    package func run(
        _ extent: Extent, _ view: StorageView, library: SegmentLibrary,
        check: (Double) throws(DatabaseError) -> Void,
        publish: ((StorageWriter) throws(DatabaseError) -> Void) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        guard let work = try work(extent, view, library) else { return }
        let kept = work.kept
        let sequence = try view.commitSequence()
        let rows = try BuildRows(
            view, table: table, column: column, without: kept.map(\.slots))
        try check(0)
        let made = try SegmentGraph(
            rows, base: work.base, isHurried: work.isHurried, layout, parameters,
            requireRoom: { shape throws(DatabaseError) in
                try library.makeFolder()
                try library.requireRoom(for: SegmentHeader.byteCount + shape.byteCount)
            }, check: check)
        let number = UInt64.random(in: 1...UInt64.max)
        let header = SegmentHeader(
            number: number, sequence: sequence, index: index.id, layout: layout,
            shape: made.graph.shape, slotWords: rows.slots.words.count,
            calibration: made.calibration, roughness: made.roughness)
        let segment = try write(header, made.graph, rows.slots, view, library) {
            () throws(DatabaseError) in try check(1)
        }
        var replaced: [UInt64] = []
        var snapshot: UInt64 = 0
        do throws(DatabaseError) {
            try publish { writer throws(DatabaseError) in
                replaced = try put(segment, sequence, beside: kept, writer)
                snapshot = try writer.view.snapshotNumber
            }
        } catch {
            library.retire([number], from: 0)
            throw error
        }
        library.notePublished(number, from: snapshot)
        library.retire(replaced, from: snapshot)
    }

    /// Writes the file of a segment, with the columns that it includes.
    private func write(
        _ draft: SegmentHeader, _ graph: GraphMemory, _ slots: SlotBitmap, _ view: StorageView,
        _ library: SegmentLibrary, pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> IndexManifest.Segment {
        try pause()
        var header = draft
        let start = header.arraysOffset
        let (arrays, bytes) = try IncludedColumnWriter.arrays(
            of: included, keys: keys,
            keyTextBytesMax: draft.shape.byteCount / Self.graphBytesForKeyTextByte, at: slots,
            TableReader(view: view, table: table), from: start, pause: pause)
        header.arrays = arrays
        try library.makeFolder()
        try library.requireRoom(for: header.fileBytes)
        let segment = try SegmentWriter.write(
            header, graph: graph, slots: slots, arrays: bytes, to: library.path(header.number))
        let columns =
            arrays.isEmpty
            ? nil
            : IncludedColumns(
                arrays, in: SegmentArrayMemory(copying: bytes), from: start, slots: slots)
        library.adopt(Segment(header, built: graph, slots: slots, included: columns))
        return segment
    }

    /// What is to be done.
    private struct Work {
        /// The segments that stay as they are.
        var kept: [Segment] = []
        /// The segment whose graph is used.
        var base: Segment?
        var isHurried = false
    }

    /// `nil` where nothing is.
    private func work(
        _ extent: Extent, _ view: StorageView, _ library: SegmentLibrary
    ) throws(DatabaseError) -> Work? {
        guard case .tail(let isQuiet) = extent,
            let state = try library.usableState(of: index, view)
        else { return Work() }
        guard let step = state.step(isQuiet: isQuiet) else { return nil }
        let taken = state.segments.filter { step.taken.contains($0.number) }
        let largest = taken.max { ($0.rowCount, $0.number) < ($1.rowCount, $1.number) }
        return Work(
            kept: state.segments.filter { !step.taken.contains($0.number) },
            // What was not verified is not taken over.
            base: step.isFresh ? nil : largest.flatMap { $0.settle(copies: false) ? $0 : nil },
            isHurried: step.isHurried)
    }

    /// Names the new segment and those that stay. Returns the numbers of those that go.
    private func put(
        _ segment: IndexManifest.Segment, _ sequence: UInt64, beside kept: [Segment],
        _ writer: StorageWriter
    ) throws(DatabaseError) -> [UInt64] {
        let view = try writer.view
        guard try view.sealed(.indexDefinition(table: table.id, index: index.id)) != nil,
            let old = try view.manifest(table: table.id, index: index.id)
        else {
            throw DatabaseError(
                .undefinedObject, "the index was dropped while it was built")
        }
        let numbers = Set(kept.map(\.number))
        let staying = old.segments.filter { numbers.contains($0.number) }
        // A slot that was freed after this snapshot may have been given to another row already.
        guard staying.count == numbers.count, sequence >= old.coveredSequence else {
            throw DatabaseError(
                .serializationFailure, "the index was built by somebody else meanwhile")
        }
        // A slot that an older segment names may not be given to another row.
        let covered = kept.map(\.sequence).reduce(sequence, min)
        try writer.putManifest(
            table: table.id,
            IndexManifest(
                index: index.id, coveredSequence: covered, tailStart: Slot(0),
                segments: staying + [segment]))
        return old.segments.map(\.number).filter { !numbers.contains($0) }
    }
}

extension WalkCode {
    /// What `codes` means for columns of `type`.
    fileprivate init(
        _ codes: VectorIndexOptions.Codes, of type: ValueType, by metric: Metric
    ) {
        var isBits = false
        if case .bit = type { isBits = true }
        switch codes {
        case .auto where isBits: self = .bits
        case .auto: self = metric == .l1 ? .f16 : .int8
        case .f32: self = .f32
        case .f16: self = .f16
        case .int8: self = .int8
        case .int4: self = .int4
        case .bit: self = isBits ? .bits : .signs
        }
    }
}
