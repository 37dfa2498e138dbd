import Foundation

/// What Markdown and every other text may say about places.
enum ProseRules {
    /// Folders of a machine that mean nothing to a reader of the repository. Taken apart so that
    /// this file passes its own rule.
    private static let machineFolders = [
        "work", "home", "root", "tmp/", "Users", "opt", "mnt", "var/folders", "scratch",
    ]

    /// Absolute paths of some machine, in any text file.
    static func machinePaths(in file: TextFile) -> [Finding] {
        file.lines.enumerated().compactMap { index, line in
            guard line.contains("/"), let path = machinePath(in: line) else { return nil }
            return Finding(
                file, index + 1,
                "`\(path)` is a place on one machine; write it relative to the "
                    + "repository, or take a temporary folder from the system")
        }
    }

    private static func machinePath(in line: String) -> String? {
        for folder in machineFolders {
            for range in line.ranges(of: "/" + folder) {
                let before = line[..<range.lowerBound].last
                let after = line[range.upperBound...].first
                let starts = before.map {
                    !($0.isLetter || $0.isNumber || "._~-)}/*$".contains($0))
                }
                let ends = after.map { !($0.isLetter || $0.isNumber || "_-".contains($0)) } ?? true
                if starts ?? true, ends || folder.hasSuffix("/") { return "/" + folder }
            }
        }
        return nil
    }

    /// Markdown without exactly one title.
    static func titles(in file: TextFile) -> [Finding] {
        let titles = prose(of: file).filter { $0.text.hasPrefix("# ") }
        guard titles.count != 1 else { return [] }
        return [
            Finding(
                file, titles.dropFirst().first?.line ?? 1,
                "\(titles.count) titles; a page has one line that begins with `# `")
        ]
    }

    /// Paths in backticks and links of a Markdown file that are not in the repository.
    static func missingPaths(in file: TextFile, of repository: Repository) -> [Finding] {
        prose(of: file).flatMap { line, text in
            (spans(in: text).filter(looksLikePath) + links(in: text))
                .filter { !exists($0, from: file, in: repository) }
                .map { Finding(file, line, "`\($0)` is not in the repository; mend the path") }
        }
    }

    /// The lines outside fenced code, with their numbers.
    private static func prose(of file: TextFile) -> [(line: Int, text: String)] {
        var isFenced = false
        return file.lines.enumerated().compactMap { index, text in
            if text.drop(while: { $0 == " " }).hasPrefix("```") {
                isFenced.toggle()
                return nil
            }
            return isFenced ? nil : (index + 1, text)
        }
    }

    private static func spans(in text: String) -> [String] {
        text.matches(of: #/`([^`]+)`/#).map { String($0.1) }
    }

    private static func links(in text: String) -> [String] {
        text.matches(of: #/\]\(([^)\s#]+)(#[^)]*)?\)/#).map { String($0.1) }
            .filter { !$0.contains(":") }
    }

    /// Whether a piece of code names a file or folder of ours: it begins with one of our folders,
    /// or it is a file name with an ending that we use.
    private static func looksLikePath(_ text: String) -> Bool {
        guard text.firstMatch(of: #/[^A-Za-z0-9_.+\/-]/#) == nil else { return false }
        let first = text.split(separator: "/").first.map(String.init) ?? ""
        if text.contains("/") {
            return TopLevel.folders.contains(first) || first == "." || first == ".."
        }
        return text.firstMatch(of: #/^[A-Za-z0-9_+.-]+\.(swift|md|c|h|cpp|sql|jsonl|npy|ebnf)$/#)
            != nil
    }

    private static func exists(
        _ path: String, from file: TextFile, in repository: Repository
    ) -> Bool {
        let plain = path.hasSuffix("/") ? String(path.dropLast()) : path
        let known = repository.paths.union(repository.folders)
        let beside = URL(fileURLWithPath: "/" + file.path).deletingLastPathComponent()
            .appendingPathComponent(plain).standardizedFileURL.path.dropFirst()
        if known.contains(plain) || known.contains(String(beside)) { return true }
        // A name alone may be anywhere.
        return !plain.contains("/") && known.contains { $0.hasSuffix("/" + plain) }
    }
}

/// What may stand at the top of the repository.
enum TopLevel {
    static let folders: Set<String> = [
        "Sources", "Tests", "Benchmarks", "grammar", "examples", "clients", ".ci",
    ]
    static let files: Set<String> = [
        "Package.swift", "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md",
        "LICENSE", "Makefile", ".editorconfig", ".gitignore", ".gitattributes", ".swift-format",
        ".spi.yml",
    ]
}
