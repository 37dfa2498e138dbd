import Foundation
import NeedletailWire
import Testing

#if canImport(Glibc)
    import Glibc
#endif

/// A bare blocking socket.
final class RawClient: Sendable {
    let descriptor: Int32

    init(_ endpoint: Endpoint) throws { descriptor = try #require(Self.open(endpoint)) }

    /// `nil` where nobody listens.
    init?(ifListening endpoint: Endpoint) {
        guard let opened = Self.open(endpoint) else { return nil }
        descriptor = opened
    }

    /// A connected socket.
    private static func open(_ endpoint: Endpoint) -> Int32? {
        let opened: Int32
        let status: Int32
        switch endpoint {
        case .tcp(let host, let port):
            var hints = addrinfo()
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
            var list: UnsafeMutablePointer<addrinfo>?
            guard getaddrinfo(host, String(port), &hints, &list) == 0 else { return nil }
            defer { freeaddrinfo(list) }
            guard let info = list?.pointee else { return nil }
            opened = socket(info.ai_family, info.ai_socktype, 0)
            status = connect(opened, info.ai_addr, info.ai_addrlen)
        case .unix(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
            opened = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            let size = socklen_t(MemoryLayout<sockaddr_un>.size)
            status = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(opened, $0, size) }
            }
        }
        if status == 0 { return opened }
        if opened >= 0 { close(opened) }
        return nil
    }

    deinit { close(descriptor) }

    func send(_ text: String) { send(Array(text.utf8)) }

    /// Sends all; gives up quietly where the other side has closed.
    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    func endInput() { shutdown(descriptor, Int32(SHUT_WR)) }

    func receive() -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 65_536) { buffer, count in
            count = max(0, recv(descriptor, buffer.baseAddress, buffer.count, 0))
        }
    }

    func receiveToEnd() -> [UInt8] {
        var all: [UInt8] = []
        while true {
            let more = receive()
            if more.isEmpty { return all }
            all += more
        }
    }

    /// Reads up to and including the `count`-th line end, or the end.
    func receiveLines(_ count: Int) -> [String] {
        var bytes: [UInt8] = []
        var ends = 0
        while ends < count {
            var byte: UInt8 = 0
            guard recv(descriptor, &byte, 1, 0) == 1 else { break }
            bytes.append(byte)
            if byte == 0x0A { ends += 1 }
        }
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
