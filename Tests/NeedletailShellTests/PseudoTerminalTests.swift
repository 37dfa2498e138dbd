import Foundation
import NeedletailCore
import NeedletailShell
import Synchronization
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A person at a terminal: writes keys, and reads until something is shown.
private final class Person {
    let master: Int32
    let terminal: Int32
    private(set) var seen = ""

    init() throws {
        var ends: (Int32, Int32) = (-1, -1)
        var size = winsize(ws_row: 24, ws_col: 80, ws_xpixel: 0, ws_ypixel: 0)
        try #require(openpty(&ends.0, &ends.1, nil, nil, &size) == 0)
        (master, terminal) = ends
    }

    deinit {
        close(master)
        close(terminal)
    }

    func type(_ text: String) {
        let bytes = Array(text.utf8)
        #expect(write(master, bytes, bytes.count) == bytes.count)
    }

    /// Reads until `text` is shown after what was waited for before. Gives up after half a minute.
    func wait(for text: String) {
        let deadline = ContinuousClock().now + .seconds(30)
        while !seen.contains(text), ContinuousClock().now < deadline {
            var waiting = pollfd(fd: master, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 100) > 0 else { continue }
            var chunk = [UInt8](repeating: 0, count: 4_096)
            let count = read(master, &chunk, chunk.count)
            if count > 0 { seen += String(decoding: chunk[..<count], as: UTF8.self) }
        }
        #expect(seen.contains(text), "saw \(seen.debugDescription)")
        if let range = seen.range(of: text) { seen = String(seen[range.upperBound...]) }
    }
}

@Suite struct PseudoTerminalTests {
    @Test("A conversation at a terminal: type, see, recall, give up, leave")
    func conversation() async throws {
        let person = try Person()
        let descriptor = person.terminal
        let path = NSTemporaryDirectory() + "needletail-pty-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let session = FakeSession([
            "select 1": .rows([("x", .int)], [[.int(41)]]),
            "select\n2": .rows([("y", .int)], [[.int(42)]]),
        ])
        let ended = Mutex<ShellStatus?>(nil)
        let thread = Thread {
            var console = Console(
                output: FileOutput(descriptor: descriptor),
                errors: FileOutput(descriptor: descriptor), input: ByteLineSource(text: ""),
                columns: 80)
            console.terminal = Terminal(input: descriptor, output: descriptor, kind: "xterm")
            console.historyFile = HistoryFile(path: path)
            let shell = try? Shell(session: session, options: ShellOptions(), console: console)
            let status = shell?.run()
            ended.withLock { $0 = status }
        }
        thread.start()
        person.wait(for: "needletail=> ")
        person.type("select 1;\r")
        person.wait(for: "│ 41 │")
        person.wait(for: "1 row · 0.21 ms")
        person.wait(for: "needletail=> ")
        person.type("select\r2;\r")
        person.wait(for: "needletail-> ")
        person.wait(for: "│ 42 │")
        person.wait(for: "needletail=> ")
        person.type("unfinished\u{3}")
        person.wait(for: "^C")
        person.wait(for: "needletail=> ")
        person.type("\u{12}1;")
        person.wait(for: "reverse-i-search")
        person.type("\r")
        person.wait(for: "│ 41 │")
        person.wait(for: "needletail=> ")
        person.type("\u{1B}[200~select 1;\r\nselect 1;\u{1B}[201~\r")
        person.wait(for: "│ 41 │")
        person.wait(for: "│ 41 │")
        person.wait(for: "needletail=> ")
        person.type("\u{4}")
        let deadline = ContinuousClock().now + .seconds(30)
        while ended.withLock({ $0 }) == nil, ContinuousClock().now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        #expect(ended.withLock { $0 } == .success)
        #expect(
            HistoryFile(path: path).load().entries == [
                "select\n2;", "select 1;", "select 1;\nselect 1;",
            ])
    }
}
