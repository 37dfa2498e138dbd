#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A terminal that keys are read from and frames are drawn on.
package final class Terminal {
    /// What happened while waiting.
    package enum Event: Sendable, Hashable {
        case key(Key)
        case resized
        case interrupted
        case end
    }

    /// Milliseconds after which a lone escape byte is the Escape key.
    private static let escapeDelayMilliseconds: Int32 = 60

    private let input: Int32
    private let output: Int32
    private var saved: termios?
    private var decoder = KeyDecoder()
    private var bytes: ArraySlice<UInt8> = []
    private var hasEnded = false

    /// `nil` unless both descriptors are a terminal that can move its cursor.
    ///
    /// - Parameter kind: what `TERM` says of it.
    package init?(input: Int32, output: Int32, kind: String) {
        guard isatty(input) == 1, isatty(output) == 1 else { return nil }
        guard kind != "dumb", !kind.isEmpty else { return nil }
        self.input = input
        self.output = output
    }

    /// Columns and rows; 80 by 24 where the terminal does not say.
    package var size: (columns: Int, rows: Int) {
        windowSize(output) ?? (80, 24)
    }

    package func write(_ text: String) { _ = writeAll(Array(text.utf8), to: output) }

    /// Takes keys one by one, unechoed, with pastes marked. Must be paired with ``leaveRaw()``.
    package func enterRaw() {
        var mode = termios()
        // SAFETY: the call fills the structure passed.
        guard tcgetattr(input, &mode) == 0 else { return }
        saved = mode
        let (descriptor, screen, original) = (input, output, TerminalMode(mode))
        Interrupts.shared.setRestore {
            original.apply(to: descriptor)
            _ = writeAll(Array("\u{1B}[?2004l\r\n".utf8), to: screen)
        }
        mode.c_iflag &= ~tcflag_t(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON)
        mode.c_lflag &= ~tcflag_t(ECHO | ECHONL | ICANON | ISIG | IEXTEN)
        TerminalMode(mode).apply(to: input)
        write("\u{1B}[?2004h")
    }

    package func leaveRaw() {
        guard let saved else { return }
        write("\u{1B}[?2004l")
        TerminalMode(saved).apply(to: input)
        Interrupts.shared.setRestore(nil)
        self.saved = nil
    }

    /// Waits for the next event.
    package func next() -> Event {
        while true {
            while let byte = bytes.popFirst() {
                if let key = decoder.feed(byte) { return .key(key) }
            }
            if hasEnded { return .end }
            if Interrupts.shared.takeResize() { return .resized }
            if Interrupts.shared.takeInterrupt() { return .interrupted }
            switch wait() {
            case .readable: fill()
            case .late: if let key = decoder.flush() { return .key(key) }
            case .woken: continue
            }
        }
    }

    private enum Waited { case readable, late, woken }

    private func wait() -> Waited {
        var waiting = [
            pollfd(fd: input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: Interrupts.shared.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let timeout = decoder.isPending ? Self.escapeDelayMilliseconds : -1
        // SAFETY: the array holds the two entries counted.
        let count = poll(&waiting, 2, timeout)
        if count == 0 { return .late }
        if count > 0, waiting[0].revents != 0 { return .readable }
        return .woken
    }

    private func fill() {
        var chunk = [UInt8](repeating: 0, count: 4_096)
        // SAFETY: the buffer has the size passed.
        let count = read(input, &chunk, chunk.count)
        if count > 0 {
            bytes = chunk[..<count]
        } else if count == 0 || (errno != EINTR && errno != EAGAIN) {
            hasEnded = true
        }
    }

    /// Stops the process as Control-Z does; returns when it is continued.
    package func suspend() {
        leaveRaw()
        _ = raise(SIGTSTP)
        enterRaw()
    }
}

/// The modes of a terminal, to be set again from any thread.
// SAFETY: the structure is plain numbers without pointers, and never changes.
private struct TerminalMode: @unchecked Sendable {
    private let mode: termios

    init(_ mode: termios) { self.mode = mode }

    func apply(to descriptor: Int32) {
        var copy = mode
        // SAFETY: the call reads the structure passed.
        _ = tcsetattr(descriptor, TCSADRAIN, &copy)
    }
}

/// Columns and rows of the terminal behind `descriptor`, if it is one and says.
func windowSize(_ descriptor: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    // SAFETY: the request fills the structure passed.
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
        return nil
    }
    return (Int(size.ws_col), max(Int(size.ws_row), 1))
}

/// The value of an environment variable, or `nil` where it is not set.
func environment(_ name: String) -> String? {
    // SAFETY: `getenv` returns a terminated string or nil, copied at once.
    guard let value = getenv(name) else { return nil }
    return String(cString: value)
}
