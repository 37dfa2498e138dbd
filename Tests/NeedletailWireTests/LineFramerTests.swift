import NeedletailCore
import NeedletailWire
import Testing

@Suite("Line framer")
struct LineFramerTests {
    @Test("LF and CRLF both end a line, and a lone CR does not")
    func lineEnds() {
        var framer = LineFramer(lineBytesMax: 100)
        framer.append(Array("a\nb\r\n\nc\rd\ne".utf8))
        #expect(lines(&framer) == ["a", "b", "", "c\rd"])
        #expect(framer.finish().map(text) == "e")
        #expect(framer.finish() == nil)
    }

    @Test("lines are the same however the bytes arrive", arguments: UInt64(1)...20)
    func splits(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let bytes = (0..<3_000).map { _ in
            UInt8(ascii: ["a", "b", "\r", "\n"].randomElement(using: &random) ?? "a")
        }
        var whole = LineFramer(lineBytesMax: 4_000)
        whole.append(bytes)
        let expected = lines(&whole)
        var pieces = LineFramer(lineBytesMax: 4_000)
        var found: [String] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = Int.random(in: 1...40, using: &random)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
            found += lines(&pieces)
        }
        #expect(found == expected, "seed \(seed)")
        #expect(pieces.finish() == whole.finish(), "seed \(seed)")
    }

    @Test("a line at the cap passes and one byte more does not", arguments: ["\n", "\r\n"])
    func cap(end: String) {
        var framer = LineFramer(lineBytesMax: 5)
        framer.append(Array("12345\(end)123456\(end)".utf8))
        #expect(framer.next() == .line(Array("12345".utf8)))
        #expect(framer.next() == .tooLong(firstByte: UInt8(ascii: "1")))
        #expect(framer.next() == nil)
        #expect(framer.heldBytes == 0)
    }

    @Test("a line without end is refused at the cap, and no byte after it is kept")
    func endless() {
        var framer = LineFramer(lineBytesMax: 1_000)
        for _ in 0..<10 { framer.append([UInt8](repeating: 0x7B, count: 100)) }
        #expect(framer.next() == nil)
        framer.append([0x7B, 0x7B])
        #expect(framer.next() == .tooLong(firstByte: 0x7B))
        framer.append([UInt8](repeating: 0x7B, count: 1_000))
        #expect(framer.next() == nil)
    }

    private func lines(_ framer: inout LineFramer) -> [String] {
        var found: [String] = []
        while case .line(let line) = framer.next() { found.append(text(line)) }
        return found
    }
}
