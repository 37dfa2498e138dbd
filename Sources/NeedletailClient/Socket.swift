import NeedletailCore
import NeedletailWire
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A connected stream socket with blocking calls.
final class Socket: Sendable {
    private let descriptor: Int32
    /// Nanoseconds that the last answer let wait.
    private let lastWait = Atomic<Int64>(.max)

    /// Where the last answer came within so many nanoseconds, the next is waited for awake: on an
    /// idle machine, and a virtual one before all, waking up takes as long as a search does.
    private static let awakeNanosecondsMax: Int64 = 300_000
    private static let awakeNanosecondsMin: Int64 = 20_000

    /// Connects to `endpoint`, trying each address a name has.
    ///
    /// Errors: 08006 where nobody answers, or not within so many milliseconds.
    init(_ endpoint: Endpoint, connectMilliseconds: Int) throws(DatabaseError) {
        switch endpoint {
        case .tcp(let host, let port):
            descriptor = try Self.connectTCP(host, port, endpoint, connectMilliseconds)
        case .unix(let path):
            descriptor = try Self.connectUnix(path, endpoint)
        }
    }

    deinit { close(descriptor) }

    /// Ends both directions; whoever reads or writes is woken with an error.
    func shutdown() {
        #if canImport(Darwin)
            _ = Darwin.shutdown(descriptor, SHUT_RDWR)
        #elseif canImport(Musl)
            _ = Musl.shutdown(descriptor, Int32(SHUT_RDWR))
        #else
            _ = Glibc.shutdown(descriptor, Int32(SHUT_RDWR))
        #endif
    }

    /// Sends all of `bytes`. Errors: 08006.
    func send(_ bytes: [UInt8]) throws(DatabaseError) {
        #if canImport(Darwin)
            let flags: Int32 = 0  // SO_NOSIGPIPE is set instead.
        #else
            let flags = Int32(MSG_NOSIGNAL)
        #endif
        var sent = 0
        while sent < bytes.count {
            let result = bytes.withUnsafeBytes { raw in
                // SAFETY: the stretch from `sent` to the end lies inside the buffer.
                let rest = UnsafeRawBufferPointer(rebasing: raw[sent...])
                #if canImport(Darwin)
                    return Darwin.send(descriptor, rest.baseAddress, rest.count, flags)
                #elseif canImport(Musl)
                    return Musl.send(descriptor, rest.baseAddress, rest.count, flags)
                #else
                    return Glibc.send(descriptor, rest.baseAddress, rest.count, flags)
                #endif
            }
            if result > 0 {
                sent += result
            } else if result < 0, errno == EINTR {
                continue
            } else {
                throw Self.lost(String(cString: strerror(errno)))
            }
        }
    }

    /// The next bytes, at least one; `nil` where the other side has closed. Errors: 08006.
    func receive(atMost count: Int) throws(DatabaseError) -> [UInt8]? {
        while true {
            var result = 0
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
                result = receive(into: buffer)
                filled = max(0, result)
            }
            if result > 0 { return bytes }
            if result == 0 { return nil }
            if errno == EINTR { continue }
            let isLate = errno == EAGAIN || errno == EWOULDBLOCK
            throw Self.lost(isLate ? "no answer came in time" : String(cString: strerror(errno)))
        }
    }

    /// As the system's `recv`. Where the last answer came soon, this one is looked for without
    /// sleeping, about twice as long; whoever else is ready has the processor meanwhile.
    private func receive(into buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
        let start = ContinuousClock.now
        let expected = lastWait.load(ordering: .relaxed)
        var result = -1
        if expected < Self.awakeNanosecondsMax {
            let end = start + .nanoseconds(2 * expected + Self.awakeNanosecondsMin)
            repeat {
                // SAFETY: recv writes at most `buffer.count` bytes, and says how many.
                result = recv(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_DONTWAIT))
                guard result < 0, errno == EAGAIN || errno == EWOULDBLOCK else { break }
                sched_yield()
            } while ContinuousClock.now < end
        }
        if result < 0 {
            // SAFETY: as above.
            result = recv(descriptor, buffer.baseAddress, buffer.count, 0)
        }
        let wait = (ContinuousClock.now - start) / .nanoseconds(1)
        lastWait.store(Int64(wait), ordering: .relaxed)
        return result
    }

    /// Whether bytes, or the end, can be received within such a time.
    func isReadable(withinMilliseconds milliseconds: Int32) -> Bool {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&request, 1, milliseconds) > 0
    }

    /// Lets ``receive(atMost:)`` fail where nothing comes for so long.
    func limitReceiving(milliseconds: Int) {
        Self.limit(descriptor, SO_RCVTIMEO, milliseconds)
    }

    private static func limit(_ descriptor: Int32, _ option: Int32, _ milliseconds: Int) {
        var time = timeval()
        time.tv_sec = milliseconds / 1_000
        time.tv_usec = .init(milliseconds % 1_000 * 1_000)
        setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
    }

    static func lost(_ reason: String) -> DatabaseError {
        DatabaseError(
            .connectionFailure, "the connection to the server was lost: \(reason)",
            hint: "Connect again; what was not acknowledged may or may not have happened.")
    }

    private static func unreachable(_ endpoint: Endpoint, _ reason: String) -> DatabaseError {
        DatabaseError(
            .connectionFailure, "cannot connect to \(endpoint): \(reason)",
            hint: "Check that the server runs there: needletail serve PATH --listen \(endpoint).")
    }

    private static func connectTCP(
        _ host: String, _ port: UInt16, _ endpoint: Endpoint, _ milliseconds: Int
    ) throws(DatabaseError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = streamType
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, String(port), &hints, &list)
        guard status == 0, let first = list else {
            throw unreachable(endpoint, String(cString: gai_strerror(status)))
        }
        defer { freeaddrinfo(first) }
        var reason: Int32 = 0
        var candidate: UnsafeMutablePointer<addrinfo>? = first
        while let address = candidate {
            // SAFETY: the list is getaddrinfo's, complete and alive until it is freed above.
            let info = address.pointee
            candidate = info.ai_next
            let descriptor = socket(info.ai_family, info.ai_socktype, info.ai_protocol)
            guard descriptor >= 0 else {
                reason = errno
                continue
            }
            // On Linux this is also how long connecting may take; elsewhere the system decides.
            limit(descriptor, SO_SNDTIMEO, milliseconds)
            if connect(descriptor, info.ai_addr, info.ai_addrlen) == 0 {
                limit(descriptor, SO_SNDTIMEO, 0)
                configure(descriptor, isTCP: true)
                return descriptor
            }
            reason = errno == EINPROGRESS ? ETIMEDOUT : errno
            close(descriptor)
        }
        throw unreachable(endpoint, String(cString: strerror(reason)))
    }

    private static func connectUnix(
        _ path: String, _ endpoint: Endpoint
    ) throws(DatabaseError) -> Int32 {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw unreachable(endpoint, "the path is too long")
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let descriptor = socket(AF_UNIX, streamType, 0)
        guard descriptor >= 0 else {
            throw unreachable(endpoint, String(cString: strerror(errno)))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = withUnsafePointer(to: &address) { pointer in
            // SAFETY: a `sockaddr_un` is passed as the `sockaddr` it begins with, with its size.
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, size)
            }
        }
        guard status == 0 else {
            let reason = errno
            close(descriptor)
            throw unreachable(endpoint, String(cString: strerror(reason)))
        }
        configure(descriptor, isTCP: false)
        return descriptor
    }

    private static func configure(_ descriptor: Int32, isTCP: Bool) {
        var on: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        #if canImport(Darwin)
            setsockopt(descriptor, SOL_SOCKET, SO_NOSIGPIPE, &on, size)
        #endif
        // A peer that is gone without a word is noticed, in time.
        setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &on, size)
        if isTCP { setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, size) }
    }

    #if canImport(Glibc)
        private static let streamType = Int32(SOCK_STREAM.rawValue)
    #else
        private static let streamType = Int32(SOCK_STREAM)
    #endif
}
