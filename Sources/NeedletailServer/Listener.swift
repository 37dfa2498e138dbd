import NIOCore
import NIOPosix
import NeedletailCore
import NeedletailWire

/// Binds the addresses of a server and sets up the connections that arrive there.
struct Listener: Sendable {
    let runtime: ServerRuntime
    let group: MultiThreadedEventLoopGroup

    /// Connections that the system holds until they are accepted.
    private static let backlog: Int32 = 256

    /// 28000 for an address that other machines could reach.
    static func checkIsLocal(_ endpoint: Endpoint) throws(DatabaseError) {
        guard case .tcp(let host, _) = endpoint else { return }
        guard ["127.0.0.1", "::1", "localhost"].contains(host) else {
            throw DatabaseError(
                "28000", "the server does not listen at \(endpoint): other machines could connect",
                hint: "For now it serves 127.0.0.1, [::1], localhost and unix:PATH only, since it "
                    + "has neither authentication nor TLS.")
        }
    }

    /// Binds one address; `localhost` is both loopbacks, the second where the machine has it.
    ///
    /// Errors: 55006 where the address is taken, 58030 where the system refuses.
    func bind(_ endpoint: Endpoint) throws(DatabaseError) -> [(Endpoint, any Channel)] {
        switch endpoint {
        case .unix(let path):
            try UnixSocketFile.makeWay(at: path)
            let channel = try UnixSocketFile.withOwnerOnly { () throws(DatabaseError) in
                try wait(for: bootstrap.bind(unixDomainSocketPath: path), at: endpoint)
            }
            return [(endpoint, channel)]
        case .tcp("localhost", let port):
            let first = try bindTCP("127.0.0.1", port)
            guard case .tcp(_, let actual) = first.0,
                let second = try? bindTCP("::1", actual)
            else { return [first] }
            return [first, second]
        case .tcp(let host, let port): return [try bindTCP(host, port)]
        }
    }

    private func bindTCP(
        _ host: String, _ port: UInt16
    ) throws(DatabaseError) -> (Endpoint, any Channel) {
        let endpoint = Endpoint.tcp(host: host, port: port)
        let channel = try wait(for: bootstrap.bind(host: host, port: Int(port)), at: endpoint)
        let actual = channel.localAddress?.port.flatMap { UInt16(exactly: $0) } ?? port
        return (.tcp(host: host, port: actual), channel)
    }

    private func wait(
        for bound: EventLoopFuture<any Channel>, at endpoint: Endpoint
    ) throws(DatabaseError) -> any Channel {
        do {
            return try bound.wait()
        } catch let error as IOError where error.errnoCode == EADDRINUSE {
            throw DatabaseError(
                .objectInUse, "\(endpoint) is in use by another program",
                hint: "Stop it, or choose another address.")
        } catch {
            let reason = (error as? IOError).map { describe($0.errnoCode) } ?? "\(error)"
            throw DatabaseError(
                .inputOutput, "cannot listen at \(endpoint): \(reason)",
                hint: "Choose another address.")
        }
    }

    private var bootstrap: ServerBootstrap {
        let runtime = runtime
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: Self.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelOption(.socketOption(.so_keepalive), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 4)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try Self.welcome(channel, runtime)
                }
            }
    }

    /// The other side's address, as `SHOW SESSIONS` and the log name it.
    private static func peer(of channel: any Channel) -> String {
        guard let address = channel.remoteAddress, address.protocol != .unix else { return "unix" }
        let endpoint = address.port.flatMap { UInt16(exactly: $0) }.map {
            Endpoint.tcp(host: address.ipAddress ?? "", port: $0)
        }
        return endpoint?.description ?? "unknown"
    }

    private static func welcome(_ channel: any Channel, _ runtime: ServerRuntime) throws {
        let handler = ConnectionHandler(
            runtime: runtime, loop: channel.eventLoop, peer: peer(of: channel))
        let admission = runtime.connections.add(handler, on: channel.eventLoop)
        guard admission != .ignored else { throw ChannelError.eof }
        do {
            if channel.remoteAddress?.protocol != .unix {
                // Replies are whole; waiting for more to send with them only adds delay.
                try channel.syncOptions?.setOption(.socketOption(.tcp_nodelay), value: 1)
            }
            try channel.pipeline.syncOperations.addHandler(handler)
        } catch {
            runtime.connections.remove(ObjectIdentifier(handler))
            throw error
        }
        runtime.record {
            $0.connections += 1
            if admission == .refused { $0.connectionsRefused += 1 }
        }
        if admission == .refused {
            if runtime.connections.isClosed {
                handler.refuse(
                    DatabaseError(
                        .cannotConnectNow, "the server is stopping",
                        hint: "Connect again in a moment."))
                return
            }
            let limit = runtime.configuration.connectionsMax
            handler.refuse(
                DatabaseError(
                    .tooManyConnections, "the server has its \(limit) connections already",
                    hint: "Close some, or try again in a moment."))
        }
    }
}
