package import NeedletailBitmap
package import NeedletailCore
package import NeedletailStorage

/// Reads a bitmap index: which slots have a value, as one snapshot has them.
///
/// Only live slots come back. Values have the type of the column, integers being one type and
/// floats another; of a path into `jsonb`, they are `jsonb`. Errors: XX001 where a record is
/// damaged, 42804 for a value of another type.
package struct PostingReader {
    package let index: IndexDefinition
    let view: StorageView
    let terms: PostingTerms
    let reader: TableReader

    /// `nil` where `index` is not kept in postings.
    package init?(view: StorageView, index: IndexDefinition, table: TableDefinition) {
        guard let terms = PostingTerms(index, of: table) else { return nil }
        self.view = view
        self.index = index
        self.terms = terms
        reader = TableReader(view: view, table: table)
    }

    /// The slots whose value is equal to `value`, which may be NULL; of an array column, whose
    /// array has it as an element. Of a `jsonb` column under `gin` only NULL can be asked for.
    package func slots(equalTo value: Value) throws(DatabaseError) -> SlotBitmap {
        if value.isNull { return try slotsOfNull() }
        return try slots(encoded: try encoded(value))
    }

    /// About how many slots ``slots(equalTo:)`` has. By the headers of records alone, which are
    /// not verified: for plans, not for answers.
    package func count(equalTo value: Value) throws(DatabaseError) -> Int {
        try view.estimatedPostingCount(
            index: index.id, encoded: BoundedKey(try encoded(value)).bytes)
    }

    /// The slots whose column is NULL; of a path into `jsonb`, those where it leads nowhere or to
    /// JSON's null.
    package func slotsOfNull() throws(DatabaseError) -> SlotBitmap {
        try slots(encoded: try encoded(.null))
    }

    /// The encoded value, not yet bounded, of the posting of `value`.
    func encoded(_ value: Value) throws(DatabaseError) -> [UInt8] {
        switch terms.form {
        case .value(let structure): return try structure.encoded(key: [value])
        case .elements(let column):
            return value.isNull
                ? [PostingTerms.Tag.null] : try PostingTerms.term(element: value, column)
        case .json:
            if value.isNull { return [PostingTerms.Tag.null] }
            throw DatabaseError(
                .datatypeMismatch, "a gin index has no posting for a whole document",
                hint: "ask for a path, or for containment")
        }
    }

    /// The slots of the posting of an encoded value that is not yet bounded.
    func slots(encoded: [UInt8]) throws(DatabaseError) -> SlotBitmap {
        let bounded = BoundedKey(encoded)
        let found = try view.posting(index: index.id, encoded: bounded.bytes)
        guard bounded.isCut else { return found }
        // A cut value was found by its hash, so the rows themselves decide.
        return try slots(of: found, filedUnder: { $0 == encoded })
    }

    /// Those of `slots` with a row that is filed under an encoded value, not bounded, that `fits`.
    func slots(
        of slots: SlotBitmap, filedUnder fits: ([UInt8]) -> Bool
    ) throws(DatabaseError) -> SlotBitmap {
        let rows = reader.rows(needed: ColumnSelection(terms.columns))
        var kept = SlotBitmap()
        for slot in slots.slots {
            if try terms.encoded(try rows.row(at: Slot(slot))).contains(where: fits) {
                kept.insert(slot)
            }
        }
        return kept
    }
}
