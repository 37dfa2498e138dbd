import Foundation

/// One text file of the repository, read once.
struct TextFile: Sendable {
    /// From the repository's root, with `/` between parts.
    let path: String
    let text: String
    let lines: [String]

    init(path: String, text: String) {
        self.path = path
        self.text = text
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        self.lines = lines
    }

    var parts: [String] { path.split(separator: "/").map(String.init) }
    var name: String { parts.last ?? path }
    var fileExtension: String { (name as NSString).pathExtension }

    var isSwift: Bool { fileExtension == "swift" }
    var isC: Bool { ["c", "h", "cpp", "hpp"].contains(fileExtension) }
    var isMarkdown: Bool { fileExtension == "md" }

    /// Whether it lies in `folder`, at any depth.
    func isIn(_ folder: String) -> Bool { path.hasPrefix(folder + "/") }

    /// The target whose folder holds it, for files under Sources and Tests.
    var target: String? {
        guard parts.count > 2, ["Sources", "Tests"].contains(parts[0]) else { return nil }
        return parts[1]
    }
}

/// The tree that the tests look at: the one this file is in, or `NEEDLETAIL_TIDY_ROOT`.
struct Repository: Sendable {
    let root: URL
    /// The root as text, for messages.
    var place: String { root.path }
    /// Every file, text or not, from the root.
    let paths: Set<String>
    /// Every folder, from the root.
    let folders: Set<String>
    /// Every text file up to 4 MiB, by path.
    let files: [TextFile]

    static let current = Repository(root: locateRoot())

    var swiftSources: [TextFile] { files.filter { $0.isSwift && $0.isIn("Sources") } }
    var cSources: [TextFile] { files.filter { $0.isC && $0.isIn("Sources") } }
    /// Code whose size and wording are ours to keep.
    var code: [TextFile] {
        files.filter { file in
            (file.isSwift || file.isC)
                && (["Sources", "Tests", "Benchmarks", "examples"].contains(file.parts[0])
                    || file.path == "Package.swift")
        }
    }
    var markdown: [TextFile] { files.filter(\.isMarkdown) }

    func file(at path: String) -> TextFile? { files.first { $0.path == path } }

    private static func locateRoot() -> URL {
        if let root = ProcessInfo.processInfo.environment["NEEDLETAIL_TIDY_ROOT"] {
            return URL(fileURLWithPath: root, isDirectory: true)
        }
        return URL(fileURLWithPath: #filePath)
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }

    /// What tools leave in a working tree and git ignores.
    private static let unowned: Set<String> = [
        ".git", ".build", ".swiftpm", ".venv", ".DS_Store", ".idea", ".vscode", "Package.resolved",
        "__pycache__", "demo.needletail",
    ]

    private init(root: URL) {
        self.root = root
        var paths: Set<String> = []
        var folders: Set<String> = []
        var files: [TextFile] = []
        var pending = [""]
        while let folder = pending.popLast() {
            let url = root.appendingPathComponent(folder)
            let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
            for name in names.sorted() where !Self.unowned.contains(name) {
                let path = folder.isEmpty ? name : "\(folder)/\(name)"
                let place = root.appendingPathComponent(path)
                var isFolder: ObjCBool = false
                guard FileManager.default.fileExists(atPath: place.path, isDirectory: &isFolder)
                else { continue }
                if isFolder.boolValue {
                    folders.insert(path)
                    pending.append(path)
                } else {
                    paths.insert(path)
                    if let text = Self.text(at: place) {
                        files.append(TextFile(path: path, text: text))
                    }
                }
            }
        }
        self.paths = paths
        self.folders = folders
        self.files = files.sorted { $0.path < $1.path }
    }

    private static func text(at place: URL) -> String? {
        guard let data = try? Data(contentsOf: place), data.count <= 4 << 20, !data.contains(0)
        else { return nil }
        return String(data: data, encoding: .utf8)
    }
}
