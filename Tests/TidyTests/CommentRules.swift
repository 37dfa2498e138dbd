/// What comments are not for.
enum CommentRules {
    /// Open ends and code that was commented out, in one Swift or C file.
    static func findings(in file: TextFile) -> [Finding] {
        MaskedSource(file).comments.enumerated().flatMap { index, comment -> [Finding] in
            var findings: [Finding] = []
            for word in words(of: comment) where marks.contains(word) && !hasReason(comment) {
                findings.append(
                    Finding(
                        file, index + 1,
                        "finish it, or write `\(word)(#issue): ` and the reason in a sentence"))
            }
            if isCode(comment) {
                findings.append(
                    Finding(file, index + 1, "remove the commented-out code; git remembers it"))
            }
            return findings
        }
    }

    private static let marks: Set<String> = ["TODO", "FIXME", "XXX", "HACK"]

    private static func hasReason(_ comment: String) -> Bool {
        comment.firstMatch(of: #/\b(TODO|FIXME|XXX|HACK)\(#\d+\): \S.{15}/#) != nil
    }

    /// Whether a plain comment (not a doc comment) reads as a statement.
    private static func isCode(_ comment: String) -> Bool {
        let text = comment.drop { $0 == " " }
        guard text.hasPrefix("//"), !text.hasPrefix("///") else { return false }
        let body = text.dropFirst(2).drop { $0 == " " }
        if body.isEmpty { return false }
        return body == "}" || body.hasSuffix("{") || body.hasSuffix(");")
            || body.firstMatch(of: #/^(let|var) \w+(: \S+)? = /#) != nil
            || body.firstMatch(of: #/^(import|return) [\w.]+$/#) != nil
            || body.firstMatch(of: #/^(guard|if) .* else \{/#) != nil
    }
}
