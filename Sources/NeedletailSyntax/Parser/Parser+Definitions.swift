import NeedletailCore

extension Parser {
    /// grammar: create
    mutating func create() throws(SyntaxFailure) -> Statement.Kind {
        let start = token
        try expect(.create)
        noteMissed([.table])
        if accept(.unlogged) { return try createTable(.unlogged) }
        if accept(.temp) || accept(.temporary) { return try createTable(.temporary) }
        if at(.table) { return try createTable(.permanent) }
        if accept(.unique) {
            try expect(.index)
            return try createIndex(isUnique: true)
        }
        if accept(.index) { return try createIndex(isUnique: false) }
        if accept(.collection) { return try createCollection() }
        if accept(.extension) {
            let ifNotExists = try ifNotExists()
            return .createExtension(
                CreateExtensionStatement(
                    name: try name("the name of an extension"), ifNotExists: ifNotExists))
        }
        if accept(.snapshot) {
            return .createSnapshot(try string("the snapshot's name in single quotes"))
        }
        if let error = foreignCreation(start) { throw error }
        throw unexpected()
    }

    /// grammar: createCollection
    private mutating func createCollection() throws(SyntaxFailure) -> Statement.Kind {
        let ifNotExists = try ifNotExists()
        let name = try objectName("a name for the collection")
        guard at(.leftParenthesis) else { throw unexpected("options such as (dim = 768)") }
        return .createCollection(
            CreateCollectionStatement(
                name: name, ifNotExists: ifNotExists, options: try optionList()))
    }

    /// What stands behind `CREATE [UNIQUE] INDEX`.
    ///
    /// grammar: createIndex
    private mutating func createIndex(isUnique: Bool) throws(SyntaxFailure) -> Statement.Kind {
        let isConcurrent = accept(.concurrently)
        let ifNotExists = try ifNotExists()
        let name = at(.on) ? nil : try name("a name for the index")
        try expect(.on)
        let table = try objectName("a table name")
        let method = accept(.using) ? try self.name("an index method, such as hnsw") : nil
        let keys = try parenthesizedList { parser throws(SyntaxFailure) in
            try parser.indexKey()
        }
        var include = try included()
        let options = try withOptions()
        if include.isEmpty, !options.isEmpty { include = try included() }
        let filter = accept(.where) ? try expression() : nil
        return .createIndex(
            CreateIndexStatement(
                name: name, table: table, method: method, keys: keys, include: include,
                options: options, filter: filter, isUnique: isUnique, isConcurrent: isConcurrent,
                ifNotExists: ifNotExists))
    }

    /// The columns that an index keeps besides its key; empty where none are named.
    ///
    /// grammar: included
    private mutating func included() throws(SyntaxFailure) -> [Expression] {
        guard accept(.include) else { return [] }
        return try parenthesizedList { parser throws(SyntaxFailure) in try parser.expression() }
    }

    /// grammar: indexKey, operatorClass
    private mutating func indexKey() throws(SyntaxFailure) -> IndexKey {
        guard isAtName || at(.leftParenthesis) || at(.left) || at(.right) else {
            throw unexpectedName("a column, or an expression in parentheses")
        }
        let key: Expression
        if accept(.leftParenthesis) {
            key = try expression()
            try expect(.rightParenthesis)
        } else {
            key = try indexedName()
        }
        let operatorClass = isAtOperatorClass ? takeName() : nil
        let (isDescending, nullsFirst) = try sortDirection()
        return IndexKey(
            key, operatorClass: operatorClass, isDescending: isDescending, nullsFirst: nullsFirst)
    }

    /// Whether a name comes that does not start `NULLS FIRST` or `NULLS LAST`.
    private var isAtOperatorClass: Bool {
        guard at(.nulls) else { return isAtName }
        let next = peek().kind
        return next != .keyword(.first) && next != .keyword(.last)
    }

    /// A column, a path into one, or a call.
    private mutating func indexedName() throws(SyntaxFailure) -> Expression {
        guard at(.left) || at(.right) else { return try named() }
        return try callOfReservedName()
    }

    /// grammar: drop
    mutating func drop() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.drop)
        if accept(.snapshot) {
            let ifExists = ifExists()
            let range = token.range
            let name = try string("the snapshot's name in single quotes")
            return .drop(DropStatement(.snapshot(name, Location(range)), ifExists: ifExists))
        }
        let kind: DropStatement.Kind
        if accept(.table) {
            kind = .table
        } else if accept(.collection) {
            kind = .collection
        } else if accept(.index) {
            kind = .index
            if at(.concurrently), Self.isName(peek()) { advance() }
        } else {
            try expect(.extension)
            kind = .extension
        }
        let ifExists = ifExists()
        let names = try list { parser throws(SyntaxFailure) in
            try parser.objectName("a name")
        }
        return .drop(DropStatement(.objects(kind, names), ifExists: ifExists))
    }

    /// grammar: reindex
    mutating func reindex() throws(SyntaxFailure) -> Statement.Kind {
        try expect(.reindex)
        let kind: ReindexStatement.Kind
        if accept(.index) {
            kind = .index
        } else {
            try expect(.table)
            kind = .table
        }
        let name = try objectName("a name")
        return .reindex(ReindexStatement(kind, name, options: try withOptions()))
    }
}
