import Needletail
import NeedletailClient

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The `needletail` that was built beside this program, serving a database in a process of its own.
struct WireServer {
    let address: String
    private let process: pid_t

    private static let attempts = 500

    /// Starts it and waits until it answers.
    init(path: String) throws {
        let own = CommandLine.arguments.first ?? ""
        let folder = own.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        let binary = (folder.isEmpty ? "." : folder.joined(separator: "/")) + "/needletail"
        address = "127.0.0.1:\(Int.random(in: 20_000..<60_000))"
        let arguments = [binary, "serve", path, "--listen", address]
        var child = pid_t()
        var pointers: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        pointers.append(nil)
        defer { for pointer in pointers { free(pointer) } }
        // SAFETY: the array ends with nil and its strings live until after the call.
        guard posix_spawn(&child, binary, nil, nil, pointers, nil) == 0 else {
            throw DatabaseError(
                .undefinedFile, "cannot start \(binary)",
                hint: "Build it: swift build -c release --product needletail.")
        }
        process = child
        for _ in 0..<Self.attempts {
            if let session = try? RemoteSession.connect(url: address) {
                session.close()
                return
            }
            Measure.sleep(milliseconds: 20)
        }
        stop()
        throw DatabaseError(.connectionFailure, "the server at \(address) did not answer")
    }

    func stop() {
        var status: Int32 = 0
        kill(process, SIGTERM)
        waitpid(process, &status, 0)
    }
}
