import Foundation
import NeedletailCore
import NeedletailPlanner
import Testing

/// The golden files: statement in; types, plans and errors out.
///
/// With `NEEDLETAIL_RECORD=1` in the environment the files are written anew; read the difference.
@Suite struct GoldenTests {
    @Test(arguments: GoldenFile.all().map(\.url.lastPathComponent))
    func `every statement gives the recorded lines`(file: String) throws {
        let catalog = try FakeCatalog.sample()
        let golden = GoldenFile(url: GoldenFile.folder.appendingPathComponent(file))
        if ProcessInfo.processInfo.environment["NEEDLETAIL_RECORD"] == "1" {
            try golden.record { BindingText.lines(for: $0.statement, catalog: catalog) }
            return
        }
        for entry in golden.cases {
            let actual = BindingText.lines(for: entry.statement, catalog: catalog)
            #expect(
                actual == entry.expected,
                """
                \(file):\(entry.line): \(entry.statement)
                \(actual.joined(separator: "\n"))
                """)
        }
    }

    @Test func `there are at least two hundred cases`() {
        #expect(GoldenFile.all().reduce(0) { $0 + $1.cases.count } >= 200)
    }
}
