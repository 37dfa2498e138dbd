import Testing

/// Something a rule does not accept, with what to do instead.
struct Finding: Hashable, CustomStringConvertible {
    let path: String
    /// From 1.
    let line: Int
    let remedy: String

    init(_ file: TextFile, _ line: Int, _ remedy: String) {
        self.init(file.path, line, remedy)
    }

    init(_ path: String, _ line: Int, _ remedy: String) {
        self.path = path
        self.line = line
        self.remedy = remedy
    }

    var description: String { "\(path):\(line): \(remedy)" }
}

/// Fails the running test once for each finding.
func expectNone(_ findings: [Finding]) {
    for finding in findings { Issue.record(Comment(rawValue: finding.description)) }
}
