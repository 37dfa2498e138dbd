import ArgumentParser
import NeedletailCore
import NeedletailShell

/// The command `needletail`.
@main
struct Tool: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "needletail",
        abstract: "A vector database: rows, vectors and filters in one store.",
        usage: """
            needletail PATH
            needletail shell PATH|URL [options]
            needletail serve PATH [--listen ADDRESS]
            needletail check PATH
            needletail mcp PATH|URL [--allow-writes]
            """,
        version: "needletail \(toolVersion)",
        subcommands: [
            ShellCommand.self, ServeCommand.self, CheckCommand.self, CheckWorkerCommand.self,
            MCPCommand.self,
        ],
        defaultSubcommand: ShellCommand.self)

    /// Runs the command. Bad usage ends with 1, as every failure of the program itself does.
    static func main() {
        do {
            var command = try parseAsRoot()
            try command.run()
        } catch {
            end(error)
        }
    }

    private static func end(_ error: any Error) -> Never {
        let code = exitCode(for: error)
        let text = fullMessage(for: error)
        if code.isSuccess {
            if !text.isEmpty { print(text) }
            exitProcess(0)
        }
        if let status = error as? ExitCode { exitProcess(status.rawValue) }
        if let failure = error as? DatabaseError {
            printToErrors("ERROR \(failure.code.rawValue): \(failure.message)")
            if let hint = failure.hint { printToErrors("HINT: \(hint)") }
        } else {
            printToErrors(text)
        }
        exitProcess(1)
    }
}

/// The version of the program.
let toolVersion = "0.1.0"
