#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The history on disk: one file of mode 0600, one line an entry, appended as entries are made.
///
/// Whatever fails is passed over: a prompt without a history file is still a prompt.
package struct HistoryFile: Sendable {
    /// Bytes beyond which the file is written anew with the entries kept.
    private static let bytesMax = 4 << 20

    private let path: String

    /// `nil` where there is no place for it: no `HOME`, or `NEEDLETAIL_HISTORY` set to nothing.
    package init?() {
        if let path = environment("NEEDLETAIL_HISTORY") {
            guard !path.isEmpty else { return nil }
            self.path = path
        } else {
            guard let home = environment("HOME"), !home.isEmpty else { return nil }
            path = home + "/.needletail_history"
        }
    }

    package init(path: String) { self.path = path }

    /// What the file holds, without doubles.
    package func load() -> History {
        guard let bytes = try? readWholeFile(path) else { return History() }
        let history = History(decoding: String(decoding: bytes, as: UTF8.self))
        if bytes.count > Self.bytesMax { rewrite(history) }
        return history
    }

    package func append(_ entry: String) {
        let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        defer { _ = close(descriptor) }
        // A file someone made readable is made private again.
        _ = fchmod(descriptor, 0o600)
        _ = writeAll(Array(History.encode(entry).utf8), to: descriptor)
    }

    private func rewrite(_ history: History) {
        let fresh = path + ".new"
        let descriptor = open(fresh, O_WRONLY | O_TRUNC | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { return }
        let text = history.entries.map(History.encode).joined()
        let failure = writeAll(Array(text.utf8), to: descriptor)
        _ = close(descriptor)
        if failure == nil { _ = rename(fresh, path) } else { _ = unlink(fresh) }
    }
}
