package import NeedletailKernels

/// Records of rows that are in no graph, compared one after the other. Immutable.
package final class CodeList: @unchecked Sendable {
    // SAFETY: written to by `init` alone, and freed by `deinit`.
    package let layout: CodeLayout
    /// What it was made for, ascending: those without a vector among them.
    package let covered: [UInt32]
    /// The rows that have a record, in the order of the records.
    package let slots: [UInt32]
    private let records: UnsafeMutablePointer<UInt8>
    /// The most that a record has lost, and the greatest length of a vector.
    private let residualMax: Float
    private let lengthMax: Float

    /// Records of the vectors that `read` writes for `covered`; it returns `false` where there is
    /// none.
    ///
    /// - Parameter old: a list whose records are copied where `isKept` says that the vector is the
    ///   same.
    package init<Failure: Error>(
        _ layout: CodeLayout, of covered: [UInt32], from old: CodeList? = nil,
        where isKept: (UInt32) -> Bool = { _ in false },
        read: (UInt32, UnsafeMutablePointer<Float>) throws(Failure) -> Bool
    ) throws(Failure) {
        let bytes = layout.recordBytes
        // SAFETY: a record for each of `covered`, a vector; the latter and, on failure, the former
        // are freed here.
        let records = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, covered.count) * bytes, alignment: 64
        ).bindMemory(to: UInt8.self, capacity: max(1, covered.count) * bytes)
        records.initialize(repeating: 0, count: max(1, covered.count) * bytes)
        let vector = UnsafeMutablePointer<Float>.allocate(capacity: layout.dimension)
        defer { vector.deallocate() }
        var slots: [UInt32] = []
        var (residualMax, lengthMax): (Float, Float) = (0, old?.lengthMax ?? 0)
        var place = 0
        do throws(Failure) {
            for slot in covered {
                let record = UnsafeMutableRawPointer(records + slots.count * bytes)
                if let old {
                    while place < old.slots.count, old.slots[place] < slot { place += 1 }
                }
                if let old, place < old.slots.count, old.slots[place] == slot, isKept(slot) {
                    record.copyMemory(from: old.records + place * bytes, byteCount: bytes)
                } else {
                    guard try read(slot, vector) else { continue }
                    layout.encode(vector, into: record)
                    lengthMax = max(lengthMax, Self.length(vector, layout.dimension))
                }
                residualMax = max(
                    residualMax, record.load(fromByteOffset: WalkRecord.residual, as: Float.self))
                slots.append(slot)
            }
        } catch {
            records.deallocate()
            throw error
        }
        self.layout = layout
        self.covered = covered
        self.slots = slots
        self.records = records
        self.residualMax = residualMax
        self.lengthMax = lengthMax
    }

    private static func length(_ vector: UnsafePointer<Float>, _ dimension: Int) -> Float {
        var squares = 0.0
        for place in 0..<dimension { squares += Double(vector[place]) * Double(vector[place]) }
        return Float(squares.squareRoot())
    }

    deinit { records.deallocate() }

    /// The rows of `lists` that may be among the `k` nearest to `query`: none is missing, whatever
    /// their codes have lost. All have the layout of the query, of integers or bits.
    package static func nearest(
        _ lists: [CodeList], to query: WalkQuery, k: Int
    ) -> [UInt32] {
        let count = lists.reduce(0) { $0 + $1.slots.count }
        guard count > 2 * k, k > 0 else { return lists.flatMap(\.slots) }
        let distances = [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            // SAFETY: the lists fill as many places as they have records.
            guard let base = buffer.baseAddress else { return }
            for list in lists {
                list.score(query, into: base + filled)
                filled += list.slots.count
            }
        }
        var best = [Float](repeating: .infinity, count: k)
        for distance in distances where distance < best[k - 1] {
            var place = k - 1
            while place > 0, best[place - 1] > distance {
                best[place] = best[place - 1]
                place -= 1
            }
            best[place] = distance
        }
        let error = query.greatestError(
            residual: lists.reduce(0) { max($0, $1.residualMax) },
            length: lists.reduce(0) { max($0, $1.lengthMax) })
        let limit = best[k - 1] + 2 * error
        var found: [UInt32] = []
        var place = 0
        for list in lists {
            for slot in list.slots {
                // A distance that is no number says nothing.
                if !(distances[place] > limit) { found.append(slot) }
                place += 1
            }
        }
        return found
    }

    private static let inOrder = [UInt32](0..<1_024)

    private func score(_ query: WalkQuery, into distances: UnsafeMutablePointer<Float>) {
        Self.inOrder.withUnsafeBufferPointer { order in
            // SAFETY: every number in `order` below the count of a turn is a record's.
            guard let nodes = order.baseAddress else { return }
            var first = 0
            while first < slots.count {
                let count = min(order.count, slots.count - first)
                walkScore(
                    query.raw, base: records + first * layout.recordBytes, nodes: nodes,
                    count: count, into: distances + first)
                first += count
            }
        }
    }
}
