import ArgumentParser
import NeedletailCore
import NeedletailServer
import NeedletailShell

/// `needletail PATH|URL`: the prompt, a script, or a few statements.
struct ShellCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shell",
        abstract: "Open the prompt, or run statements and scripts.",
        discussion: """
            Without -c and -f, statements are read from the prompt or from standard input. Exit \
            status: 0 done, 1 failed, 2 connection lost, 3 a script was stopped by an error.
            """)

    @Argument(
        help: "A database directory, or a server: needletail://HOST:PORT, unix:PATH.",
        completion: .directory)
    var target: String

    @Option(name: .shortAndLong, help: "Run these statements or this \\command (repeatable).")
    var command: [String] = []

    @Option(
        name: .shortAndLong, help: "Run this script; - is standard input (repeatable).",
        completion: .file())
    var file: [String] = []

    @Option(name: [.short, .long], help: "Bind NAME=VALUE to :NAME in statements (repeatable).")
    var variable: [String] = []

    @Flag(help: "The form of results.")
    var mode: ModeFlag?

    @Flag(
        name: [.customShort("1"), .long],
        help: "Run everything in one transaction: all of it or nothing.")
    var singleTransaction = false

    @Flag(name: [.customShort("a"), .long], help: "Print every statement before its result.")
    var echoAll = false

    @Flag(name: .shortAndLong, help: "No greeting, no command tags.")
    var quiet = false

    @Flag(name: [.customShort("t"), .long], help: "No column names above results.")
    var noHeader = false

    @Flag(help: "Refuse every change.")
    var readOnly = false

    @Option(help: "Bytes of memory for pages and caches of the database, such as 512MB.")
    var memoryBudget: String?

    func run() throws {
        let target = Target(target)
        var options = ShellOptions()
        options.actions = command.map { .command($0) } + file.map { .file($0) }
        options.mode = mode?.outputMode
        options.variables = variable
        options.isSingleTransaction = singleTransaction
        options.echoesAll = echoAll
        options.isQuiet = quiet
        options.showsHeader = !noHeader
        options.isRemote = target.isRemote
        options.greeting = "needletail \(toolVersion)"
        let session: any StatementSession
        do throws(DatabaseError) {
            session = try openSession(
                target: target, isReadOnly: readOnly,
                memoryBudget: try memoryBudget.flatMap(ServerSetting.memoryBudgetBytes))
        } catch {
            guard error.code == .connectionFailure else { throw error }
            printToErrors("ERROR \(error.code.rawValue): \(error.message)")
            throw ExitCode(ShellStatus.connectionLost.rawValue)
        }
        defer { session.close() }
        let shell = try Shell(session: session, options: options, console: .standard())
        let status = shell.run()
        if status != .success { throw ExitCode(status.rawValue) }
    }
}

/// `--json` and its siblings.
enum ModeFlag: String, EnumerableFlag {
    case box, psql, markdown, json, jsonl, csv, tsv, line

    var outputMode: OutputMode? { OutputMode(rawValue: rawValue) }
}
