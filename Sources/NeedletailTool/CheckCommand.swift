import ArgumentParser
import NeedletailCore
import NeedletailShell

/// `needletail check PATH`: is everything as it was written?
struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Check a database: every record, block and page.",
        discussion: """
            The check runs in a process of its own, so that a damaged file can end only that one. \
            Prints one finding to a line. Exit status: 0 nothing found, 1 findings or failure.
            """)

    @Argument(help: "A database directory.", completion: .directory)
    var path: String

    func run() throws {
        let worker = CheckWorker(arguments: ["check-worker", path])
        switch try worker.run(finding: { print($0) }) {
        case .complete(0):
            print("ok")
            return
        case .complete(let count): printToErrors(count == 1 ? "1 finding" : "\(count) findings")
        case .failed: break
        }
        throw ExitCode(ShellStatus.failure.rawValue)
    }
}

/// What `check` runs in its child: findings on standard output, one to a line.
struct CheckWorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check-worker", abstract: "The child process of check.", shouldDisplay: false)

    @Argument var path: String

    func run() throws {
        // Each line leaves at once: the process may not live to flush later.
        try checkDatabase(path: path) { finding in
            printAtOnce(CheckWorker.findingMark + finding)
        }
        printAtOnce(CheckWorker.endMark)
    }
}
