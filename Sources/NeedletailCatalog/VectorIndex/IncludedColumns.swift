import NeedletailBitmap
package import NeedletailCore

/// The included columns of a segment: what its rows have in them, without reading the rows.
///
/// **They are never stale.** A row that an `UPDATE` of an included column changes moves to another
/// slot, as one whose vector changes does (see ``TableWriter/update(_:from:to:changed:)``). So of a
/// slot that is live in a snapshot, and that a segment of this snapshot's manifest holds, the
/// values are those of the row when the segment was built, in every snapshot, transaction and
/// process that sees both; what was changed since is in the tail, where rows are read.
package final class IncludedColumns: Sendable {
    package let columns: [IncludedColumn]
    let ranks: SlotRanks
    private let memory: SegmentArrayMemory

    /// `nil` where the arrays do not fit together.
    ///
    /// - Parameters:
    ///   - memory: the file's bytes from `start` on.
    ///   - slots: those of the segment.
    init?(
        _ arrays: [SegmentArray], in memory: SegmentArrayMemory, from start: Int,
        slots: SlotBitmap
    ) {
        self.memory = memory
        ranks = SlotRanks(slots)
        // SAFETY: within the memory, which lives as long as the columns that point into it.
        func bytes(_ array: SegmentArray) -> UnsafeRawBufferPointer? {
            guard array.offset >= start, array.end - start <= memory.bytes.count else {
                return nil
            }
            return UnsafeRawBufferPointer(
                rebasing: memory.bytes[array.offset - start..<array.end - start])
        }
        var columns: [IncludedColumn] = []
        for values in arrays where values.kind == .values {
            func other(_ kind: SegmentArray.Kind) -> SegmentArray? {
                arrays.first { $0.kind == kind && $0.column == values.column }
            }
            guard
                let column = IncludedColumn(
                    values, nulls: other(.nulls), texts: other(.texts), count: ranks.count,
                    bytes: bytes)
            else { return nil }
            columns.append(column)
        }
        self.columns = columns
    }

    /// Where the values of `slot` are; `nil` where the segment does not hold it.
    package func place(of slot: UInt32) -> Int? { ranks.rank(of: slot) }

    /// The value of one row in a column; `nil` where the segment does not keep the column.
    ///
    /// - Parameter place: as ``place(of:)`` says.
    package func value(of column: KeptColumn, at place: Int) -> Value? {
        // In place: a copy of a column counts references.
        columns.withUnsafeBufferPointer { columns in
            for index in columns.indices
            where columns[index].column == column.id && columns[index].form == column.form {
                return columns[index].value(at: place)
            }
            return nil
        }
    }

    /// The values of a column; `nil` where the segment has none of its type.
    package func column(_ id: UInt16, _ type: ValueType) -> IncludedColumn? {
        columns.first { $0.column == id && $0.form == IncludedColumn.Form(type) }
    }
}
