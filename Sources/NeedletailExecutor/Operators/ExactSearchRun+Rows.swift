import NeedletailBitmap
import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailKernels
import NeedletailStorage

/// Comparing some rows by their stored vectors.
extension ExactSearchRun {
    /// Rows whose vectors are asked for from the disk before the first is compared.
    private static let rowsAhead = 1_024

    /// The slots that an index leaves, or `nil` where they are so many that reading all vectors in
    /// order is cheaper.
    private func slots(
        by access: CompiledAccess, atMost most: Int
    ) throws(DatabaseError) -> [Slot]? {
        guard let cursor = try SlotSource(access, reader: reader, run) else {
            return nil
        }
        var slots: [Slot] = []
        while let slot = try cursor.next() {
            guard slots.count < most else { return nil }
            slots.append(slot)
        }
        return slots.sorted()
    }

    /// Rows beyond which those that an index leaves are not compared by themselves.
    static func narrowedMost(of rowCount: Int) -> Int { max(1_024, rowCount / 8) }

    /// The nearest of the rows that an index leaves, where they are few.
    func narrowed(_ question: Question) throws(DatabaseError) -> TopK? {
        guard let narrowing = search.narrowing,
            let slots = try slots(
                by: narrowing, atMost: Self.narrowedMost(of: try reader.rowCount()))
        else { return nil }
        var top = TopK(k: question.k)
        try offer(budget?.spend(on: slots) ?? slots[...], to: &top, question)
        return top
    }

    /// Offers rows that pass the filter.
    ///
    /// - Parameter areAccepted: whether that is known of all of them.
    func offer(
        _ slots: some Sequence<Slot>, to top: inout TopK, _ question: Question,
        areAccepted: Bool = false
    ) throws(DatabaseError) {
        let column = try reader.vectorColumn(search.column).remembering()
        guard column.readsAhead else {
            return try offer(slots, column, to: &top, question, areAccepted: areAccepted)
        }
        var rest = Array(slots)[...]
        while !rest.isEmpty {
            let some = rest.prefix(Self.rowsAhead)
            rest = rest.dropFirst(Self.rowsAhead)
            try column.readAhead(some)
            try offer(some, column, to: &top, question, areAccepted: areAccepted)
        }
    }

    private func offer(
        _ slots: some Sequence<Slot>, _ column: VectorColumn, to top: inout TopK,
        _ question: Question, areAccepted: Bool
    ) throws(DatabaseError) {
        let memory = question.memory
        // Vectors lie anywhere: all of a batch are on their way before the first is compared.
        var count = 0
        for (position, slot) in slots.enumerated() {
            if position % 256 == 0 {
                try run.cancellation.check()
                if let budget, position > 0, budget.isLate { break }
            }
            // Cheaper than a distance, where it needs no row.
            let known = areAccepted ? true : try included?.accepts(slot)
            if known == false { continue }
            guard let vector = try column.vector(slot) else { continue }
            question.kernel.prefetch(rowAt: vector)
            run.counters.pages?.add(vector, count: column.layout.stride)
            (memory.slots[count], memory.vectors[count]) = (slot.rawValue, vector)
            memory.isAccepted[count] = known == true
            count += 1
            if count == SearchMemory.batchMax {
                try offer(batch: count, to: &top, question)
                column.touched(rows: count)
                count = 0
            }
        }
        try offer(batch: count, to: &top, question)
        column.touched(rows: count)
    }

    /// Offers the first `count` rows of the memory in their order.
    private func offer(
        batch count: Int, to top: inout TopK, _ question: Question
    ) throws(DatabaseError) {
        let batch = question.memory
        question.kernel.distances(
            question.query, toRowsAt: batch.vectors, count: count, into: batch.distances)
        run.counters.work.distances += count
        if accepts == nil { run.counters.work.visited += count }
        for place in 0..<count where batch.distances[place] <= top.threshold {
            let isAccepted = batch.isAccepted[place]
            if !isAccepted, let accepts, try !accepts(Slot(batch.slots[place])) { continue }
            top.offer(batch.distances[place], slot: batch.slots[place])
        }
    }
}
