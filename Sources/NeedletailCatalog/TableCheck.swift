package import NeedletailCore
import NeedletailStorage

/// Holds the rows of a table against its keys, index entries, postings and vectors, both ways.
package struct TableCheck {
    private static let findingsMax = 100

    private let reader: TableReader
    private let indexes: [IndexDefinition]

    package init(_ reader: TableReader, indexes: [IndexDefinition]) {
        self.reader = reader
        self.indexes = indexes
    }

    /// What does not agree, in sentences; at most a hundred.
    ///
    /// - Parameter pause: called now and then; may throw to stop.
    package func run(
        pause: () throws(DatabaseError) -> Void
    ) throws(DatabaseError) -> [String] {
        var findings: [String] = []
        let structures = self.structures
        let postings = indexes.compactMap { PostingCheck($0, reader) }
        let needed = postings.reduce(
            into: structures.reduce(into: Set<Int>()) { $0.formUnion($1.structure.columns) }
        ) { $0.formUnion($1.columns) }
        let vectors = reader.table.columns.indices.filter { reader.table.columns[$0].type.isVector }
        let rows = reader.rows(needed: ColumnSelection(needed.union(vectors)))
        var count = 0
        do throws(DatabaseError) {
            let records = try reader.records()
            while let record = try records.next(), findings.count < Self.findingsMax {
                count += 1
                if count % 256 == 0 { try pause() }
                let row = try rows.row(record)
                for (name, structure) in structures
                where try !hasEntry(structure, row, slot: record.slot) {
                    findings.append(
                        "the row at slot \(record.slot.rawValue) has no entry in \(name)")
                }
                for check in postings where try !check.hasEntries(row, slot: record.slot) {
                    findings.append(
                        "the row at slot \(record.slot.rawValue) has no entry in \(check.name)")
                }
            }
            for check in postings where findings.count < Self.findingsMax {
                if let finding = try check.finish() { findings.append(finding) }
            }
        } catch {
            // No row is stored that an index cannot compute.
            let isComputed = indexes.contains(where: \.hasExpressions)
            guard error.code == .dataCorrupted || (isComputed && error.code.classCode == "22")
            else { throw error }
            return findings + [error.message]
        }
        for (name, structure) in structures {
            let entries = try entryCount(structure)
            if entries != count, findings.count < Self.findingsMax {
                findings.append("\(name) has \(entries) entries for \(count) rows")
            }
        }
        return findings
    }

    private var structures: [(name: String, structure: KeyStructure)] {
        let key = KeyStructure(primaryKeyOf: reader.table)
        let primary = key.parts.isEmpty ? [] : [("the primary key", key)]
        return primary
            + indexes.filter { $0.method == .ordered }
            .map { ("index \"\($0.name)\"", KeyStructure($0, of: reader.table)) }
    }

    private func hasEntry(
        _ structure: KeyStructure, _ row: [Value], slot: Slot
    ) throws(DatabaseError) -> Bool {
        let encoded = BoundedKey(try structure.encoded(row)).bytes
        switch structure.kind {
        case .primaryKey(let table):
            return try reader.view.slot(.primaryKey(table: table, encoded: encoded)) == slot
        case .index(let index):
            return try reader.view.sealed(
                .orderedIndex(index: index, encoded: encoded, slot: slot)) != nil
        }
    }

    private func entryCount(_ structure: KeyStructure) throws(DatabaseError) -> Int {
        var count = 0
        try reader.view.forEach(prefix: structure.prefix) { _, _ throws(DatabaseError) in
            count += 1
            return true
        }
        return count
    }
}
