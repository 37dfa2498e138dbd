import NeedletailShell
import Testing

@Suite struct DisplayWidthTests {
    @Test(
        "Characters take the columns a terminal gives them",
        arguments: [
            ("a", 1), ("é", 1), ("e\u{301}", 1), ("日", 2), ("ｱ", 1), ("Ａ", 2), ("한", 2),
            ("👍", 2), ("👍🏽", 2), ("👩‍👩‍👧", 2), ("🇨🇭", 2), ("❤", 1), ("❤️", 2), ("1️⃣", 2),
            ("\u{200B}", 0), ("…", 1), ("─", 1), ("‖", 1), ("∅", 1), ("⌚", 2), ("\u{AD}", 0),
            ("ß", 1), ("あ", 2), ("𠮷", 2),
        ] as [(Character, Int)])
    func widths(_ character: Character, _ expected: Int) {
        #expect(DisplayWidth.columns(of: character) == expected)
    }

    @Test("A prefix never ends inside a wide character")
    func prefix() {
        #expect(DisplayWidth.prefix(of: "日本語", columns: 5) == "日本")
        #expect(DisplayWidth.prefix(of: "日本語", columns: 6) == "日本語")
        #expect(DisplayWidth.prefix(of: "abc", columns: 0) == "")
    }
}
