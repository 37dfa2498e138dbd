import Foundation
import Needletail
import NeedletailServer
import NeedletailWire
import Testing

/// A server of a real database in a folder of its own; all of it goes when this goes.
final class RealServer {
    let database: Database
    let server: Server
    /// As a client takes it.
    let address: String
    private let folder: String

    init(_ change: (inout ServerConfiguration) -> Void = { _ in }) throws {
        folder = FileManager.default.temporaryDirectory
            .appending(path: "needletail-\(UUID().uuidString)").path()
        var configuration = try ServerConfiguration(addresses: ["127.0.0.1:0"])
        configuration.log = .silent
        change(&configuration)
        database = try Database.open(folder, options: configuration.database)
        server = Server(configuration, database: database)
        address = try #require(try server.start().first)
    }

    deinit {
        server.stop()
        database.close()
        try? FileManager.default.removeItem(atPath: folder)
    }

    func connect() throws -> RawClient { try RawClient(try Endpoint(address)) }
}
