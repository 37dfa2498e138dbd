import NeedletailCore
import NeedletailSyntax

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Says what could stand at the cursor: from the tokens before it, and the names the session has.
package final class Completer {
    private let names: any NameSource

    package init(names: any NameSource) { self.names = names }

    package func completion(before: String, after: String) -> Completion {
        if MetaCommandLine.isCommand(before) { return command(before) }
        let context = CompletionContext(before: before, after: after)
        if let path = context.openString {
            return context.isCopy ? FileNames.completion(of: path, closing: "'") : .none
        }
        return sql(context)
    }

    private func sql(_ context: CompletionContext) -> Completion {
        let candidates: [String]
        switch context.place {
        case .table: candidates = names.tables.map(quotedName)
        case .setting: candidates = names.settings
        case .show: candidates = context.spelt(SQLWords.shown) + names.settings
        case .column(let table): candidates = names.columns(of: table).map(quotedName)
        case .parameter: candidates = names.variables
        case .start: candidates = context.spelt(SQLWords.starters)
        case .expression:
            let columns = context.tables.flatMap { names.columns(of: $0) }.map(quotedName)
            let types = context.mayNameType ? SQLWords.types : []
            let words = context.spelt(SQLWords.inside + types) + SQLWords.functions
            // With nothing typed, only the columns are few enough to show.
            candidates = columns + (context.fragment.isEmpty ? [] : words)
        case .comment: candidates = []
        }
        return Self.matching(context.fragment, candidates, suffix: context.suffix)
    }

    /// The candidates that start with `fragment`, each once, in order.
    private static func matching(
        _ fragment: String, _ candidates: [String], suffix: String = " "
    ) -> Completion {
        let wanted = fragment.lowercased()
        // A name that must be quoted is found by its letters.
        let found = Set(
            candidates.filter { $0.drop { $0 == "\"" }.lowercased().hasPrefix(wanted) })
        return Completion(
            replaced: fragment.count, candidates: found.sorted(), suffix: suffix)
    }

    // MARK: - Commands

    private func command(_ before: String) -> Completion {
        let line = before.drop(while: \.isWhitespace)
        guard let blank = line.lastIndex(where: \.isWhitespace) else {
            let all = MetaCommand.allCases.flatMap(\.names)
            return Self.matching(String(line), all.filter { $0.first == line.first })
        }
        let fragment = String(line[line.index(after: blank)...])
        let words = line[..<blank].split(whereSeparator: \.isWhitespace).map(String.init)
        guard let name = words.first,
            let command = MetaCommand.allCases.first(where: { $0.names.contains(name) })
        else { return .none }
        switch command {
        case .describe, .indexes: return Self.matching(fragment, names.tables)
        case .importFile where words.count > 1: return Self.matching(fragment, names.tables)
        case .include, .output, .edit, .importFile: return FileNames.completion(of: fragment)
        case .set, .unset:
            return words.count > 1
                ? .none : Self.matching(fragment, names.variables + [Variables.stopOnError])
        case .sqlHelp:
            return Self.matching(
                fragment.uppercased(), StatementHelp.entries(matching: "").map(\.name))
        default:
            return words.count > 1 ? .none : Self.matching(fragment, command.choices)
        }
    }
}

extension MetaCommand {
    /// The words that may follow it, where they are a fixed few.
    fileprivate var choices: [String] {
        switch self {
        case .mode: OutputMode.allCases.map(\.rawValue)
        case .expanded: ExpandedStyle.allCases.map(\.rawValue)
        case .vectors: VectorStyle.allCases.map(\.rawValue)
        case .width: ["auto", "off"]
        case .timing: ["on", "off"]
        default: []
        }
    }
}

/// Completion of paths, `~` not expanded.
enum FileNames {
    private static let entriesMax = 2_000

    /// - Parameter closing: what follows a whole file name.
    static func completion(of path: String, closing: String = " ") -> Completion {
        let directory: String
        let fragment: String
        if let slash = path.lastIndex(of: "/") {
            directory = String(path[...slash])
            fragment = String(path[path.index(after: slash)...])
        } else {
            (directory, fragment) = ("", path)
        }
        let found = entries(of: directory.isEmpty ? "." : directory).filter {
            $0.hasPrefix(fragment) && (fragment.hasPrefix(".") || !$0.hasPrefix("."))
        }
        let isOpen = found.count == 1 && found[0].hasSuffix("/")
        return Completion(
            replaced: fragment.count, candidates: found.sorted(), suffix: isOpen ? "" : closing)
    }

    /// Names in a directory; directories end in a slash.
    private static func entries(of directory: String) -> [String] {
        // SAFETY: the stream is used here alone and closed below.
        guard let stream = opendir(directory) else { return [] }
        defer { closedir(stream) }
        var names: [String] = []
        while names.count < entriesMax, let entry = readdir(stream) {
            // SAFETY: the entry's name is terminated, and copied before the next call.
            let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                field.withMemoryRebound(to: CChar.self, capacity: 256) {
                    String(cString: $0)
                }
            }
            if name == "." || name == ".." { continue }
            let isDirectory = entry.pointee.d_type == UInt8(DT_DIR)
            names.append(isDirectory ? name + "/" : name)
        }
        return names
    }
}
