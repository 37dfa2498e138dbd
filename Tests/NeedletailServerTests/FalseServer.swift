import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A server that does what a real one must not: it answers pings, and hands every other line to a
/// closure, which may also hang up.
final class FalseServer: Sendable {
    enum Answer {
        /// The line without its end; `ID` stands for the request's id.
        case line(String)
        /// The same, and then the end.
        case last(String)
        case hangUp
    }

    let address: String
    private let descriptor: Int32
    private let requests = Mutex<[String]>([])
    private let connections = Mutex(0)

    /// - Parameter answer: takes the number of the connection, from 1, and the line.
    init(_ answer: @escaping @Sendable (Int, String) -> Answer) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let status = withUnsafeMutablePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) + listen(descriptor, 16)
                    + getsockname(descriptor, address, &size)
            }
        }
        try #require(status == 0)
        address = "127.0.0.1:\(UInt16(bigEndian: place.sin_port))"
        Thread.detachNewThread { [weak self] in
            while true {
                let connection = accept(descriptor, nil, nil)
                guard connection >= 0, let self else { return }
                let number = self.connections.withLock { count in
                    count += 1
                    return count
                }
                Thread.detachNewThread { [weak self] in
                    self?.serve(connection, number, answer)
                    close(connection)
                }
            }
        }
    }

    deinit {
        shutdown(descriptor, Int32(SHUT_RDWR))
        close(descriptor)
    }

    /// Lines that were handed on, in order.
    var lines: [String] { requests.withLock { $0 } }
    var connectionCount: Int { connections.withLock { $0 } }

    private func serve(
        _ connection: Int32, _ number: Int, _ answer: (Int, String) -> Answer
    ) {
        var held: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            held += buffer.prefix(count)
            while let end = held.firstIndex(of: 0x0A) {
                let line = String(decoding: held[..<end], as: UTF8.self)
                held.removeSubrange(...end)
                guard reply(to: line, on: connection, number, answer) else { return }
            }
        }
    }

    /// False where the connection is to end.
    private func reply(
        to line: String, on connection: Int32, _ number: Int, _ answer: (Int, String) -> Answer
    ) -> Bool {
        let id = line.dropFirst("{\"id\":".count).prefix { $0.isNumber }
        if line.contains("\"ping\"") {
            return send("{\"id\":\(id),\"done\":\"PING\",\"ms\":0}", to: connection)
        }
        requests.withLock { $0.append(line) }
        switch answer(number, line) {
        case .line(let text): return send(text.replacing("ID", with: id), to: connection)
        case .last(let text):
            _ = send(text.replacing("ID", with: id), to: connection)
            return false
        case .hangUp: return false
        }
    }

    private func send(_ text: String, to connection: Int32) -> Bool {
        let bytes = Array("\(text)\n".utf8)
        return Glibc.send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }
}
