import NeedletailCore
import NeedletailSyntax
import Testing

@Suite("Diagnostics")
struct DiagnosticTests {
    static func lines(_ text: String, _ lower: Int, _ upper: Int) -> [String] {
        let error = DatabaseError(.syntaxError, "no", position: SourceRange(lower, upper))
        return Array(Diagnostic(error, in: text).lines.dropFirst())
    }

    @Test("point at a word on its line")
    func word() {
        let error = DatabaseError(
            .undefinedColumn, "column \"titel\" does not exist", hint: "Did you mean \"title\"?",
            position: SourceRange(11, 16))
        let diagnostic = Diagnostic(error, in: "SELECT id,\ntitel\nFROM docs")
        #expect(
            diagnostic.lines == [
                "ERROR 42703: column \"titel\" does not exist", "LINE 2:1: titel",
                "          ^^^^^", "HINT: Did you mean \"title\"?",
            ])
        #expect(diagnostic.place?.line == 2 && diagnostic.place?.column == 1)
    }

    @Test("leave the line out where there is no position")
    func noPosition() {
        let error = DatabaseError(.diskFull, "the disk is full")
        #expect(Diagnostic(error, in: "SELECT 1").lines == ["ERROR 53100: the disk is full"])
    }

    @Test("point behind the last word where the statement ends too early")
    func end() {
        #expect(Self.lines("SELECT\n\n", 8, 8) == ["LINE 1:7: SELECT", "                ^"])
        #expect(Self.lines("", 0, 0) == ["LINE 1:1: ", "          ^"])
    }

    @Test("mark a place over several lines on its first only")
    func severalLines() {
        #expect(Self.lines("a bb\ncc", 2, 7) == ["LINE 1:3: a bb", "            ^^"])
    }

    @Test("count columns of tabs and of wide, combined and control characters")
    func widths() {
        #expect(Self.lines("a\tbb", 2, 4) == ["LINE 1:3: a       bb", "                  ^^"])
        #expect(Self.lines("日本 x", 7, 8) == ["LINE 1:4: 日本 x", "               ^"])
        #expect(Self.lines("日本 x", 0, 6) == ["LINE 1:1: 日本 x", "          ^^^^"])
        #expect(Self.lines("e\u{301} x", 4, 5) == ["LINE 1:3: e\u{301} x", "            ^"])
        #expect(Self.lines("\u{1}x", 1, 2) == ["LINE 1:2: \u{FFFD}x", "           ^"])
    }

    @Test("cut a long line around the place")
    func window() throws {
        let text =
            String(repeating: "x", count: 300) + " here " + String(repeating: "y", count: 300)
        let error = DatabaseError(.syntaxError, "no", position: SourceRange(301, 305))
        let place = try #require(Diagnostic(error, in: text).place)
        #expect(place.column == 302)
        #expect(place.source.count == 102 && place.underline.count <= 102)
        #expect(place.source.hasPrefix("…") && place.source.hasSuffix("…"))
        let marked = zip(place.source, place.underline).filter { $1 == "^" }.map(\.0)
        #expect(String(marked) == "here")
    }

    @Test("survive any position", arguments: [(-5, -1), (0, 100), (3, 4), (90, 95), (5, 2)])
    func anywhere(lower: Int, upper: Int) {
        let position = SourceRange(lower, upper)
        let error = DatabaseError(.syntaxError, "no", position: position)
        #expect(Diagnostic(error, in: "größe\n名前").lines.count == 3)
    }
}
