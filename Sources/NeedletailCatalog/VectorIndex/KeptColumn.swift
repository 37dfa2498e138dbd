package import NeedletailCore

/// A column of a table as one looks for it in the segments of a vector index.
package struct KeptColumn: Sendable {
    /// In the rows of the table.
    package let position: Int
    let id: UInt16
    package let form: IncludedColumn.Form

    /// `nil` for a column that no segment can keep.
    package init?(_ table: TableDefinition, _ position: Int) {
        guard table.columns.indices.contains(position),
            let form = IncludedColumn.Form(table.columns[position].type)
        else { return nil }
        self.position = position
        id = table.columns[position].id
        self.form = form
    }
}

extension VectorIndexState {
    /// Puts what a segment keeps of the row at `slot` into `row`, without reading the row.
    ///
    /// What it keeps is what the row has in every snapshot in which the slot is live: see
    /// ``IncludedColumns``.
    ///
    /// - Returns: `false` where the row is in no segment, or its segment does not keep all of
    ///   `columns`, as one built by an earlier release does not; some of `row` may be set then.
    package func read(
        _ columns: [KeptColumn], at slot: UInt32, into row: inout [Value]
    ) -> Bool {
        for segment in segments {
            guard let kept = segment.included, let place = kept.place(of: slot) else { continue }
            for column in columns {
                guard let value = kept.value(of: column, at: place) else { return false }
                row[column.position] = value
            }
            return true
        }
        return false
    }
}
