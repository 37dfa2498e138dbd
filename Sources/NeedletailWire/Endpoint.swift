package import NeedletailCore

/// Where a server listens, or a client connects.
package enum Endpoint: Sendable, Hashable {
    /// A name or a numeric address without brackets.
    case tcp(host: String, port: UInt16)
    case unix(path: String)

    /// The port where none is named.
    package static let portDefault: UInt16 = 7117

    /// Bytes of a socket's path, one short of `sockaddr_un` on the tightest system.
    package static let pathBytesMax = 103

    /// Reads `needletail://host[:port]`, `host:port`, `[::1]:port`, `host` or `unix:PATH`.
    ///
    /// - Throws: 22023 with the accepted forms.
    package init(_ text: String) throws(DatabaseError) {
        if text.hasPrefix("unix:") {
            var path = String(text.dropFirst(5))
            if path.hasPrefix("//") { path = String(path.dropFirst(2)) }
            guard !path.isEmpty, !path.utf8.contains(0), path.utf8.count <= Self.pathBytesMax else {
                throw Self.malformed(
                    text, "a socket's path has 1 to \(Self.pathBytesMax) bytes")
            }
            self = .unix(path: path)
            return
        }
        var rest = Substring(text)
        if rest.hasPrefix("needletail://") { rest = rest.dropFirst("needletail://".count) }
        if rest.hasSuffix("/") { rest = rest.dropLast() }
        var host = rest
        var portText: Substring?
        if rest.first == "[" {
            guard let close = rest.firstIndex(of: "]") else {
                throw Self.malformed(text, "the bracket is not closed")
            }
            host = rest[rest.index(after: rest.startIndex)..<close]
            let tail = rest[rest.index(after: close)...]
            guard tail.isEmpty || tail.first == ":" else {
                throw Self.malformed(text, "only a port may follow the bracket")
            }
            portText = tail.isEmpty ? nil : tail.dropFirst()
        } else if let colon = rest.lastIndex(of: ":") {
            host = rest[..<colon]
            portText = rest[rest.index(after: colon)...]
            guard !host.contains(":") else {
                throw Self.malformed(text, "an IPv6 address stands in brackets")
            }
        }
        guard !host.isEmpty, !host.contains("/"), !host.utf8.contains(0) else {
            throw Self.malformed(text, "the host is missing")
        }
        var port = Self.portDefault
        if let portText {
            guard let number = UInt16(portText) else {
                throw Self.malformed(text, "a port is a number from 0 to 65535")
            }
            port = number
        }
        self = .tcp(host: String(host), port: port)
    }

    private static func malformed(_ text: String, _ reason: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "\"\(text)\" is no address: \(reason)",
            hint: "Write 127.0.0.1:\(portDefault), [::1]:\(portDefault), or unix:PATH.")
    }
}

extension Endpoint: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }
}
