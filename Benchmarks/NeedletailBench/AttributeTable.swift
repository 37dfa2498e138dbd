import Needletail
import NeedletailFormats

/// Rows of vectors with typed attributes and indexes on both, in a database on disk.
struct AttributeTable {
    /// How searches can find out which rows satisfy a filter.
    enum Access: String {
        /// The vector index includes the scalar attributes.
        case included
        /// An ordered index for each scalar attribute.
        case indexed
        /// A bitmap index for each scalar attribute, and GIN for arrays and documents.
        case bitmap
        /// From the rows alone.
        case none
    }

    /// What finds near rows.
    enum Index: String {
        case hnsw, ivf
    }

    private struct Attribute {
        let key: String
        let kind: AttributeKind
    }

    let database: Database
    /// The primary key of each row: the attribute `id` where there is one, else its number.
    let ids: [Int64]
    /// `<->`, `<#>` or `<=>`.
    let sign: String
    private let operators: String
    private let attributes: [Attribute]
    /// A column of no attribute, for commits that change nothing a filter reads.
    static let touched = "bench_touched"
    private static let batch = 10_000
    /// Names that the table takes for itself.
    private static let taken = ["id", "v", touched]

    /// An empty table whose columns fit the first `count` lines of the file at `path`.
    ///
    /// Errors: 22023 where there are fewer lines, or one is no object of JSON.
    init(_ folder: String, path: String, count: Int, dimension: Int, metric: Metric) throws {
        switch metric {
        case .l2: (sign, operators) = ("<->", "vector_l2_ops")
        case .innerProduct: (sign, operators) = ("<#>", "vector_ip_ops")
        default: (sign, operators) = ("<=>", "vector_cosine_ops")
        }
        database = try Database.open(folder)
        var lines = try AttributeLines(path, database)
        var keys: [String] = []
        var kinds: [String: AttributeKind] = [:]
        var ids: [Int64] = []
        for row in 0..<count {
            let members = try lines.next().members
            for member in members {
                guard let known = kinds[member.key] else {
                    keys.append(member.key)
                    kinds[member.key] = AttributeKind(member.value)
                    continue
                }
                kinds[member.key] = known.joined(with: AttributeKind(member.value))
            }
            guard let key = members.first(where: { $0.key == "id" }) else {
                ids.append(Int64(row))
                continue
            }
            guard case .int(let id) = key.value else {
                throw DatabaseError(
                    .invalidParameter, "the id of line \(row + 1) of \(path) is no integer",
                    hint: "Leave id out of all lines to count them from 0.")
            }
            ids.append(id)
        }
        self.ids = ids
        attributes = keys.filter { $0 != "id" }.map { key in
            Attribute(key: key, kind: kinds[key] ?? .unknown)
        }
        if let taken = keys.first(where: { $0 != "id" && Self.taken.contains($0.lowercased()) }) {
            throw DatabaseError(.invalidParameter, "an attribute cannot be called \(taken)")
        }
        let columns = attributes.map { Self.column($0.key) + " " + $0.kind.sqlName }
        let all =
            ["id BIGINT PRIMARY KEY"] + columns
            + ["v vector(\(dimension))", "\(Self.touched) BIGINT"]
        try database.execute("CREATE TABLE t (\(all.joined(separator: ", ")))")
    }

    /// Inserts all rows under their keys, durable in transactions of 10,000.
    func load(_ data: VectorFileData, path: String) throws {
        let names = ["id"] + attributes.map { Self.column($0.key) } + ["v"]
        let places = names.indices.map { ":p\($0)" }
        let insert =
            "INSERT INTO t (\(names.joined(separator: ", "))) "
            + "VALUES (\(places.joined(separator: ", ")))"
        var lines = try AttributeLines(path, database)
        for first in stride(from: 0, to: data.count, by: Self.batch) {
            let rows = first..<min(first + Self.batch, data.count)
            let documents = try rows.map { _ in try lines.next() }
            try database.write { transaction in
                for (row, document) in zip(rows, documents) {
                    var values: [String: Value] = [
                        "p0": .int(ids[row]),
                        "p\(names.count - 1)": .vector(data.vector(row)),
                    ]
                    for (place, attribute) in attributes.enumerated() {
                        values["p\(place + 1)"] =
                            attribute.kind.value(document[attribute.key] ?? .null)
                    }
                    try transaction.execute(insert, named: values)
                }
            }
        }
    }

    /// The vector index, and those of the attributes.
    ///
    /// Errors: 0A000 for a kind of index that this version does not have.
    func createIndexes(_ index: Index, _ access: Access) throws {
        let scalar = attributes.filter(\.kind.isScalar)
        var include = ""
        if access == .included, !scalar.isEmpty {
            let names = scalar.prefix(Limits.includedColumnsMax).map { Self.column($0.key) }
            include = " INCLUDE (\(names.joined(separator: ", ")))"
        }
        try database.execute(
            "CREATE INDEX t_v ON t USING \(index.rawValue) (v \(operators))\(include)")
        switch access {
        case .included, .none: return
        case .indexed:
            for attribute in scalar {
                try database.execute("CREATE INDEX ON t (\(Self.column(attribute.key)))")
            }
        case .bitmap:
            for attribute in attributes {
                let method = attribute.kind.isScalar ? "bitmap" : "gin"
                try createPostings(method, Self.column(attribute.key))
            }
        }
    }

    private func createPostings(_ method: String, _ column: String) throws {
        do {
            try database.execute("CREATE INDEX ON t USING \(method) (\(column))")
        } catch {
            throw DatabaseError(
                .notSupported,
                "--columns bitmap needs indexes USING \(method), which were refused for "
                    + "\(column): \(error.message)",
                hint: "Take --columns included or indexed.")
        }
    }

    /// As the name stands in a predicate without quotation marks: in small letters.
    private static func column(_ key: String) -> String {
        "\"" + key.lowercased().replacing("\"", with: "\"\"") + "\""
    }
}

/// Objects of JSON, one a line.
private struct AttributeLines {
    private let path: String
    private let parse: PreparedStatement
    private var reader: LineReader
    private var line: [UInt8] = []

    init(_ path: String, _ database: Database) throws {
        self.path = path
        parse = try database.prepare("SELECT $1::jsonb")
        reader = LineReader(try FileSource(path: path))
    }

    mutating func next() throws -> JSONObject {
        guard try reader.next(into: &line) else {
            throw DatabaseError(
                .invalidParameter, "\(path) ends after \(reader.lineNumber) lines",
                hint: "It needs a line for each row of --base.")
        }
        guard
            case .json(.object(let object))? =
                try parse.query(String(decoding: line, as: UTF8.self)).first?[0]
        else {
            throw DatabaseError(
                .invalidParameter, "line \(reader.lineNumber) of \(path) is no object of JSON")
        }
        return object
    }
}
