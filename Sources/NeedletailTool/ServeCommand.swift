import ArgumentParser
import Foundation
import Needletail
import NeedletailCore
import NeedletailServer

/// `needletail serve PATH`: the line protocol on loopback or a socket file.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a database to this machine.",
        discussion: """
            Each setting may also stand in a JSON file (--config) and in the environment, as \
            NEEDLETAIL_ and its name in capitals: --grace-time 30s is "grace_time": "30s" and \
            NEEDLETAIL_GRACE_TIME=30s. Flags win over the environment, the environment over the \
            file. SIGTERM and SIGINT stop the server in good order; a second one ends the grace \
            time. Exit status: 0 stopped, 1 could not start, 2 a statement did not end when it \
            was cancelled.
            """)

    @Argument(help: "A database directory.", completion: .directory)
    var path: String?

    @Option(help: "A JSON file of settings.", completion: .file(extensions: ["json"]))
    var config: String?

    @Flag(help: "Print every setting, its value, its unit and where it came from, and end.")
    var printConfig = false

    @OptionGroup var flags: ServerFlags

    func validate() throws {
        guard printConfig || path != nil else {
            throw ValidationError("Name the directory of a database: needletail serve PATH")
        }
    }

    func run() throws {
        let settings = try ServerSettings(
            flags: flags.texts, environment: ProcessInfo.processInfo.environment, file: config)
        if printConfig {
            print(settings.report)
            return
        }
        guard let path else { return }
        let database = try Database.open(path, options: settings.configuration.database)
        defer { database.close() }
        let outcome = try Server(settings.configuration, database: database).run()
        if outcome == .abandoned { exitProcess(Self.abandonedStatus) }
    }

    private static let abandonedStatus: Int32 = 2
}
