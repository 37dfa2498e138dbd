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
        case .createIndex(let create): add(create.definition)
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
