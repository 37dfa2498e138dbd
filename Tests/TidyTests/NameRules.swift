/// Words that say nothing in the name of a file or a type.
enum NameRules {
    /// Each word with what to write instead.
    static let banned: [String: String] = [
        "Util": "name the file for what it does", "Utils": "name the file for what it does",
        "Utility": "name the file for what it does", "Utilities": "name the file for what it does",
        "Helper": "name what it helps to do, or make it an extension of the type it serves",
        "Helpers": "name what it helps to do, or make it an extension of the type it serves",
        "Manager": "say what it does: Registry, Pool, Cache, Writer",
        "Common": "put each thing with its concept", "Misc": "put each thing with its concept",
        "Base": "say what the variants share, or use a protocol named for the capability",
        "Impl": "name how it is done: LMDBPages, ArrayVectors",
        "V2": "replace the old one, or name the difference",
    ]

    /// Terms of the field that hold such a word.
    private static let terms = ["CommonTable", "Base64"]

    /// Names in `file` (its own and its types') that hold a banned word.
    static func findings(in file: TextFile) -> [Finding] {
        var findings = advice(for: file.name.prefix { $0 != "." }).map { Finding(file, 1, $0) }
        for (index, line) in MaskedSource(file).code.enumerated() {
            let words = words(of: line)
            for (keyword, name) in zip(words, words.dropFirst()) where kinds.contains(keyword) {
                findings += advice(for: name[...]).map { Finding(file, index + 1, $0) }
            }
        }
        return findings
    }

    private static let kinds: Set<String> = [
        "struct", "class", "enum", "actor", "protocol", "typealias", "associatedtype",
    ]

    private static func advice(for name: Substring) -> [String] {
        let name = terms.reduce(String(name)) { $0.replacing($1, with: "") }
        return nameWords(of: name).compactMap { word in
            banned[word].map { "`\(word)` in `\(name)` says nothing; \($0)" }
        }
    }
}
