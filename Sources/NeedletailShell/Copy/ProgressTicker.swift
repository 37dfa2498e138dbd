import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Draws the progress of a statement while another thread runs it.
final class ProgressTicker {
    private static let intervalMilliseconds: Int32 = 100
    /// Nothing is drawn for statements shorter than this.
    private static let silentMilliseconds = 400

    /// A statement, for another thread to ask for its progress.
    // SAFETY: only `progress` is read there, which the protocol allows while `next()` runs.
    private struct Watched: @unchecked Sendable {
        let statement: any RunningStatement
    }

    private let ended: StopSignal
    private let thread: WorkerThread

    /// Starts drawing to `descriptor`, which should be a terminal.
    init(
        _ statement: any RunningStatement, label: String, input: CopyProgress?, to descriptor: Int32
    ) {
        let watched = Watched(statement: statement)
        let ended = StopSignal()
        self.ended = ended
        thread = WorkerThread {
            let line = ProgressLine(label: label)
            let clock = ContinuousClock()
            let start = clock.now
            var isDrawn = false
            while !ended.wait(milliseconds: Self.intervalMilliseconds) {
                let elapsed = (clock.now - start) / .seconds(1)
                guard elapsed * 1_000 >= Double(Self.silentMilliseconds) else { continue }
                var progress = watched.statement.progress
                progress.fraction = progress.fraction ?? input?.fraction
                let columns = (windowSize(descriptor)?.columns ?? 80) - 1
                let text = line.text(progress, seconds: elapsed, columns: columns)
                _ = writeAll(Array("\r\(text)\u{1B}[0K".utf8), to: descriptor)
                isDrawn = true
            }
            if isDrawn { _ = writeAll(Array("\r\u{1B}[0K".utf8), to: descriptor) }
        }
    }

    /// Stops drawing and clears the line.
    func stop() {
        ended.stop()
        thread.join()
    }
}

/// Lets one thread end the waiting of another at once.
private final class StopSignal: Sendable {
    private let ends: (reader: Int32, writer: Int32)

    init() {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two places that `pipe` fills.
        _ = pipe(&ends)
        self.ends = (ends[0], ends[1])
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    }

    deinit {
        _ = close(ends.reader)
        _ = close(ends.writer)
    }

    func stop() { _ = writeAll([1], to: ends.writer) }

    /// Waits; true once stopped.
    func wait(milliseconds: Int32) -> Bool {
        var waiting = pollfd(fd: ends.reader, events: Int16(POLLIN), revents: 0)
        // SAFETY: one pollfd is passed, as counted.
        return poll(&waiting, 1, milliseconds) > 0
    }
}
