import Foundation
import NeedletailShell
import Testing

@Suite struct HistoryTests {
    @Test("Doubles fold to the latest place; blank and private lines are not kept")
    func rules() {
        var history = History()
        for entry in ["a;", "b;", "a;", "  ", " secret;", "", "c;", "c;"] { history.append(entry) }
        #expect(history.entries == ["b;", "a;", "c;"])
    }

    @Test("Only the newest entries are kept")
    func bound() {
        var history = History()
        for number in 0..<History.entriesMax + 10 { history.append("select \(number);") }
        #expect(history.entries.count == History.entriesMax)
        #expect(history.entries.first == "select 10;")
    }

    @Test("Entries survive the file, whatever they hold")
    func roundTrip() {
        let entries = ["one;", "two\nlines\n;", "\\d table", "a\\nb;", "tab\there;", "日本;"]
        let decoded = History(decoding: entries.map(History.encode).joined())
        #expect(decoded.entries == entries)
    }

    @Test("The file is private and is read back folded")
    func file() throws {
        let path = NSTemporaryDirectory() + "needletail-history-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let file = HistoryFile(path: path)
        for entry in ["a;", "b\nc;", "a;"] { file.append(entry) }
        #expect(file.load().entries == ["b\nc;", "a;"])
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }
}
