import NeedletailCore
import ServiceLifecycle
import UnixSignals

/// The server as swift-service-lifecycle runs it: from the first address that it listens at to the
/// last reply.
struct ServerService: Service {
    let server: Server

    func run() async throws {
        // Signals after the first, which the group hears, end the grace time.
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        let impatience = Task {
            var count = 0
            for await _ in signals {
                count += 1
                if count > 1 { server.endGrace() }
            }
        }
        defer { impatience.cancel() }
        try await OwnThread.run { () throws(DatabaseError) in _ = try server.start() }
        try await withGracefulShutdownHandler {
            try await OwnThread.run { () throws(DatabaseError) in
                server.waitForStopRequest()
                server.stop()
            }
        } onGracefulShutdown: {
            server.requestStop()
        }
    }
}

/// Runs what blocks on a thread of its own, away from the threads that tasks share.
enum OwnThread {
    static func run(
        _ body: @escaping @Sendable () throws(DatabaseError) -> Void
    ) async throws(DatabaseError) {
        let result: Result<Void, DatabaseError> = await withCheckedContinuation { continuation in
            let work: @Sendable () -> Void = {
                do throws(DatabaseError) {
                    try body()
                    continuation.resume(returning: .success(()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if DetachedThread.start(work) != 0 {
                continuation.resume(
                    returning: .failure(
                        DatabaseError(
                            .insufficientResources, "the system gives the server no more threads",
                            hint: "Raise the limit of threads (ulimit -u).")))
            }
        }
        try result.get()
    }

    /// Runs a task to its end while the calling thread, which must be allowed to block, waits.
    static func wait(for body: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Monitor<Result<Void, any Error>?>(nil)
        Task.detached {
            let result: Result<Void, any Error>
            do {
                try await body()
                result = .success(())
            } catch {
                result = .failure(error)
            }
            outcome.change { $0 = result }
        }
        try outcome.wait { $0 }.get()
    }
}
