package import NeedletailCore

/// Other protocols that knock on this port by mistake (or by malice: a web page can make a browser
/// send an HTTP request to any port of its own machine).
///
/// They are recognised by their first bytes, or first line, before anything is taken as SQL.
package enum ForeignProtocol: Sendable, Hashable {
    case http
    case tls
    case redis
    /// PostgreSQL asks for encryption first; the answer is the byte `N`, after which its startup
    /// message follows.
    case postgresEncryptionRequest
    case postgres

    /// What the first bytes of a connection say.
    package enum Recognition: Sendable, Hashable {
        case native
        case foreign(ForeignProtocol)
        /// Too few bytes to tell.
        case undecided
    }

    /// Bytes of PostgreSQL's request for encryption, which a startup message follows.
    package static let postgresRequestBytes = 8

    /// Looks at the first bytes of a connection; eight are always enough.
    package static func recognise(_ bytes: ArraySlice<UInt8>) -> Recognition {
        switch bytes.first {
        case nil: return .undecided
        case 0x16: return .foreign(.tls)
        case UInt8(ascii: "*"), UInt8(ascii: "$"): return .foreign(.redis)
        case 0x00:
            guard bytes.count >= postgresRequestBytes else { return .undecided }
            let code = bytes.dropFirst(4).prefix(4).reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
            // 80877103 asks for TLS, 80877104 for GSSAPI.
            let asksForEncryption = code == 80_877_103 || code == 80_877_104
            return .foreign(asksForEncryption ? .postgresEncryptionRequest : .postgres)
        default: return .native
        }
    }

    /// Whether a line that would begin a statement is a line of an HTTP request.
    package static func isHTTP(line: [UInt8]) -> Bool {
        let host = Array("host:".utf8)
        if line.count >= host.count,
            zip(line, host).allSatisfy({ ($0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0) == $1 })
        {
            return true
        }
        // METHOD SP target SP "HTTP/" version
        let method = line.prefix { $0 >= 0x41 && $0 <= 0x5A }
        guard !method.isEmpty, method.count <= 16, line.dropFirst(method.count).first == 0x20,
            let lastSpace = line.lastIndex(of: 0x20)
        else { return false }
        return line[(lastSpace + 1)...].starts(with: "HTTP/".utf8)
    }
}

extension ForeignProtocol {
    /// What the stranger is told before the connection closes, in its own manner of speaking.
    package var farewell: [UInt8] {
        switch self {
        case .http:
            let body = ErrorLine.plain(error)
            let head = """
                HTTP/1.1 400 Bad Request\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Length: \(body.count)\r
                Connection: close\r
                \r

                """
            return Array(head.utf8) + body
        case .tls: return ErrorLine.plain(error)
        case .redis:
            return [UInt8(ascii: "-")] + ErrorLine.plain(error).dropLast() + Array("\r\n".utf8)
        case .postgresEncryptionRequest: return [UInt8(ascii: "N")]
        case .postgres: return postgresError
        }
    }

    /// The same farewell as an error.
    package var error: DatabaseError {
        let (spoken, remedy) =
            switch self {
            case .http: ("HTTP", "Connect with a Needletail client, or type SQL through nc.")
            case .tls: ("TLS", "Connect without TLS; this port serves this machine only.")
            case .redis: ("the Redis protocol", "Connect with a Needletail client.")
            case .postgres, .postgresEncryptionRequest:
                ("the PostgreSQL protocol", "Connect with a Needletail client.")
            }
        return DatabaseError(
            .protocolViolation, "This port speaks Needletail's line protocol, not \(spoken).",
            hint: remedy)
    }

    /// An `ErrorResponse` of PostgreSQL's protocol 3, which its clients show to their user.
    private var postgresError: [UInt8] {
        let fields: [(Character, String)] = [
            ("S", "FATAL"), ("V", "FATAL"), ("C", error.code.rawValue), ("M", error.message),
            ("H", error.hint ?? ""),
        ]
        var body: [UInt8] = []
        for (kind, text) in fields {
            body.append(contentsOf: String(kind).utf8)
            body.append(contentsOf: text.utf8)
            body.append(0)
        }
        body.append(0)
        let length = UInt32(body.count + 4)
        let header = [UInt8(ascii: "E")] + (0..<4).map { UInt8((length >> (24 - 8 * $0)) & 0xFF) }
        return header + body
    }
}
