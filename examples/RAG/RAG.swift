import Needletail
import NeedletailClient

/// Questions answered from texts: chunk, embed, store, ask, replace.
///
///     RAG notes.db                        in this process
///     RAG needletail://localhost:7117     through a server
@main
struct RAG {
    static func main() async throws {
        let target = CommandLine.arguments.dropFirst().first ?? "rag.db"
        // The one line that tells a file from a server.
        let database: any DatabaseAccess =
            target.contains(":") ? try await Client.connect(target) : try Database.open(target)
        defer { database.close() }
        let library = Library(database: database)
        try await library.prepare()
        for document in texts { try await library.store(document) }
        try await library.ask("how fast does the bird fly", language: "en")
        try await library.ask("where does the bird sleep", language: "en")
        try await library.ask("wo schläft der Vogel", language: "de")

        try await library.store(
            Document(id: "speed", language: "en", text: "The bird has been retired. It walks now."))
        try await library.ask("how fast does the bird fly", language: "en")
        let counts = try await database.query(
            "SELECT count(*) AS chunks, count(DISTINCT document) AS documents FROM chunks")
        for row in counts { print("stored:", row["chunks"] ?? .null, row["documents"] ?? .null) }
    }
}

struct Document: Sendable {
    let id: String
    let language: String
    let text: String
}

/// A chunk as a search returns it.
struct Passage: Decodable {
    let document: String
    let text: String
    let distance: Double
}

/// Documents and their chunks in a database.
struct Library: Sendable {
    let database: any DatabaseAccess

    func prepare() async throws {
        for sql in [
            "CREATE TABLE IF NOT EXISTS documents (id TEXT PRIMARY KEY, language TEXT, text TEXT)",
            """
            CREATE TABLE IF NOT EXISTS chunks (document TEXT, place INT, language TEXT, text TEXT,
                v vector(\(Embedding.dimension)), PRIMARY KEY (document, place))
            """,
            """
            CREATE INDEX IF NOT EXISTS chunks_v ON chunks
                USING hnsw (v vector_cosine_ops) INCLUDE (language)
            """,
        ] {
            try await database.execute(sql)
        }
    }

    /// Puts a document in the place of an earlier one of its name: all of it, or nothing.
    func store(_ document: Document) async throws {
        // Models are slow: embed before the transaction, which keeps other writers waiting.
        let chunks = Embedding.chunks(of: document.text).map { ($0, Embedding.vector(of: $0)) }
        let insert = try database.prepare("INSERT INTO chunks VALUES ($1, $2, $3, $4, $5)")
        try await database.write { transaction in
            try transaction.execute(
                "UPSERT INTO documents VALUES ($1, $2, $3)", document.id, document.language,
                document.text)
            try transaction.execute("DELETE FROM chunks WHERE document = $1", document.id)
            for (place, (text, vector)) in chunks.enumerated() {
                try transaction.execute(
                    insert, document.id, place, document.language, text, vector)
            }
        }
    }

    func ask(_ question: String, language: String) async throws {
        let found = try await database.query(
            """
            SELECT document, text, v <=> :question AS distance FROM chunks
            WHERE language = :language ORDER BY v <=> :question LIMIT 2
            """,
            named: ["question": Embedding.vector(of: question), "language": language])
        print("?", question)
        for passage in try found.decode(Passage.self) {
            let nearness = passage.distance < 0.7 ? "near" : "far"
            print(" ", passage.document, "(\(nearness)):", passage.text)
        }
    }
}

/// Stands in for a model: every word has a place in the vector, by its hash.
enum Embedding {
    static let dimension = 256

    /// One sentence each; a real program cuts at about the length its model likes.
    static func chunks(of text: String) -> [String] {
        text.split(separator: ".").map { $0.trimming { $0.isWhitespace } + "." }
    }

    /// Of length 1.
    static func vector(of text: String) -> [Float] {
        var vector = [Float](repeating: 0, count: dimension)
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter }) {
            let hash = word.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
            vector[Int(hash % UInt32(dimension))] += 1
        }
        let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? vector.map { $0 / length } : vector
    }
}

extension Substring {
    func trimming(_ isTrimmed: (Character) -> Bool) -> String {
        var rest = drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest = rest.dropLast() }
        return String(rest)
    }
}

let texts = [
    Document(
        id: "speed", language: "en",
        text: "How fast does it fly? The needletail is a bird. It does 170 km an hour in level "
            + "flight. No bird does fly so fast."),
    Document(
        id: "nights", language: "en",
        text: "The swift can sleep in the air. Where trees are hollow the bird does sleep there."),
    Document(
        id: "Schlaf", language: "de",
        text: "Der Vogel schläft in der Luft. Er frisst Insekten."),
]
