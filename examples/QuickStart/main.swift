import Needletail

struct Note: Decodable {
    let id: Int
    let text: String
    let distance: Double
}

let database = try Database.open(CommandLine.arguments.dropFirst().first ?? "notes.db")
try database.execute(
    "CREATE TABLE IF NOT EXISTS notes (id BIGINT PRIMARY KEY, text TEXT, v vector(3))")
try database.write { transaction in
    let insert = try database.prepare("UPSERT INTO notes VALUES ($1, $2, $3)")
    try transaction.execute(insert, 1, "buy bread", [1, 0, 0] as [Float])
    try transaction.execute(insert, 2, "fix the bike", [0, 0, 1] as [Float])
}

let nearest = try database.prepare(
    "SELECT id, text, v <=> $1 AS distance FROM notes ORDER BY v <=> $1 LIMIT 10")
for note in try nearest.query([1, 0.1, 0] as [Float]).decode(Note.self) {
    print(note.id, note.text, note.distance < 0.1 ? "near" : "far")
}

// One snapshot for several statements, and parameters by name.
let count = try database.read { snapshot in
    let sql = "SELECT count(*) AS n FROM notes WHERE text LIKE :pattern"
    return try snapshot.query(sql, named: ["pattern": "b%"])[0]["n"]
}
print("notes that begin with b:", count == .int(1) ? 1 : 0)

// Errors carry a code, a sentence, what to do, and where in the statement.
do {
    _ = try nearest.query([1, 0] as [Float])
} catch {
    print(error.code.rawValue, error.message)
}
database.close()
