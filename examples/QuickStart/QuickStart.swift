import Needletail

@main
struct QuickStart {
    static func main() throws {
        let database = try Database.open(CommandLine.arguments.dropFirst().first ?? "notes.db")
        try fill(database)
        try ask(database)
        try misuse(database)
        database.close()
    }

    static func fill(_ database: Database) throws {
        try database.execute(
            "CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY, text TEXT, v vector(3))")
        try database.write { transaction in
            let notes: [(String, [Float])] = [
                ("buy bread", [1, 0, 0]), ("bake a cake", [0.9, 0.4, 0]), ("fix the bike", [0, 0, 1]),
            ]
            for (id, note) in notes.enumerated() {
                try transaction.execute(
                    "UPSERT INTO notes VALUES ($1, $2, $3)", id + 1, note.0, note.1)
            }
        }
    }

    struct Note: Decodable {
        let id: Int
        let text: String
        let distance: Double
    }

    static func ask(_ database: Database) throws {
        let nearest = try database.prepare(
            "SELECT id, text, v <=> $1 AS distance FROM notes ORDER BY v <=> $1 LIMIT 2")
        let query: [Float] = [1, 0.1, 0]
        for note in try nearest.query(query).decode(Note.self) {
            print("\(note.id) \(note.text) \(note.distance < 0.1)")
        }
        let count = try database.read { snapshot in
            try snapshot.query("SELECT count(*) FROM notes WHERE text LIKE :pattern",
                named: ["pattern": "b%"])[0][0]
        }
        print("notes that begin with b: \(count == .int(2) ? 2 : -1)")
    }

    /// Errors carry a code, a sentence, what to do, and where in the statement.
    static func misuse(_ database: Database) throws {
        do {
            _ = try database.query("SELECT id FROM notes ORDER BY v <=> $1", [1, 0] as [Float])
        } catch let error as DatabaseError {
            print("\(error.code.rawValue) \(error.message)")
        }
    }
}
