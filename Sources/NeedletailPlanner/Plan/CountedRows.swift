package import NeedletailCore

/// The conditions of a filter each of which some structure knows: the rows that meet them are
/// counted as a set of slots.
package struct CountedRows: Sendable, Hashable {
    package var parts: [MaskPart]
    /// A vector index whose included columns know conditions that no other structure does.
    package var included: IndexDefinition?

    /// `nil` where a condition is known by no structure, or may say something else at every look.
    init?(_ filter: BoundExpression, _ table: TableDefinition, _ indexes: [IndexDefinition]) {
        guard filter.isStable else { return nil }
        parts = MaskPart.parts(of: filter, table, indexes, included: [], KeyTargets(table, indexes))
        let rest = parts.filter { !($0.access != nil && $0.isWhole) && $0.lookup == nil }
        guard !rest.isEmpty else { return }
        var positions: Set<Int> = []
        for part in rest {
            var read: Set<Int> = []
            part.condition.collectColumns(into: &read)
            guard !read.isEmpty else { return nil }
            positions.formUnion(read)
        }
        let columns = positions.map {
            table.columns.indices.contains($0) ? table.columns[$0].id : 0
        }
        included = indexes.last { index in
            index.vector.map { columns.allSatisfy($0.include.contains) } ?? false
        }
        guard included != nil else { return nil }
    }

    /// The structures that know the conditions, by their names.
    package func structures(of table: TableDefinition) -> [String] {
        var names: [String] = []
        for part in parts {
            let name: String? =
                switch (part.lookup, part.access) {
                case (let lookup?, _): lookup.index?.name ?? table.primaryKeyName
                case (nil, .index(let index, _, _)?) where part.isWhole: index.name
                case (nil, .primaryKey?) where part.isWhole: table.primaryKeyName
                default: included.map { "included columns of \($0.name)" }
                }
            if let name, !names.contains(name) { names.append(name) }
        }
        return names
    }
}
