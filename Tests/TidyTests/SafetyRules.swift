/// What the compiler cannot check is explained where it is used.
enum SafetyRules {
    /// The least characters of a `SAFETY:` sentence.
    private static let sentence = 20
    /// How many lines from an unchecked promise its sentence may stand.
    private static let reach = 12

    /// Findings in one Swift file under Sources: unsafe pointers need a `SAFETY:` sentence in the
    /// file, promises about concurrency one within a few lines.
    static func findings(in file: TextFile) -> [Finding] {
        let masked = MaskedSource(file)
        let explained = masked.comments.indices.filter { index in
            guard let range = masked.comments[index].firstRange(of: "SAFETY:") else { return false }
            let said = masked.comments[index][range.upperBound...].count { !$0.isWhitespace }
            return said >= sentence
        }
        var findings: [Finding] = []
        for (index, line) in masked.code.enumerated() {
            if let promise = promises.first(where: line.contains) {
                if !explained.contains(where: { abs($0 - index) <= reach }) {
                    findings.append(
                        Finding(
                            file, index + 1,
                            "say next to `\(promise)` in a `// SAFETY:` sentence what guards it"))
                }
            } else if explained.isEmpty, let use = words(of: line).first(where: isUnsafe) {
                findings.append(
                    Finding(
                        file, index + 1,
                        "say near `\(use)` in a `// SAFETY:` sentence why it stays in bounds and "
                            + "alive"))
                break
            }
        }
        return findings
    }

    private static let promises = [
        "@unchecked Sendable", "nonisolated(unsafe)", "unowned(unsafe)", "@unsafe",
    ]

    private static func isUnsafe(_ word: String) -> Bool {
        word.hasPrefix("Unsafe") || word.hasPrefix("withUnsafe") || word.hasPrefix("unsafe")
            || ["Unmanaged", "OpaquePointer", "withMemoryRebound", "assumingMemoryBound"]
                .contains(word)
    }
}
