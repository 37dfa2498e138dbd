import NeedletailCore

/// Words what somebody may have meant by a name that does not exist.
enum Suggestion {
    /// `Did you mean "title"?`, or `nil` if nothing is near.
    static func hint(for name: String, in candidates: some Sequence<String>) -> String? {
        Spelling.nearest(to: name, in: candidates).map { "Did you mean \"\($0)\"?" }
    }
}
