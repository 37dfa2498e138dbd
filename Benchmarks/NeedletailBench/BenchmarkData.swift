import Needletail

/// The vectors, of length 1 by cosine, the metric and the number of neighbours that a comparison is
/// about.
struct BenchmarkData {
    let base: VectorFileData
    let queries: VectorFileData
    let metric: Metric
    let k: Int
    let name: String

    init(_ options: Options) throws {
        guard let basePath = options.text("base"), let queryPath = options.text("queries") else {
            throw DatabaseError(
                .invalidParameter, "it needs --base FILE.npy and --queries FILE.npy")
        }
        metric = try Self.metric(options)
        k = try options.integer("k", 10)
        base = try VectorFileData(path: basePath, rows: try options.integer("rows", .max))
        queries = try VectorFileData(path: queryPath, rows: .max)
        guard base.dimension == queries.dimension, base.count > 0, queries.count > 0 else {
            throw DatabaseError(
                .invalidParameter, "base and queries differ in dimension, or are empty")
        }
        if metric == .cosine {
            base.normalize()
            queries.normalize()
        }
        name = Self.name(basePath)
    }

    /// The rows of `--base`, at most `--rows`, and what they are called.
    static func base(_ options: Options) throws -> (VectorFileData, name: String) {
        guard let path = options.text("base") else {
            throw DatabaseError(.invalidParameter, "it needs --base FILE.npy")
        }
        let base = try VectorFileData(path: path, rows: try options.integer("rows", .max))
        guard base.count > 1 else {
            throw DatabaseError(.invalidParameter, "\(path) has fewer than two rows")
        }
        return (base, name(path))
    }

    static func metric(_ options: Options) throws -> Metric {
        let metrics: [String: Metric] = ["l2": .l2, "ip": .innerProduct, "cosine": .cosine]
        guard let metric = metrics[options.text("metric") ?? "l2"] else {
            throw DatabaseError(.invalidParameter, "--metric is l2, ip or cosine")
        }
        return metric
    }

    static func name(_ path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }
}
