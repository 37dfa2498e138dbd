/// What was entered before, oldest first: no blank entries, none that starts with a space, and
/// each text once, at its latest place.
package struct History: Sendable, Hashable {
    /// Entries kept.
    package static let entriesMax = 5_000
    /// Bytes of one entry; a longer one is not kept.
    package static let entryBytesMax = 64 << 10

    package private(set) var entries: [String] = []

    package init() {}

    /// Keeps `entry`, unless the rules forbid it. Says whether it was kept.
    @discardableResult
    package mutating func append(_ entry: String) -> Bool {
        guard Self.accepts(entry) else { return false }
        if entries.last == entry { return false }
        entries.removeAll { $0 == entry }
        entries.append(entry)
        if entries.count > Self.entriesMax {
            entries.removeFirst(entries.count - Self.entriesMax)
        }
        return true
    }

    private static func accepts(_ entry: String) -> Bool {
        guard let first = entry.first, first != " ", entry.utf8.count <= entryBytesMax else {
            return false
        }
        return !entry.allSatisfy(\.isWhitespace)
    }

    /// The newest entry before `limit` that contains `needle`.
    package func lastIndex(containing needle: String, before limit: Int) -> Int? {
        entries[..<min(limit, entries.count)].lastIndex { $0.contains(needle) }
    }
}

// MARK: - As a file

extension History {
    /// Reads the lines ``encode(_:)`` wrote. Nothing in a damaged file is an error.
    package init(decoding text: String) {
        var latest: [String: Int] = [:]
        let decoded = text.split(separator: "\n").map { Self.decode($0) }
        for (position, entry) in decoded.enumerated() { latest[entry] = position }
        for (position, entry) in decoded.enumerated()
        where latest[entry] == position && Self.accepts(entry) {
            entries.append(entry)
        }
        if entries.count > Self.entriesMax {
            entries.removeFirst(entries.count - Self.entriesMax)
        }
    }

    /// One entry as one line, ended: a line end within is `\n`, a backslash `\\`.
    package static func encode(_ entry: String) -> String {
        var line = ""
        for character in entry {
            switch character {
            case "\\": line += "\\\\"
            case "\n": line += "\\n"
            case "\r", "\r\n": line += "\\r"
            default: line.append(character)
            }
        }
        return line + "\n"
    }

    private static func decode(_ line: Substring) -> String {
        var entry = ""
        var escaped = false
        for character in line {
            if escaped {
                switch character {
                case "n": entry.append("\n")
                case "r": entry.append("\r")
                default: entry.append(character)
                }
                escaped = false
            } else if character == "\\" {
                escaped = true
            } else {
                entry.append(character)
            }
        }
        return entry
    }
}
