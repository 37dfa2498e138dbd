import Needletail
import NeedletailCore

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// `needletail-bench`: measurements of this machine, one JSON object a line.
@main
struct Bench {
    static let usage = """
        usage: needletail-bench COMMAND [--option value …]
          exact   exact search against the read bandwidth of one thread
                  [--rows 63666] [--dimension 384] [--queries 20]
          lookup  one row by primary key through the embedded API [--rows 100000]
          plan    planning of filtered searches, new and prepared [--rows 20000] [--dimension 64]
          load    COPY of JSONL with vectors from .npy, durable in transactions of 10,000
                  --jsonl FILE [--npy FILE] --columns 'id BIGINT PRIMARY KEY, …' [--vector NAME]
          ann     the bare graph: --base X.npy --queries Q.npy --metric l2|ip|cosine --k 10
                  [--build-threads 2] [--codes auto|f32|f16|int8|int4|bit] [--m 16]
                  [--ef-construction 200] [--rows N]
          ann     --index ivf: the bare inverted lists; points are [lists looked into, recall, qps]
                  [--lists N] [--assign 1|2] [--codes auto|none|f32|f16|int8|int4]
          batch   many queries at once over inverted lists: --base --queries --metric [--k 10]
                  [--batch 1,16,256] [--threads 1,2] [--recall 0.95], and as above
          sql     the same through prepared SQL on a database on disk: --base --queries --metric
                  [--database FOLDER, kept, and used as it is where it is there]
          ingest  durable rows a second into an indexed table, and searches meanwhile:
                  --base X.npy [--batch 1000] [--rate ROWS_PER_S] [--rate …] [--rows N]
                  [--database FOLDER, kept, and used where it has the rows before]
          budget  a table larger than memory, by an index of lists: recall, times and bytes read,
                  cold and steady, and while rows come in: --base --queries --metric [--k 10]
                  [--memory-budget 128MB] [--rate 1000] [--batch 1000] [--seconds 20]
                  [--database FOLDER, kept, and used as it is where it is there]
                  [--only prepare|measure]
          open    opening, the first query, steady queries, bytes: --base X.npy [--rows N]
                  [--database FOLDER, kept, and used as it is where it is there]
          churn   recall and bytes while every row is replaced: --base --queries --metric [--k 10]
                  [--index ivf: also while an index grows, beside a fresh build for each line]
          filter  searches with WHERE: --base --queries --metric --attributes A.jsonl
                  --where 'PREDICATE' [--where …] [--k 10] [--queries-max 1000] [--threads 1]
                  [--columns included|indexed|bitmap|none] [--strategy auto|pre|in|post]
                  [--ef-search N] [--recall R] [--rows N] [--index hnsw|ivf] [--probes N]
          wire    prepared searches here and through a server of the same data: --base --queries
                  --metric [--k 10] [--database FOLDER, kept]
          size    bytes on disk against bytes of payload at five dimensions [--rows 20000]
        """

    static func main() {
        do {
            let options = try Options(CommandLine.arguments.dropFirst())
            switch options.command {
            case "exact": try ExactBenchmark(options).run()
            case "lookup": try LookupBenchmark(options).run()
            case "plan": try PlanBenchmark(options).run()
            case "load": try LoadBenchmark(options).run()
            case "ann" where options.text("index") == "ivf": try ListBenchmark(options).run()
            case "ann": try AnnBenchmark(options).run()
            case "batch": try BatchBenchmark(options).run()
            case "sql": try SQLBenchmark(options).run()
            case "ingest": try IngestBenchmark(options).run()
            case "budget": try BudgetBenchmark(options).run()
            case "open": try OpenBenchmark(options).run()
            case "churn": try ChurnBenchmark(options).run()
            case "filter": try FilterBenchmark(options).run()
            case "wire": try WireBenchmark(options).run()
            case "size": try SizeBenchmark(options).run()
            default: print(usage)
            }
        } catch {
            print("error: \(error)\n\(usage)")
            exit(1)
        }
    }
}

/// `--name value` pairs behind a command.
struct Options {
    let command: String
    private var values: [String: [String]] = [:]

    init(_ arguments: ArraySlice<String>) throws {
        var rest = arguments
        command = rest.popFirst() ?? ""
        while let name = rest.popFirst() {
            // All output is JSON; the option is taken for the sake of scripts.
            if name == "--json" { continue }
            guard name.hasPrefix("--"), let value = rest.popFirst() else {
                throw DatabaseError(.invalidParameter, "\(name) is no option with a value")
            }
            values[String(name.dropFirst(2)), default: []].append(value)
        }
    }

    /// Of an option given several times, the last value.
    func text(_ name: String) -> String? { values[name]?.last }

    /// All values of an option that may be given several times, in their order.
    func texts(_ name: String) -> [String] { values[name] ?? [] }

    /// A size such as 128MB.
    func bytes(_ name: String) throws -> Int? {
        guard let text = text(name) else { return nil }
        guard let size = Quantity.amount(text, Quantity.byteUnits) else {
            throw DatabaseError(.invalidParameter, "--\(name) takes a size, such as 128MB")
        }
        return size
    }

    func integer(_ name: String, _ fallback: Int) throws -> Int {
        try integers(name).last ?? fallback
    }

    /// All values of an option that may be given several times, in their order.
    func integers(_ name: String) throws -> [Int] {
        try texts(name).map { text in
            guard let value = Int(text), value > 0 else {
                throw DatabaseError(.invalidParameter, "--\(name) takes a positive integer")
            }
            return value
        }
    }
}
