package import NeedletailCore

/// Where a script's lines come from.
package protocol LineSource: AnyObject {
    /// The next line without its end, or `nil` at the end.
    func nextLine() throws(DatabaseError) -> String?
    /// How many lines were handed out.
    var lineNumber: Int { get }
}

/// The lines of a file or of a text. Malformed UTF-8 is refused with 22021.
package final class ByteLineSource: LineSource {
    private let reader: FileReader?
    private let name: String
    private var pending: [UInt8]
    private var position = 0
    private var hasEnded: Bool
    package private(set) var lineNumber = 0

    init(_ reader: FileReader, name: String) {
        self.reader = reader
        self.name = name
        pending = []
        hasEnded = false
    }

    package init(text: String, name: String = "text") {
        reader = nil
        self.name = name
        pending = Array(text.utf8)
        hasEnded = true
    }

    package func nextLine() throws(DatabaseError) -> String? {
        guard let bytes = try nextBytes() else { return nil }
        lineNumber += 1
        guard let line = String(validating: bytes, as: UTF8.self) else {
            throw DatabaseError(
                .invalidEncoding, "line \(lineNumber) of \(name) is not valid UTF-8",
                hint: "Save the file as UTF-8.")
        }
        return line
    }

    private func nextBytes() throws(DatabaseError) -> ArraySlice<UInt8>? {
        var searched = position
        while true {
            if let end = pending[searched...].firstIndex(of: 0x0A) {
                defer { position = end + 1 }
                let hasReturn = end > position && pending[end - 1] == 0x0D
                return pending[position..<(hasReturn ? end - 1 : end)]
            }
            guard !hasEnded, let reader else { break }
            pending.removeSubrange(..<position)
            position = 0
            searched = pending.count
            if let chunk = try reader.read() {
                pending.append(contentsOf: chunk)
            } else {
                hasEnded = true
            }
        }
        guard position < pending.count else { return nil }
        defer { position = pending.count }
        return pending[position...]
    }
}

/// The lines of a script up to `\.`, as the input of `COPY … FROM STDIN`.
final class LineCopyInput: CopyInput {
    private let source: any LineSource
    private let prompt: (() -> Void)?
    private(set) var hasEnded = false

    /// - Parameter prompt: called before each line is read.
    init(_ source: any LineSource, prompt: (() -> Void)? = nil) {
        self.source = source
        self.prompt = prompt
    }

    func read() throws(DatabaseError) -> [UInt8]? {
        guard !hasEnded else { return nil }
        prompt?()
        guard let line = try source.nextLine(), line != "\\." else {
            hasEnded = true
            return nil
        }
        return Array(line.utf8) + [0x0A]
    }

    /// Reads on to the end, so that what follows in the script are statements again.
    func drain() {
        do throws(DatabaseError) {
            while try read() != nil {}
        } catch {
            hasEnded = true
        }
    }
}
