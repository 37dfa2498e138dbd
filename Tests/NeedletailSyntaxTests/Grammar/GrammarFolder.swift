import Foundation

/// The files in `grammar/`.
enum GrammarFolder {
    static let url = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "grammar").resolvingSymlinksInPath()

    static let sources = url.deletingLastPathComponent().appending(path: "Sources/NeedletailSyntax")

    /// The files under `folder` that end so, by path.
    static func files(in folder: URL, endingIn suffix: String) throws -> [URL] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        return paths.filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending(path: $0) }
    }

    static func text(_ url: URL) throws -> String { try String(contentsOf: url, encoding: .utf8) }
}
