import ArgumentParser
import NeedletailCore

/// `needletail serve PATH`: the line protocol on loopback or a socket file.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Serve a database to this machine.")

    @Argument(help: "A database directory.", completion: .directory)
    var path: String

    @Option(
        help:
            "Where to listen: 127.0.0.1:PORT, [::1]:PORT, localhost:PORT or unix:PATH (repeatable)."
    )
    var listen: [String] = ["127.0.0.1:7117"]

    @Flag(help: "Refuse every change.")
    var readOnly = false

    func run() throws {
        try serveDatabase(path: path, listen: listen, isReadOnly: readOnly)
    }
}
