import NeedletailCore
import NeedletailSyntax

/// Binds `COPY`.
struct CopyBinder {
    let statement: StatementBinder

    init(_ statement: StatementBinder) { self.statement = statement }

    func bind(_ copy: CopyStatement) throws(DatabaseError) -> BoundKind {
        let endpoint: BoundCopyFrom.Endpoint =
            switch copy.target {
            case .file(let path, _): .file(path)
            case .stdin, .stdout: .stream
            }
        switch (copy.subject, copy.direction) {
        case (.table(let name, let columns), .from):
            return .copyFrom(try from(name, columns, endpoint, copy.options))
        case (.table(let name, let columns), .to):
            let options = try CopyOptionBinder(table: nil, targets: []).bind(copy.options)
            return .copyTo(
                BoundCopyTo(
                    query: try all(of: name, columns), destination: endpoint, options: options))
        case (.query(let query), _):
            let options = try CopyOptionBinder(table: nil, targets: []).bind(copy.options)
            return .copyTo(
                BoundCopyTo(
                    query: try QueryBinder(statement).bind(query), destination: endpoint,
                    options: options))
        }
    }

    private func from(
        _ name: ObjectName, _ columns: [Identifier], _ origin: BoundCopyFrom.Endpoint,
        _ options: OptionList
    ) throws(DatabaseError) -> BoundCopyFrom {
        let table = try statement.table(name)
        let targets =
            try columns.isEmpty
            ? Array(table.columns.indices) : statement.positions(of: columns, in: table)
        // Defaults of the targets too: a line may lack a key.
        return BoundCopyFrom(
            table: table, indexes: try statement.catalog.indexes(of: table), targets: targets,
            defaults: try statement.defaults(of: table, besides: []),
            checks: try statement.checks(of: table), origin: origin,
            options: try CopyOptionBinder(table: table, targets: targets).bind(options))
    }

    /// `COPY table TO` is a query over all its columns, or the named ones.
    private func all(
        of name: ObjectName, _ columns: [Identifier]
    ) throws(DatabaseError) -> BoundQuery {
        let table = try statement.table(name)
        let positions =
            try columns.isEmpty
            ? Array(table.columns.indices) : statement.positions(of: columns, in: table)
        return BoundQuery(
            source: .table(
                table, indexes: try statement.catalog.indexes(of: table), alias: table.name),
            projections: positions.map { position in
                let column = table.columns[position]
                return BoundProjection(
                    name: column.name, expression: BoundExpression(.column(position), column.type))
            })
    }
}

/// Binds the options of `COPY`.
struct CopyOptionBinder {
    /// The table that is filled; `nil` for `COPY … TO`.
    let table: TableDefinition?
    let targets: [Int]

    private static let names = [
        "format", "header", "delimiter", "null", "compression", "map", "npy", "on_error",
        "unknown_keys", "batch", "index", "metric",
    ]
    /// What an index file has no use for.
    private static let ofLines = [
        "header", "delimiter", "null", "compression", "map", "npy", "unknown_keys",
    ]

    /// Errors: 42601 for an unknown option, 22023 for a value that it does not take, 42703 for a
    /// column that is not filled.
    func bind(_ options: OptionList) throws(DatabaseError) -> CopyOptions {
        var result = CopyOptions()
        var seen: [String: Option] = [:]
        for option in options {
            let name = option.name.text
            guard Self.names.contains(name) else {
                throw DatabaseError(
                    .syntaxError, "COPY has no option \"\(name)\"",
                    hint: Suggestion.hint(for: name, in: Self.names)
                        ?? "The options are \(Self.names.joined(separator: ", ")).",
                    position: option.range)
            }
            guard seen.updateValue(option, forKey: name) == nil else {
                throw DatabaseError(
                    .syntaxError, "option \"\(name)\" is given twice", position: option.range)
            }
            if ["map", "npy", "on_error", "unknown_keys", "batch"].contains(name), table == nil {
                throw wrong(option, "is only for COPY … FROM")
            }
            if ["index", "metric"].contains(name), table != nil {
                throw wrong(option, "is only for COPY … TO")
            }
            try apply(option, name, to: &result)
        }
        if result.format == .jsonl {
            for name in ["header", "delimiter", "null"] {
                if let option = seen[name] { throw wrong(option, "is only for FORMAT csv") }
            }
        }
        if result.format == .faiss {
            for name in Self.ofLines {
                if let option = seen[name] { throw wrong(option, "is not for FORMAT faiss") }
            }
        } else {
            for name in ["index", "metric"] {
                if let option = seen[name] { throw wrong(option, "is only for FORMAT faiss") }
            }
        }
        return result
    }

    private func apply(
        _ option: Option, _ name: String, to result: inout CopyOptions
    ) throws(DatabaseError) {
        switch name {
        case "format":
            switch try word(option) {
            case "jsonl", "json": result.format = .jsonl
            case "csv": result.format = .csv
            case "faiss": result.format = .faiss
            case let other: throw wrong(option, "must be jsonl, csv or faiss, not \(other)")
            }
        case "index":
            let text = try word(option)
            guard let kind = FAISSIndexKind(text) else {
                throw wrong(
                    option, "must be 'Flat', 'IVFn,Flat', 'IVFn,SQ8' or 'HNSWm', not '\(text)'")
            }
            result.index = kind
        case "metric":
            switch try word(option) {
            case "l2": result.metric = .l2
            case "ip": result.metric = .innerProduct
            case let other: throw wrong(option, "must be l2 or ip, not \(other)")
            }
        case "header": result.hasHeader = try flag(option)
        case "delimiter":
            let text = try word(option)
            guard let byte = text.utf8.first, text.utf8.count == 1, byte != 0x22, byte != 0x0A,
                byte != 0x0D
            else { throw wrong(option, "must be one ASCII character, such as ','") }
            result.delimiter = byte
        case "null": result.nullText = try word(option)
        case "compression":
            switch try word(option) {
            case "gzip": result.isGzip = true
            case "none": result.isGzip = false
            case let other: throw wrong(option, "must be gzip or none, not \(other)")
            }
        case "on_error":
            switch try word(option) {
            case "skip", "ignore": result.skipsErrors = true
            case "abort", "stop": result.skipsErrors = false
            case let other: throw wrong(option, "must be skip or abort, not \(other)")
            }
        case "unknown_keys":
            switch try word(option) {
            case "ignore": result.ignoresUnknownKeys = true
            case "error": result.ignoresUnknownKeys = false
            case let other: throw wrong(option, "must be ignore or error, not \(other)")
            }
        case "batch":
            guard case .literal(.integer(let rows))? = option.value, (1...1_000_000).contains(rows)
            else { throw wrong(option, "must be 1 to 1000000 rows") }
            result.batchRows = Int(rows)
        case "map": result.renames = try renames(option)
        default: result.vectorFiles = try vectorFiles(option)
        }
    }

    private func renames(_ option: Option) throws(DatabaseError) -> [String: String] {
        var renames: [String: String] = [:]
        for item in try items(option) {
            guard case .name(let column)? = item.value else {
                throw wrong(option, "pairs an input key with a column: MAP (vec = embedding)")
            }
            _ = try target(column)
            renames[item.name.spelling] = column.text
        }
        return renames
    }

    private func vectorFiles(_ option: Option) throws(DatabaseError) -> [String: String] {
        var files: [String: String] = [:]
        for item in try items(option) {
            guard case .string(let path)? = item.value else {
                throw wrong(option, "pairs a column with a file: NPY (embedding = 'vectors.npy')")
            }
            let column = try target(item.name)
            guard column.type.isFloatVector else {
                throw DatabaseError(
                    .datatypeMismatch,
                    "NPY fills vector and halfvec columns, and \"\(column.name)\" is "
                        + column.type.sqlName,
                    position: item.name.range ?? option.range)
            }
            files[column.name] = path
        }
        return files
    }

    private func target(
        _ name: Identifier
    ) throws(DatabaseError) -> NeedletailCore.ColumnDefinition {
        if let table, let position = table.position(of: name.text), targets.contains(position) {
            return table.columns[position]
        }
        let columns = targets.compactMap { table?.columns[$0].name }
        throw DatabaseError(
            .undefinedColumn, "column \"\(name.text)\" is not filled by this COPY",
            hint: Suggestion.hint(for: name.text, in: columns)
                ?? "It fills \(columns.joined(separator: ", ")).",
            position: name.range)
    }

    private func items(_ option: Option) throws(DatabaseError) -> [OptionItem] {
        guard case .list(let items)? = option.value else {
            throw wrong(option, "needs a list in parentheses")
        }
        return items
    }

    private func word(_ option: Option) throws(DatabaseError) -> String {
        switch option.value {
        case .name(let word)?: return word.text
        case .literal(.string(let text))?: return text
        default: throw wrong(option, "needs a name or a string")
        }
    }

    private func flag(_ option: Option) throws(DatabaseError) -> Bool {
        switch option.value {
        case nil, .literal(.boolean(true))?, .literal(.integer(1))?: return true
        case .literal(.boolean(false))?, .literal(.integer(0))?: return false
        case .name(let word)? where word.text == "on": return true
        case .name(let word)? where word.text == "off": return false
        default: throw wrong(option, "must be true or false")
        }
    }

    private func wrong(_ option: Option, _ what: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "option \"\(option.name.text)\" \(what)", position: option.range)
    }
}
