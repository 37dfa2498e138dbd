import NeedletailCore
import NeedletailSyntax

/// Binds `CREATE TABLE`.
struct CreateTableBinder {
    let statement: StatementBinder
    let create: CreateTableStatement

    init(_ statement: StatementBinder, _ create: CreateTableStatement) {
        self.statement = statement
        self.create = create
    }

    /// Errors: 42P07 for a table that exists, 42701 for a repeated column, 42P16 for keys that do
    /// not work out, 54000 beyond the limits, and those of types and defaults.
    func bind() throws(DatabaseError) -> BoundCreateTable {
        let name = try statement.newName(create.name)
        if let existing = try statement.catalog.table(named: name) {
            guard create.ifNotExists else {
                throw DatabaseError(
                    .duplicateTable, "table \"\(name)\" exists already",
                    hint: "Write CREATE TABLE IF NOT EXISTS, or choose another name.",
                    position: create.name.range)
            }
            statement.notice(.warning, "table \"\(name)\" exists already, skipping")
            return BoundCreateTable(definition: existing, uniques: [], isSatisfied: true)
        }
        if try statement.catalog.index(named: name) != nil {
            throw DatabaseError(
                .duplicateTable, "an index is called \"\(name)\" already",
                hint: "Choose another name.", position: create.name.range)
        }
        try checkKind()
        var table = TableDefinition(
            id: 0, name: name, columns: try columns(), primaryKey: [])
        table.primaryKey = try primaryKey(table)
        for position in table.primaryKey { table.columns[position].isNotNull = true }
        try setDefaults(&table)
        table.checks = try checks(table)
        return BoundCreateTable(
            definition: table, uniques: try uniques(table), isSatisfied: false)
    }

    private func checkKind() throws(DatabaseError) {
        switch create.persistence {
        case .permanent: break
        case .unlogged:
            statement.notice(.warning, "UNLOGGED has no effect: every table is durable")
        case .temporary:
            throw .unsupported(
                "temporary tables are not supported",
                hint: "Create a table and drop it afterwards.",
                at: create.name.range)
        }
        for option in create.options {
            guard option.name.text == "fillfactor" || option.name.text.hasPrefix("autovacuum")
            else {
                throw DatabaseError(
                    .undefinedObject, "unknown option \"\(option.name.text)\" of a table",
                    hint: "Tables have no options.", position: option.range)
            }
            statement.notice(
                .warning, "option \"\(option.name.text)\" is accepted and has no effect")
        }
    }

    private func columns() throws(DatabaseError) -> [NeedletailCore.ColumnDefinition] {
        guard create.columns.count <= Limits.columnsMax else {
            throw DatabaseError(
                .programLimit,
                "a table has at most \(Limits.columnsMax) columns, not \(create.columns.count)",
                hint: "Keep rare fields in a jsonb column.", position: create.name.range)
        }
        var seen: Set<String> = []
        var columns: [NeedletailCore.ColumnDefinition] = []
        for (position, written) in create.columns.enumerated() {
            try statement.checkName(written.name)
            guard seen.insert(written.name.text).inserted else {
                throw DatabaseError(
                    .duplicateColumn, "column \"\(written.name.text)\" is defined twice",
                    position: written.name.range)
            }
            columns.append(try column(written, id: UInt16(truncatingIfNeeded: position)))
        }
        return columns
    }

    private func column(
        _ written: NeedletailSyntax.ColumnDefinition, id: UInt16
    ) throws(DatabaseError) -> NeedletailCore.ColumnDefinition {
        let resolved = try TypeResolution.resolve(written.type)
        statement.notice(resolved.notice)
        try checkStored(resolved.type, written)
        var column = NeedletailCore.ColumnDefinition(
            id: id, name: written.name.text, type: resolved.type, isNotNull: resolved.isSerial,
            identity: resolved.isSerial ? .byDefault : nil)
        var saysNull = false
        for constraint in written.constraints {
            switch constraint.kind {
            case .notNull: column.isNotNull = true
            case .null: saysNull = true
            case .identity(let identity):
                guard column.type.isInteger else {
                    throw DatabaseError(
                        .invalidParameter,
                        "an identity column counts, so it is smallint, integer or bigint, not "
                            + column.type.sqlName,
                        position: constraint.range ?? written.type.range)
                }
                column.identity = identity == .always ? .always : .byDefault
                column.isNotNull = true
            case .primaryKey, .unique, .check, .defaultValue: break
            }
        }
        if saysNull, column.isNotNull {
            throw DatabaseError(
                .syntaxError, "column \"\(column.name)\" is both NULL and NOT NULL",
                position: written.name.range)
        }
        return column
    }

    /// Whether rows can hold the type: vectors need their dimension, arrays hold scalars.
    private func checkStored(
        _ type: ValueType, _ written: NeedletailSyntax.ColumnDefinition
    ) throws(DatabaseError) {
        if type.isVector, type.dimension == nil {
            throw DatabaseError(
                .invalidParameter, "column \"\(written.name.text)\" needs a dimension",
                hint: "Write \(type.familyName)(768).", position: written.type.range)
        }
        if case .array(let element) = type, element.isVector || element == .jsonb {
            throw .unsupported(
                "columns of type \(type.sqlName) are not supported",
                hint: "Use one row for each, or a jsonb column.", at: written.type.range)
        }
    }

    /// Binds defaults, to be sure that they fit, and keeps them as text.
    private func setDefaults(_ table: inout TableDefinition) throws(DatabaseError) {
        for (position, written) in create.columns.enumerated() {
            for constraint in written.constraints {
                guard case .defaultValue(let expression) = constraint.kind else { continue }
                let column = table.columns[position]
                guard column.identity == nil, column.defaultText == nil else {
                    throw DatabaseError(
                        .syntaxError, "column \"\(column.name)\" has two defaults",
                        position: constraint.range ?? expression.range)
                }
                _ = try statement.defaultValue(expression, of: column.name, column.type)
                table.columns[position].defaultText = expression.sql
            }
        }
    }
}

extension StatementBinder {
    /// A name for something new, without a schema or in `public`.
    func newName(_ name: ObjectName) throws(DatabaseError) -> String {
        guard try isLocal(name) else {
            throw .unsupported(
                "schemas are not supported: \"\(name.text)\"",
                hint: "Write \(name.last.text).", at: name.range)
        }
        try checkName(name.last)
        return name.last.text
    }

    /// 42602 for a name that is empty or too long.
    func checkName(_ name: Identifier) throws(DatabaseError) {
        let count = name.text.utf8.count
        guard count == 0 || count > Limits.nameBytesMax else { return }
        throw DatabaseError(
            .invalidName, "a name has 1 to \(Limits.nameBytesMax) bytes, not \(count)",
            position: name.range)
    }
}
