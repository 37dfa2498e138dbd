import Foundation
import Testing

/// What the README shows is what the example runs.
@Suite struct ReadmeTests {
    @Test("every line of Swift in the README is a line of the example")
    func readme() throws {
        let root = Repository.current.root
        let readme = try String(
            contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
        let example = try String(
            contentsOf: root.appendingPathComponent("examples/QuickStart/main.swift"),
            encoding: .utf8)
        let known = Set(example.split(separator: "\n"))
        var isCode = false
        var count = 0
        for line in readme.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```swift" {
                isCode = true
            } else if line == "```" {
                isCode = false
            } else if isCode, !line.isEmpty {
                #expect(known.contains(line), "README.md: \(line)")
                count += 1
            }
        }
        #expect(count > 8)
    }
}
