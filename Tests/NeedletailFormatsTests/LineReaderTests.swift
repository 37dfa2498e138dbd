import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct LineReaderTests {
    @Test(
        "lines end in LF or CRLF, the last with the source",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\r\nb", ["a", "b"]),
            ("\n\na\n", ["", "", "a"]), ("a\rb\n", ["a\rb"]), ("a\r", ["a\r"]),
            ("\u{FEFF}a\n\u{FEFF}b", ["a", "\u{FEFF}b"]), ("\r\n", [""]),
        ] as [(String, [String])], [1, 2, 3, 100])
    func lines(sample: (text: String, lines: [String]), chunkBytes: Int) throws {
        var reader = LineReader(ArraySource(sample.text, chunkBytes: chunkBytes))
        var line: [UInt8] = []
        var found: [String] = []
        while try reader.next(into: &line) {
            found.append(String(decoding: line, as: UTF8.self))
            #expect(reader.lineNumber == found.count)
        }
        #expect(found == sample.lines)
    }

    @Test("a line beyond the limit is refused by its number", arguments: [1, 3, 100])
    func limit(chunkBytes: Int) throws {
        var reader = LineReader(
            ArraySource("abcd\nabcde\n", chunkBytes: chunkBytes), lineBytesMax: 4)
        var line: [UInt8] = []
        #expect(try reader.next(into: &line))
        let error = expectRefusal(.programLimit) { () throws(DatabaseError) in
            try reader.next(into: &line)
        }
        #expect(error?.message.contains("line 2") == true)
    }
}
