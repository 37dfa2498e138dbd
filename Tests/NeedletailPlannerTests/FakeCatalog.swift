import NeedletailCore
import NeedletailPlanner
import NeedletailSyntax

/// A catalogue in memory, filled by the binder itself from `CREATE` statements.
struct FakeCatalog: CatalogView {
    private var tables: [TableDefinition] = []
    private var indexes: [IndexDefinition] = []

    /// The tables that the golden files speak of.
    static func sample() throws(DatabaseError) -> FakeCatalog {
        var catalog = FakeCatalog()
        for statement in try SQLParser.parse(script: schema) { try catalog.run(statement) }
        return catalog
    }

    static let schema = """
        CREATE TABLE docs (id BIGINT PRIMARY KEY, doc TEXT NOT NULL, lang TEXT, year INT, body TEXT,
            embedding vector(3), meta JSONB DEFAULT '{}');
        CREATE INDEX ON docs (lang, year);
        CREATE INDEX ON docs (year DESC);
        CREATE INDEX ON docs ((meta.page));
        CREATE INDEX ON docs USING hnsw (embedding vector_cosine_ops) INCLUDE (lang, year);
        CREATE TABLE users (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            name TEXT NOT NULL UNIQUE, active BOOLEAN DEFAULT true, score REAL CHECK (score >= 0),
            joined DATE, seen TIMESTAMPTZ DEFAULT now(), tags TEXT[],
            token UUID DEFAULT gen_random_uuid());
        CREATE INDEX ON users (active, joined);
        CREATE TABLE chunks (doc TEXT, part SMALLINT, body TEXT, half halfvec(4), code bit(8),
            size DOUBLE PRECISION, PRIMARY KEY (doc, part));
        CREATE TABLE logs (line TEXT, at TIMESTAMPTZ, raw BYTEA);
        CREATE TABLE pages (page INT, meta JSONB, seq BIGSERIAL);
        CREATE TABLE people (id INT PRIMARY KEY, name TEXT, note TEXT, seen TIMESTAMPTZ,
            meta JSONB, v vector(3));
        CREATE INDEX ON people (lower(name), id);
        CREATE INDEX ON people (((meta->>'page')::int));
        CREATE INDEX ON people USING bitmap ((meta->>'kind'));
        CREATE INDEX ON people (((meta->>'open')::boolean));
        CREATE INDEX ON people ((length(name) % 3), lower(note));
        CREATE INDEX ON people USING hnsw (v vector_l2_ops);
        """

    mutating func run(_ statement: Statement) throws(DatabaseError) {
        switch try Binder.bind(statement, catalog: self).kind {
        case .createTable(let create):
            var table = create.definition
            table.id = UInt32(tables.count + 1)
            tables.append(table)
            for var index in create.uniques {
                index.tableID = table.id
                add(index)
            }
        case .createIndex(let create):
            add(
                create.definition.withFunctions(of: create.table) { expression, table in
                    UncomputedFunction.make(expression, table)
                })
        default: break
        }
    }

    private mutating func add(_ index: IndexDefinition) {
        var index = index
        index.id = UInt32(indexes.count + 1)
        indexes.append(index)
    }

    func table(named name: String) -> TableDefinition? { tables.first { $0.name == name } }

    func indexes(of table: TableDefinition) -> [IndexDefinition] {
        indexes.filter { $0.tableID == table.id }
    }

    func index(named name: String) -> IndexDefinition? { indexes.first { $0.name == name } }

    func tableNames() -> [String] { tables.map(\.name) }
}

/// The meaning of an index expression, for plans that are not run.
private struct UncomputedFunction: IndexFunction {
    static func make(
        _ expression: IndexExpression, _ table: TableDefinition
    ) -> any IndexFunction {
        guard let bound = try? IndexExpressionBinder.bind(expression, of: table) else {
            return UncomputedFunction()
        }
        return BoundIndexFunction(bound) { _ in .null }
    }

    func value(of row: [Value]) -> Value { .null }
}
