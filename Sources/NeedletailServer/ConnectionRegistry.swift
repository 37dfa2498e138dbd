import NIOCore
import NeedletailCore

/// The open connections of a server, over all its addresses.
final class ConnectionRegistry: Sendable {
    enum Admission: Sendable {
        case welcome
        /// Over the limit: to be told so.
        case refused
        /// So far over the limit that telling costs too much.
        case ignored
    }

    private struct Connection: Sendable {
        let handler: NIOLoopBound<ConnectionHandler>
        let loop: any EventLoop
        let isWelcome: Bool
    }

    private struct State: Sendable {
        var connections: [ObjectIdentifier: Connection] = [:]
        var welcome = 0
        var isClosed = false
    }

    private let limit: Int
    private let state = Monitor(State())

    /// Connections that may be told that they are too many, at once.
    private static let refusedMax = 64

    init(limit: Int) { self.limit = limit }

    var count: Int { state.look { $0.connections.count } }

    /// Takes note of a connection, on its loop. One that is `ignored` is not noted.
    func add(_ handler: ConnectionHandler, on loop: any EventLoop) -> Admission {
        let bound = NIOLoopBound(handler, eventLoop: loop)
        let identity = ObjectIdentifier(handler)
        return state.look { state in
            let isWelcome = state.welcome < limit && !state.isClosed
            let refused = state.connections.count - state.welcome
            guard isWelcome || refused < Self.refusedMax else { return .ignored }
            state.connections[identity] = Connection(
                handler: bound, loop: loop, isWelcome: isWelcome)
            if isWelcome { state.welcome += 1 }
            return isWelcome ? .welcome : .refused
        }
    }

    func remove(_ identity: ObjectIdentifier) {
        state.change { state in
            guard let removed = state.connections.removeValue(forKey: identity) else { return }
            if removed.isWelcome { state.welcome -= 1 }
        }
    }

    /// Admits nobody any more.
    func close() { state.look { $0.isClosed = true } }

    /// Does `body` to every connection, each on its loop.
    func forEach(_ body: @escaping @Sendable (ConnectionHandler) -> Void) {
        let connections = state.look { Array($0.connections.values) }
        for connection in connections {
            let handler = connection.handler
            connection.loop.execute { body(handler.value) }
        }
    }

    /// Sleeps until there is no connection, at most so long; tells whether there is none.
    func waitUntilEmpty(milliseconds: Int64) -> Bool {
        state.wait(milliseconds: milliseconds) { $0.connections.isEmpty }
    }
}
