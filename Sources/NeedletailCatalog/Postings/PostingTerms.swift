import NeedletailCore
import NeedletailStorage

/// What a bitmap index files a row under: the encoded values of its postings.
///
/// `USING bitmap` has one posting for each value, NULL among them. `USING gin` has one for each
/// element of an array, for NULL and for the empty array; of JSON, for each path that exists and
/// for each scalar at the end of one, arrays being a step of their own whatever the position.
/// What is equal in SQL has one encoding, which no other is the beginning of.
struct PostingTerms: Sendable {
    enum Form: Sendable {
        case value(KeyStructure)
        case elements(KeyColumn)
        case json
    }

    let form: Form
    private let source: KeySource

    /// The first byte of an encoded value of `gin`.
    enum Tag {
        static let null: UInt8 = 0
        static let emptyArray: UInt8 = 1
        static let element: UInt8 = 2
        static let path: UInt8 = 3
        static let leaf: UInt8 = 4
    }

    /// `nil` where the index's column does not fit its method, as in a damaged definition.
    init?(_ index: IndexDefinition, of table: TableDefinition) {
        guard index.keys.count == 1, let key = index.keys.first,
            let source = KeySource(key, of: table)
        else { return nil }
        self.source = source
        switch (index.method, source.type) {
        case (.bitmap, _):
            let structure = KeyStructure(index, of: table)
            guard structure.parts.count == 1 else { return nil }
            form = .value(structure)
        case (.gin, .array(let element)):
            guard key.path.isEmpty, let column = KeyColumn(element) else { return nil }
            form = .elements(column)
        case (.gin, .jsonb):
            guard key.path.isEmpty else { return nil }
            form = .json
        default: return nil
        }
    }

    /// Positions of the columns of a row that decide its postings.
    var columns: Set<Int> { source.columns }

    /// Whether `index` is kept in postings.
    static func isKept(_ index: IndexDefinition) -> Bool {
        index.method == .bitmap || index.method == .gin
    }

    /// The encoded values that `row` is filed under, not yet bounded; one may come twice.
    func encoded(_ row: [Value]) throws(DatabaseError) -> [[UInt8]] {
        if case .value(let structure) = form { return [try structure.encoded(row)] }
        switch (form, try source.value(in: row)) {
        case (_, .null): return [[Tag.null]]
        case (.elements(let column), .array(let elements)):
            if elements.isEmpty { return [[Tag.emptyArray]] }
            var terms: [[UInt8]] = []
            terms.reserveCapacity(elements.count)
            for element in elements { terms.append(try Self.term(element: element, column)) }
            return terms
        case (.json, .json(let json)):
            var collector = JSONTermCollector()
            try collector.add(json)
            return collector.terms
        case (_, let value):
            throw DatabaseError(
                .datatypeMismatch,
                "a gin index cannot hold a value of type "
                    + value.naturalType.sqlName)
        }
    }

    /// The postings that `row` is in, each once.
    func postings(_ row: [Value]) throws(DatabaseError) -> Set<BoundedKey> {
        Set(try encoded(row).map(BoundedKey.init))
    }

    static func term(
        element: Value, _ column: KeyColumn
    ) throws(DatabaseError) -> [UInt8] {
        var bytes = [Tag.element]
        try KeyCoding.append(element, column, to: &bytes)
        return bytes
    }
}
