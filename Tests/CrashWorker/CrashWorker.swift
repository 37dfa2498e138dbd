import CrashModel
import Needletail

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Writes the transactions of a ``CrashModel`` until it is killed, and says after each that it is
/// durable. Arguments: directory, seed; with a third, `reindex`, it builds the index anew instead,
/// again and again.
@main
struct CrashWorker {
    static func main() throws {
        let arguments = CommandLine.arguments
        let builds = arguments.count == 4 && arguments[3] == "reindex"
        guard arguments.count == 3 || builds, let seed = UInt64(arguments[2]) else {
            say("usage: CrashWorker DIRECTORY SEED [reindex]")
            exit(2)
        }
        let database = try Database.open(arguments[1])
        var count = 0
        while builds {
            try database.execute("REINDEX INDEX rows_v")
            count += 1
            say("\(count)")
        }
        let model = CrashModel(seed: seed)
        var index: Int64 = 0
        if case .int(let next)? = try database.query("SELECT next FROM progress").first?[0] {
            index = next
        }
        while true {
            try model.run(index, on: database)
            index += 1
            say("\(index)")
        }
    }

    /// A line on standard output, at once.
    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = write(STDOUT_FILENO, bytes, bytes.count)
    }
}
