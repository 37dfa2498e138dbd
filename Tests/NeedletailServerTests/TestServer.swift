import Foundation
import NeedletailCore
import NeedletailServer
import NeedletailWire
import NeedletailWireScripts
import Synchronization
import Testing

/// A server of scripted sessions on a port of the system's choice, stopped when it goes.
final class TestServer: Sendable {
    let server: Server
    /// As a client takes it.
    let address: String
    private let endpoint: Endpoint
    private let opened: Sessions

    private final class Sessions: Sendable {
        let list = Mutex<[ScriptedSession]>([])
    }

    init(
        listen address: String = "127.0.0.1:0",
        _ change: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        var configuration = try ServerConfiguration(addresses: [address])
        configuration.log = .silent
        change(&configuration)
        let opened = Sessions()
        self.opened = opened
        server = Server(configuration) { () throws(DatabaseError) in
            let session = ScriptedSession()
            opened.list.withLock { $0.append(session) }
            return session
        }
        self.address = try #require(try server.start().first)
        endpoint = try Endpoint(self.address)
    }

    deinit { server.stop() }

    /// Sessions in the order in which they were opened.
    var sessions: [ScriptedSession] { opened.list.withLock { $0 } }

    func connect() throws -> RawClient { try RawClient(endpoint) }

    static func socketPath() -> String {
        FileManager.default.temporaryDirectory
            .appending(path: "nt-\(UInt32.random(in: 0 ... .max)).sock").path()
    }
}

/// Waits for something that another thread does; a test that hangs here has failed.
func eventually(_ condition: () -> Bool) {
    while !condition() { usleep(1_000) }
}

/// Runs `body` on a thread of its own; the result tells when it has ended.
func inBackground<Result: Sendable>(_ body: @escaping @Sendable () -> Result) -> Background<Result>
{
    let background = Background<Result>()
    Thread.detachNewThread { background.finish(body()) }
    return background
}

final class Background<Result: Sendable>: Sendable {
    private let result = Mutex<Result?>(nil)
    fileprivate func finish(_ value: Result) { result.withLock { $0 = value } }

    func wait() -> Result {
        while true {
            if let value = result.withLock({ $0 }) { return value }
            usleep(500)
        }
    }
}
