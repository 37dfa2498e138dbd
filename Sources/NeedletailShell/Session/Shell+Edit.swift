import NeedletailCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension Shell {
    /// Opens the last statement, or a file, in the editor; what comes back is the next prompt's
    /// text, for a look before Enter runs it.
    func edit(_ path: String?) throws(DatabaseError) {
        guard isInteractive, console.terminal != nil else {
            throw DatabaseError(
                .notSupported, "\\e needs a terminal", hint: "Use \\i to run a script.")
        }
        let file: String
        if let path { file = path } else { file = try scratchFile() }
        defer { if path == nil { _ = unlink(file) } }
        output.flush()
        let editor = environment("VISUAL") ?? environment("EDITOR") ?? "vi"
        try runEditor(editor, on: file)
        let text = String(decoding: try readWholeFile(file), as: UTF8.self)
        nextText = text.trimmingBlanks
    }

    /// A private file that holds the last statement.
    private func scratchFile() throws(DatabaseError) -> String {
        let directory = environment("TMPDIR") ?? "/tmp"
        var template = Array("\(directory)/needletail.XXXXXX.sql".utf8CString)
        // SAFETY: the template is terminated, and its last four characters are kept.
        let descriptor = mkstemps(&template, 4)
        let path = String(
            decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw FileReader.failure(errno, "create", path) }
        let file = FileOutput(descriptor: descriptor, ownsDescriptor: true)
        file.write(lastStatement.map { $0 + ";\n" } ?? "")
        return path
    }

    /// Runs the editor through the shell, as its variable may hold arguments; the file's name is
    /// passed beside the command, never inside it.
    private func runEditor(_ editor: String, on file: String) throws(DatabaseError) {
        let words = ["/bin/sh", "-c", "exec \(editor) \"$1\"", "sh", file]
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var child = pid_t()
        // SAFETY: the arguments are terminated copies, ended by nil, alive through the call.
        let status = posix_spawn(&child, "/bin/sh", nil, nil, arguments, environ)
        guard status == 0 else { throw FileReader.failure(status, "run", editor) }
        var result: Int32 = 0
        // SAFETY: the status is written to a local variable.
        while waitpid(child, &result, 0) < 0, errno == EINTR {}
        guard result == 0 else {
            throw DatabaseError(
                .inputOutput, "the editor \"\(editor)\" failed; nothing was taken over",
                hint: "Set EDITOR to an editor that is installed.")
        }
    }
}
