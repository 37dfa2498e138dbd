import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax

/// What comes of one statement, as the lines of a golden file.
enum BindingText {
    static func lines(for sql: String, catalog: FakeCatalog) -> [String] {
        do throws(DatabaseError) {
            let statement = try SQLParser.parse(statement: sql)
            let bound = try Binder.bind(statement, catalog: catalog)
            return try lines(for: bound)
        } catch {
            return lines(for: error, in: sql)
        }
    }

    private static func lines(for error: DatabaseError, in sql: String) -> [String] {
        var place = ""
        if let range = error.position {
            let bytes = Array(sql.utf8)
            let upper = min(range.upper, bytes.count)
            let text = String(decoding: bytes[min(range.lower, upper)..<upper], as: UTF8.self)
            place = " at \(range.lower + 1) [\(text)]"
        }
        return ["error \(error.code.rawValue)\(place): \(error.message)"]
            + (error.hint.map { ["  hint: \($0)"] } ?? [])
    }

    private static func lines(for bound: BoundStatement) throws(DatabaseError) -> [String] {
        var lines = try lines(for: bound.kind, bound.parameters)
        if !bound.parameters.isEmpty {
            let parameters = bound.parameters.enumerated().map { position, parameter in
                let name = parameter.name.map { ":\($0)" } ?? "$\(position + 1)"
                return "\(name) \(parameter.type.sqlName)"
            }
            lines.append("parameters: \(parameters.joined(separator: ", "))")
        }
        for notice in bound.notices { lines.append("notice: \(notice.message)") }
        return lines
    }

    private static func lines(
        for kind: BoundKind, _ parameters: [BoundParameter]
    ) throws(DatabaseError) -> [String] {
        switch kind {
        case .query(let query):
            let columns = query.columns.map { "\($0.name) \($0.type.sqlName)" }
            return ["columns: \(columns.joined(separator: ", "))"]
                + options(query.options)
                + (try ExplainText.describe(kind, parameters: parameters).lines())
                + needed(try Planner.plan(query))
        case .insert(let insert): return try lines(for: insert, parameters)
        case .update(let update):
            let names = update.table.columns.map(\.name)
            let sets = update.assignments.map { assignment in
                "set \(names[assignment.column]) = "
                    + ExplainText.text(
                        of: assignment.value, columns: names, parameters: parameters)
            }
            return sets + (try ExplainText.describe(kind, parameters: parameters).lines())
        case .delete: return try ExplainText.describe(kind, parameters: parameters).lines()
        case .createTable(let create): return lines(for: create)
        case .createIndex(let create): return lines(for: create)
        case .explain(let explain):
            return ["explain analyze=\(explain.analyze) recall=\(explain.recall) \(explain.format)"]
                + (try lines(for: explain.statement, parameters))
        case .copyFrom(let copy):
            let columns = copy.targets.map { copy.table.columns[$0].name }
            return [
                "copy \(copy.table.name) (\(columns.joined(separator: ", "))) from \(copy.origin)",
                "  \(describe(copy.options))",
            ]
        case .copyTo(let copy):
            return ["copy to \(copy.destination) \(describe(copy.options))"]
                + (try lines(for: .query(copy.query), parameters))
        default: return [short(kind)]
        }
    }

    private static func options(_ options: QueryOptions) -> [String] {
        var words = options.values.map { name, value in
            "\(name.rawValue)=\(ExplainText.text(of: value, columns: []))"
        }.sorted()
        if options.isExact { words.append("exact") }
        return words.isEmpty ? [] : ["options: \(words.joined(separator: " "))"]
    }

    /// The columns that the scan at the bottom of a plan must fetch.
    private static func needed(_ plan: Plan) -> [String] {
        switch plan {
        case .tableScan(let scan): return needed(scan.needed, scan.table)
        case .exactSearch(let search): return needed(search.needed, search.table)
        case .filter(let input, _), .aggregate(let input, _), .project(let input, _),
            .distinct(let input), .sort(let input, _, _, _), .limit(let input, _, _),
            .trim(let input, _), .limitBy(let input, _, _, _):
            return needed(input)
        case .nothing, .values, .series, .unnest, .lateral: return []
        }
    }

    private static func needed(_ positions: Set<Int>, _ table: TableDefinition) -> [String] {
        let names = positions.sorted().map { position in
            table.columns.indices.contains(position) ? table.columns[position].name : "slot"
        }
        return ["needed: \(names.joined(separator: ", "))"]
    }
}

extension BindingText {
    private static func lines(
        for insert: BoundInsert, _ parameters: [BoundParameter]
    ) throws(DatabaseError) -> [String] {
        let names = insert.table.columns.map(\.name)
        func text(_ expression: BoundExpression, _ columns: [String]) -> String {
            ExplainText.text(of: expression, columns: columns, parameters: parameters)
        }
        let targets = insert.targets.map { names[$0] }.joined(separator: ", ")
        var lines = ["\(insert.isUpsert ? "upsert" : "insert") \(insert.table.name) (\(targets))"]
        if case .values(let rows, _) = insert.source.source {
            for row in rows {
                let values = row.map { "\(text($0, [])) \($0.type.sqlName)" }
                lines.append("  row: \(values.joined(separator: ", "))")
            }
        } else {
            let types = insert.source.columns.map(\.type.sqlName)
            lines.append("  from query: \(types.joined(separator: ", "))")
            lines += try ExplainText.describe(.query(insert.source), parameters: parameters).lines()
        }
        let defaults = insert.defaults.sorted { $0.key < $1.key }
            .map { "\(names[$0.key]) = \(text($0.value, []))" }
        if !defaults.isEmpty { lines.append("  defaults: \(defaults.joined(separator: ", "))") }
        for check in insert.checks {
            lines.append("  check \(check.name): \(text(check.expression, names))")
        }
        if let conflict = insert.conflict {
            let both = names.map { "old.\($0)" } + names.map { "new.\($0)" }
            switch conflict.target {
            case .any: lines.append("  on any conflict")
            case .primaryKey: lines.append("  on conflict with the primary key")
            case .index(let index): lines.append("  on conflict with \(index.name)")
            }
            switch conflict.action {
            case .nothing: lines.append("  do nothing")
            case .update(let assignments, let filter):
                for assignment in assignments {
                    lines.append(
                        "  set \(names[assignment.column]) = \(text(assignment.value, both))")
                }
                if let filter { lines.append("  where \(text(filter, both))") }
            }
        }
        if !insert.returning.isEmpty {
            let items = insert.returning.map { "\($0.name) = \(text($0.expression, names))" }
            lines.append("  returning \(items.joined(separator: ", "))")
        }
        return lines
    }

    private static func lines(for create: BoundCreateTable) -> [String] {
        let table = create.definition
        var lines = ["table \(table.name)\(create.isSatisfied ? " (there already)" : "")"]
        for column in table.columns {
            var words = ["  \(column.name) \(column.type.sqlName)"]
            if column.isNotNull { words.append("not null") }
            if let identity = column.identity { words.append("identity \(identity.rawValue)") }
            if let text = column.defaultText { words.append("default \(text)") }
            lines.append(words.joined(separator: " "))
        }
        if !table.primaryKey.isEmpty {
            let names = table.primaryKey.map { table.columns[$0].name }
            lines.append("  primary key (\(names.joined(separator: ", ")))")
        }
        for unique in create.uniques { lines.append("  \(describe(unique, table))") }
        for check in table.checks { lines.append("  check \(check.name): \(check.text)") }
        return lines
    }

    private static func lines(for create: BoundCreateIndex) -> [String] {
        [describe(create.definition, create.table) + (create.isSatisfied ? " (there already)" : "")]
    }

    private static func describe(_ index: IndexDefinition, _ table: TableDefinition) -> String {
        let keys = index.keys.map { key in
            let column =
                key.expression.map { "\($0.text) \($0.type.sqlName) of \($0.columnIDs)" }
                ?? table.columns.first { $0.id == key.columnID }?.name ?? "?"
            let path = key.path.map { step in
                switch step {
                case .key(let name): ".\(name)"
                case .index(let number): "[\(number)]"
                }
            }
            return column + path.joined() + (key.isDescending ? " desc" : "")
                + (key.nullsFirst ? " nulls first" : "")
        }
        return "\(index.isUnique ? "unique " : "")index \(index.name) on \(table.name) "
            + "(\(keys.joined(separator: ", ")))" + describe(index.vector, index, table)
    }

    private static func describe(
        _ vector: VectorIndexOptions?, _ index: IndexDefinition, _ table: TableDefinition
    ) -> String {
        guard let vector else { return "" }
        let names = vector.include.map { id in table.columns.first { $0.id == id }?.name ?? "?" }
        if let lists = vector.lists {
            return " \(index.method.rawValue) \(vector.metric.rawValue) "
                + "lists=\(lists.count.map(String.init) ?? "auto") assign=\(lists.assign) "
                + "codes=\(vector.codes.rawValue)"
        }
        return " \(index.method.rawValue) \(vector.metric.rawValue) m=\(vector.m) "
            + "ef_construction=\(vector.efConstruction) codes=\(vector.codes.rawValue)"
            + (names.isEmpty ? "" : " include \(names.joined(separator: ", "))")
    }

    private static func describe(_ options: CopyOptions) -> String {
        var words = [options.format.rawValue]
        if options.hasHeader { words.append("header") }
        if options.delimiter != UInt8(ascii: ",") { words.append("delimiter=\(options.delimiter)") }
        if !options.nullText.isEmpty { words.append("null=\(options.nullText)") }
        if options.isGzip { words.append("gzip") }
        words += options.renames.sorted { $0.key < $1.key }.map { "map \($0.key)->\($0.value)" }
        words += options.vectorFiles.sorted { $0.key < $1.key }.map { "npy \($0.key)<-\($0.value)" }
        if options.skipsErrors { words.append("skip errors") }
        if options.ignoresUnknownKeys { words.append("ignore unknown keys") }
        words.append("batch=\(options.batchRows)")
        return words.joined(separator: " ")
    }

    private static func short(_ kind: BoundKind) -> String {
        switch kind {
        case .truncate(let table): "truncate \(table.name)"
        case .dropTable(let table, let name):
            "drop table \(name) \(table == nil ? "missing" : "found")"
        case .dropIndex(let index, let name):
            "drop index \(name) \(index == nil ? "missing" : "found")"
        case .reindex(let indexes):
            "reindex " + (indexes.isEmpty ? "nothing" : indexes.map(\.name).joined(separator: ", "))
        case .analyze(let tables): "analyze \(tables.map(\.name).joined(separator: ", "))"
        case .showStatistics(let tables, let isAll):
            isAll ? "show statistics" : "show statistics \(tables.map(\.name).joined())"
        case .showIndexes(let table): "show indexes \(table?.name ?? "of all")"
        case .showCreate(let table): "show create \(table.name)"
        case .describeTable(let table, let indexes):
            "describe \(table.name) with \(indexes.count) indexes"
        case .describeQuery(let query): "describe query of \(query.columns.count) columns"
        case .check(let table): "check \(table?.name ?? "database")"
        default: "\(kind)"
        }
    }
}
