package import NeedletailCore
import NeedletailIndex
import NeedletailStorage
import Synchronization

/// Codes of tails, kept from commit to commit.
extension SegmentLibrary {
    /// The newest codes of one index's tail.
    struct KeptTail {
        var sequence: UInt64
        var codes: TailCodes?
        /// Whether a search has asked for them.
        var isUsed: Bool
    }

    /// Codes of the tail of `state`; `nil` where its rows are to be compared by their vectors.
    ///
    /// - Parameter column: the indexed one.
    package func tailCodes(
        of state: VectorIndexState, _ reader: TableReader, column: Int
    ) throws(DatabaseError) -> TailCodes? {
        // Short tails are compared as fast as they are encoded; a writer's own is not kept.
        guard state.sequence > 0, state.tail.count > 64 else { return nil }
        if let known = kept(state) { return known.codes }
        let result = encoding.withLock { _ -> Result<TailCodes?, DatabaseError> in
            do throws(DatabaseError) {
                if let known = kept(state) { return .success(known.codes) }
                return .success(try encode(state, reader, column))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    /// Whether a search has asked for codes since they were last prepared.
    package var hasTailsInUse: Bool { tails.withLock { $0.values.contains(where: \.isUsed) } }

    /// Encodes what the newest commits brought, where searches ask for it: they need not wait then.
    package func prepareTail(
        of index: IndexDefinition, _ reader: TableReader, column: Int
    ) throws(DatabaseError) {
        let isUsed = tails.withLock { tails in
            defer { tails[index.id]?.isUsed = false }
            return tails[index.id]?.isUsed == true
        }
        guard isUsed, let state = try state(of: index, reader.view, isShared: true) else { return }
        let codes = try tailCodes(of: state, reader, column: column)
        let better = try codes?.withOneBitCodes(state.tail, reader, column: column)
        tails.withLock { tails in
            tails[index.id]?.isUsed = false
            // Where a commit has come meanwhile, the next turn makes them.
            guard let better, tails[index.id]?.sequence == state.sequence else { return }
            tails[index.id]?.codes = better
        }
    }

    private func kept(_ state: VectorIndexState) -> KeptTail? {
        tails.withLock { tails in
            guard let known = tails[state.index], known.sequence >= state.sequence else {
                return nil
            }
            tails[state.index]?.isUsed = true
            // A snapshot older than the codes: too rare to keep codes for.
            return known.sequence == state.sequence
                ? known : KeptTail(sequence: state.sequence, codes: nil, isUsed: true)
        }
    }

    private func encode(
        _ state: VectorIndexState, _ reader: TableReader, _ column: Int
    ) throws(DatabaseError) -> TailCodes? {
        let old = tails.withLock { $0[state.index] }
        let changed = try old.flatMap { old throws(DatabaseError) in
            try reader.slotsChanged(since: old.sequence)
        }
        let codes = try TailCodes(
            of: state, reader, column: column, old: old?.codes, changed: changed)
        tails.withLock {
            $0[state.index] = KeptTail(sequence: state.sequence, codes: codes, isUsed: true)
        }
        return codes
    }
}
