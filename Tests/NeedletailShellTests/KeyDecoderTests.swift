import NeedletailCore
import NeedletailShell
import Testing

@Suite struct KeyDecoderTests {
    private func decode(_ bytes: [UInt8]) -> [Key] {
        var decoder = KeyDecoder()
        var keys = bytes.compactMap { decoder.feed($0) }
        if let key = decoder.flush() { keys.append(key) }
        return keys
    }

    @Test(
        "Terminal sequences become keys",
        arguments: [
            ("a", [Key.text("a")]),
            ("é日", [.text("é"), .text("日")]),
            ("\r", [.enter]),
            ("\t", [.tab]),
            ("\u{7F}", [.backspace]),
            ("\u{1}", [.control("a")]),
            ("\u{1B}", [.escape]),
            ("\u{1B}b", [.meta("b")]),
            ("\u{1B}[A\u{1B}OA", [.up, .up]),
            ("\u{1B}[1;5C\u{1B}[D", [.wordRight, .left]),
            ("\u{1B}[3~\u{1B}[1~\u{1B}[4~", [.delete, .home, .end]),
            ("\u{1B}[H\u{1B}OF\u{1B}[Z", [.home, .end, .backTab]),
            ("\u{1B}[15~x", [.text("x")]),
            ("\u{1B}[200~a\r\nb\rc\u{1B}[201~d", [.paste("a\nb\nc"), .text("d")]),
        ])
    func sequences(_ input: String, _ expected: [Key]) {
        #expect(decode(Array(input.utf8)) == expected)
    }

    @Test("Malformed UTF-8 is a sign, never a trap")
    func malformed() {
        #expect(decode([0xFF, 0x61]) == [.text("\u{FFFD}"), .text("a")])
        #expect(decode([0xE6, 0x61]) == [.text("a")])
        #expect(decode([0xC3]) == [])
    }

    @Test("Any bytes decode, cut anywhere, seed printed on failure", arguments: [11, 12, 13])
    func anyBytes(seed: UInt64) {
        var generator = SplitMix64(seed: seed)
        let likely: [UInt8] = [0x1B, 0x5B, 0x4F, 0x7E, 0x32, 0x30, 0x31, 0x3B, 0x61, 0xC3, 0xA9]
        var decoder = KeyDecoder()
        for _ in 0..<20_000 {
            let isLikely = Bool.random(using: &generator)
            let byte =
                isLikely
                ? likely.randomElement(using: &generator) ?? 0
                : .random(in: 0...255, using: &generator)
            if case .text(let text) = decoder.feed(byte) {
                #expect(!text.isEmpty, "seed \(seed)")
            }
        }
    }
}
