package import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Runs the integrity check in a child process, this program again with other arguments, so that a
/// file damaged enough to end a process ends only that one.
package struct CheckWorker {
    /// Begins each line the child prints about a fault.
    package static let findingMark = "finding "
    /// The line the child prints once it has looked at everything.
    package static let endMark = "end"

    private let executable: String
    private let arguments: [String]

    /// - Parameters:
    ///   - executable: the program to run; this one unless told otherwise.
    ///   - arguments: without the program's name.
    package init(executable: String = ownExecutable(), arguments: [String]) {
        self.executable = executable
        self.arguments = arguments
    }

    /// How a check ended.
    package enum Outcome: Sendable, Hashable {
        /// Everything was looked at, or the child crashed over it.
        case complete(findings: Int)
        /// The child gave up, and has said why on standard error.
        case failed
    }

    /// Runs the child and calls `finding` for every fault. A child that crashes, or ends before it
    /// is done, is a finding too.
    ///
    /// Errors: 58030 where the child cannot be started.
    package func run(finding: (String) -> Void) throws(DatabaseError) -> Outcome {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the array has the two places that `pipe` fills.
        guard pipe(&ends) == 0 else {
            throw FileReader.failure(errno, "open a pipe to", executable)
        }
        let child: pid_t
        do throws(DatabaseError) {
            child = try spawn(writer: ends[1], reader: ends[0])
        } catch {
            for end in ends { _ = close(end) }
            throw error
        }
        _ = close(ends[1])
        defer { _ = close(ends[0]) }
        let lines = ByteLineSource(
            FileReader(descriptor: ends[0], name: "the check"), name: "the check")
        var count = 0
        var isDone = false
        do throws(DatabaseError) {
            while let line = try lines.nextLine() {
                if line == Self.endMark { isDone = true }
                guard line.hasPrefix(Self.findingMark) else { continue }
                count += 1
                finding(String(line.dropFirst(Self.findingMark.count)))
            }
        } catch {
            count += 1
            finding("the check's report cannot be read: \(error.message)")
        }
        let status = wait(child)
        if status & 0x7F == 0, status >> 8 != 0 { return .failed }
        if let crash = crash(status, isDone: isDone) {
            count += 1
            finding(crash)
        }
        return .complete(findings: count)
    }

    private func spawn(writer: Int32, reader: Int32) throws(DatabaseError) -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
        #else
            var actions = posix_spawn_file_actions_t()
        #endif
        // SAFETY: initialised here, destroyed below, used between.
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, writer, STDOUT_FILENO)
        posix_spawn_file_actions_addclose(&actions, reader)
        posix_spawn_file_actions_addclose(&actions, writer)
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        var child = pid_t()
        // SAFETY: the words are terminated copies, ended by nil, alive through the call.
        let status = posix_spawn(&child, executable, &actions, nil, words, environ)
        guard status == 0 else { throw FileReader.failure(status, "run", executable) }
        return child
    }

    private func wait(_ child: pid_t) -> Int32 {
        var status: Int32 = 0
        // SAFETY: the status is written to a local variable.
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// What a child's end says about the database, if it did not end well.
    private func crash(_ status: Int32, isDone: Bool) -> String? {
        let signal = status & 0x7F
        if signal != 0 {
            // SAFETY: the name is a terminated string, copied at once.
            let name = strsignal(signal).map { String(cString: $0) } ?? "unknown"
            return "the check crashed by signal \(signal) (\(name)): the file is damaged"
        }
        return isDone ? nil : "the check ended before it had looked at everything"
    }
}

/// The path of the program that runs.
package func ownExecutable() -> String {
    #if canImport(Darwin)
        var size: UInt32 = 4_096
        var buffer = [CChar](repeating: 0, count: Int(size))
        // SAFETY: the buffer has the size passed.
        guard _NSGetExecutablePath(&buffer, &size) == 0 else { return CommandLine.arguments[0] }
        return String(
            decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    #else
        return "/proc/self/exe"
    #endif
}
