import NeedletailCore
import NeedletailSyntax

extension CreateTableBinder {
    /// Positions of the primary key; empty without one.
    func primaryKey(_ table: TableDefinition) throws(DatabaseError) -> [Int] {
        var key: [Int]?
        func set(_ positions: [Int], at range: SourceRange?) throws(DatabaseError) {
            guard key == nil else {
                throw DatabaseError(
                    .invalidTableDefinition, "table \"\(table.name)\" has two primary keys",
                    hint: "Write PRIMARY KEY (a, b) once for a key of several columns.",
                    position: range)
            }
            try checkKey(positions, table, "a primary key", at: range)
            key = positions
        }
        for (position, column) in create.columns.enumerated() {
            for constraint in column.constraints where constraint.kind == .primaryKey {
                try set([position], at: constraint.range ?? column.name.range)
            }
        }
        for constraint in create.constraints {
            guard case .primaryKey(let names) = constraint.kind else { continue }
            try set(try statement.positions(of: names, in: table), at: constraint.range)
        }
        return key ?? []
    }

    /// Unique constraints as indexes, named as PostgreSQL names them.
    func uniques(_ table: TableDefinition) throws(DatabaseError) -> [IndexDefinition] {
        var found: [(name: Identifier?, positions: [Int], range: SourceRange?)] = []
        for (position, column) in create.columns.enumerated() {
            for constraint in column.constraints where constraint.kind == .unique {
                found.append((constraint.name, [position], constraint.range ?? column.name.range))
            }
        }
        for constraint in create.constraints {
            guard case .unique(let names) = constraint.kind else { continue }
            let positions = try statement.positions(of: names, in: table)
            found.append((constraint.name, positions, constraint.range))
        }
        var taken: Set<String> = []
        var indexes: [IndexDefinition] = []
        for unique in found {
            try checkKey(unique.positions, table, "a unique constraint", at: unique.range)
            let columns = unique.positions.map { table.columns[$0].name }
            let name: String
            if let given = unique.name {
                try statement.checkName(given)
                name = given.text
                guard try statement.isFree(name), !taken.contains(name) else {
                    throw DatabaseError(
                        .duplicateTable, "\"\(name)\" exists already", position: given.range)
                }
            } else {
                name = try statement.freeName(
                    ([table.name] + columns + ["key"]).joined(separator: "_"), besides: taken)
            }
            taken.insert(name)
            indexes.append(
                IndexDefinition(
                    id: 0, name: name, tableID: 0, isUnique: true,
                    keys: unique.positions.map { .init(columnID: table.columns[$0].id) }))
        }
        guard indexes.count <= Limits.indexesPerTableMax else {
            throw DatabaseError(
                .programLimit,
                "a table has at most \(Limits.indexesPerTableMax) indexes, not \(indexes.count)",
                position: create.name.range)
        }
        return indexes
    }

    private func checkKey(
        _ positions: [Int], _ table: TableDefinition, _ what: String, at range: SourceRange?
    ) throws(DatabaseError) {
        guard positions.count <= Limits.keyColumnsMax else {
            throw DatabaseError(
                .programLimit,
                "\(what) has at most \(Limits.keyColumnsMax) columns, not \(positions.count)",
                position: range)
        }
        for position in positions {
            let column = table.columns[position]
            guard column.type.isKey else {
                throw DatabaseError(
                    .invalidTableDefinition,
                    "\(what) cannot hold column \"\(column.name)\" of type \(column.type.sqlName)",
                    hint: "Use a number, text, uuid, date or timestamptz column.", position: range)
            }
        }
    }

    /// `CHECK` constraints, bound once to be sure and kept as text.
    func checks(_ table: TableDefinition) throws(DatabaseError) -> [CheckDefinition] {
        var found: [(name: Identifier?, column: String?, expression: Expression)] = []
        for column in create.columns {
            for constraint in column.constraints {
                guard case .check(let expression) = constraint.kind else { continue }
                found.append((constraint.name, column.name.text, expression))
            }
        }
        for constraint in create.constraints {
            guard case .check(let expression) = constraint.kind else { continue }
            found.append((constraint.name, nil, expression))
        }
        let binder = ExpressionBinder(statement, Scope(relations: [Relation(table)]), .check)
        var taken: Set<String> = []
        var checks: [CheckDefinition] = []
        for check in found {
            _ = try binder.condition(check.expression, "CHECK")
            let parts = [table.name, check.column, "check"].compactMap { $0 }
            let wanted = check.name?.text ?? parts.joined(separator: "_")
            if let given = check.name {
                try statement.checkName(given)
                guard !taken.contains(wanted) else {
                    throw DatabaseError(
                        .duplicateObject, "two constraints are called \"\(wanted)\"",
                        position: given.range)
                }
            }
            let name = StatementBinder.numbered(wanted) { !taken.contains($0) }
            taken.insert(name)
            checks.append(CheckDefinition(name: name, text: check.expression.sql))
        }
        return checks
    }
}

extension ValueType {
    /// Whether ordered keys can hold it.
    var isKey: Bool { isOrdered && !isArray && self != .unknown }
}

extension StatementBinder {
    /// Whether neither a table nor an index is called so.
    func isFree(_ name: String) throws(DatabaseError) -> Bool {
        if try catalog.index(named: name) != nil { return false }
        return try catalog.table(named: name) == nil
    }

    /// `wanted`, or `wanted1`, `wanted2`, … if it is taken; cut to the longest name there is.
    func freeName(
        _ wanted: String, besides taken: Set<String> = []
    ) throws(DatabaseError) -> String {
        try Self.numbered(wanted) { name throws(DatabaseError) in
            if taken.contains(name) { return false }
            return try isFree(name)
        }
    }

    static func numbered<Failure: Error>(
        _ wanted: String, _ isFree: (String) throws(Failure) -> Bool
    ) throws(Failure) -> String {
        var suffix = ""
        var number = 0
        while true {
            let name = shortened(wanted, bytes: Limits.nameBytesMax - suffix.utf8.count) + suffix
            if try isFree(name) { return name }
            number += 1
            suffix = String(number)
        }
    }

    /// `text` without the characters beyond so many bytes.
    private static func shortened(_ text: String, bytes: Int) -> String {
        var result = text
        while result.utf8.count > bytes { result.removeLast() }
        return result
    }
}
