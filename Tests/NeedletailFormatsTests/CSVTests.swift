import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct CSVTests {
    static let columns = [
        Column(name: "id", type: .int), Column(name: "name", type: .text),
        Column(name: "ok", type: .boolean), Column(name: "v", type: .vector(2)),
    ]

    @Test("fields become values; nothing is NULL and quoted nothing is not")
    func reads() throws {
        let text = "1,a,t,\"[1,2]\"\r\n2,,,\n3,\"\",false,\n4,\"x \"\"y\"\"\nz,\r\n\",,\n"
        #expect(
            try read(text) == [
                [.int(1), .text("a"), .bool(true), .vector([1, 2])],
                [.int(2), .null, .null, .null], [.int(3), .text(""), .bool(false), .null],
                [.int(4), .text("x \"y\"\nz,\r\n"), .null, .null],
            ])
    }

    @Test("a header may be skipped, or say where fields belong")
    func headers() throws {
        #expect(
            try read("a,b,c,d\n1,x,t,\n", CSVFormat(header: .skip)) == [
                [.int(1), .text("x"), .bool(true), .null]
            ])
        #expect(
            try read("\u{FEFF}name,\"id\"\nx,1\n", CSVFormat(header: .match)) == [
                [.int(1), .text("x"), nil, nil]
            ])
        #expect(try read("", CSVFormat(header: .match)).isEmpty)
    }

    @Test("delimiter, quote, escape and null string are options")
    func options() throws {
        let format = try CSVFormat(delimiter: "\t", quote: "'", escape: "\\", null: "\\N")
        #expect(
            try read("1\t'a\\'b\\\\'\t\\N\t[1,2]\n2\t'\\N'\tt\t\\N\n", format) == [
                [.int(1), .text("a'b\\"), .null, .vector([1, 2])],
                [.int(2), .text("\\N"), .bool(true), .null],
            ])
    }

    @Test(
        "bad records are refused with their line",
        arguments: [
            ("1,a\n", .badCopyFormat, "line 2: expected 4 fields, not 2"),
            ("1,a,t,,\n", .badCopyFormat, "line 2: expected 4 fields, not 5"),
            ("1,a\"b,t,\n", .badCopyFormat, "line 2: a quote"),
            ("1,\"a\"b,t,\n", .badCopyFormat, "line 2: a closing quote"),
            ("1,\"a\n\nb", .badCopyFormat, "line 2: a quote is not closed"),
            ("x,a,t,\n", .invalidText, "line 2, column \"id\""),
            ("99999999999,a,t,\n", .numericOutOfRange, "line 2, column \"id\""),
            ("1,a,t,\"[1,2,3]\"\n", .dataException, "expected 2 dimensions, not 3"),
        ] as [(String, DatabaseError.Code, String)])
    func errors(text: String, code: DatabaseError.Code, shown: String) {
        let error = expectRefusal(code) { () throws(DatabaseError) in
            try read("1,a,t,\n" + text)
        }
        #expect(error?.message.contains(shown) == true, "\(String(describing: error))")
    }

    @Test("a field that is not UTF-8 is refused")
    func encoding() {
        expectRefusal(.invalidEncoding) { () throws(DatabaseError) in
            try read(bytes: Array("1,".utf8) + [0xC3, 0x28] + Array(",t,\n".utf8), CSVFormat())
        }
    }

    @Test(
        "headers with unknown or repeated names are refused",
        arguments: [("id,nme\n", .undefinedColumn), ("id,id\n", .duplicateColumn)]
            as [(String, DatabaseError.Code)])
    func badHeaders(text: String, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) in
            try read(text, CSVFormat(header: .match))
        }
    }

    @Test(
        "options that get in each other's way are refused",
        arguments: [
            ("", "\"", ""), (",,", "\"", ""), ("\n", "\"", ""), ("\"", "\"", ""),
            ("é", "\"", ""), (",", "\"", "a,b"),
        ])
    func badOptions(delimiter: String, quote: String, null: String) {
        expectRefusal(.invalidParameter) { () throws(DatabaseError) in
            try CSVFormat(delimiter: delimiter, quote: quote, null: null)
        }
    }

    @Test("whatever is written reads back", arguments: 0..<10)
    func roundTrip(seed: UInt64) throws {
        var generator = SplitMix64(seed: seed)
        let formats = [
            try CSVFormat(header: .skip), try CSVFormat(delimiter: ";", escape: "\\", null: "NULL"),
            try CSVFormat(delimiter: "\t", quote: "'", header: .match, null: "\\N"),
        ]
        let alphabet = [
            "a", "\"", "'", "\\", ",", ";", "\t", "\r", "\n", "\u{FEFF}", "é", "NULL", " ",
        ]
        for format in formats {
            let rows: [[Value]] = (0..<60).map { _ in
                let text = (0..<Int.random(in: 0..<6, using: &generator)).map { _ in
                    alphabet[Int.random(in: 0..<alphabet.count, using: &generator)]
                }.joined()
                return [
                    .int(Int64.random(in: -99...99, using: &generator)), .text(text),
                    Bool.random(using: &generator) ? .null : .bool(.random(using: &generator)),
                    .vector([Float.random(in: -1...1, using: &generator), 0]),
                ]
            }
            let writer = CSVWriter(columns: Self.columns, format: format)
            var out: [UInt8] = []
            writer.appendHeader(into: &out)
            for row in rows { writer.append(row, into: &out) }
            #expect(try read(bytes: out, format) == rows, "seed \(seed)")
        }
    }

    @Test("mutated CSV and JSONL never trap")
    func fuzz() {
        let samples = [
            "1,a,t,\"[1,2]\"\r\n2,,,\n3,\"x \"\"y\"\"\nz\",f,\n", "id,name\n1,\"a\"\n",
            "{\"id\":1,\"name\":\"a\",\"v\":[1,2]}\n{\"ok\":true}\n",
        ].map { Array($0.utf8) }
        Fuzzing.run("CSV and JSONL", samples: samples) { bytes throws(DatabaseError) in
            var row: [Value?] = []
            let mapping = try ColumnMapping(Self.columns)
            var refusal: DatabaseError?
            do throws(DatabaseError) {
                var reader = JSONLReader(ArraySource(bytes, chunkBytes: 9), mapping: mapping)
                while try reader.next(into: &row) {}
                return
            } catch { refusal = error }
            for header in [CSVFormat.Header.absent, .match] {
                do throws(DatabaseError) {
                    _ = try read(bytes: bytes, CSVFormat(header: header))
                    return
                } catch { refusal = error }
            }
            if let refusal { throw refusal }
        }
    }

    private func read(
        _ text: String, _ format: CSVFormat? = nil
    ) throws(DatabaseError) -> [[Value?]] {
        let standard = try CSVFormat()
        return try read(bytes: Array(text.utf8), format ?? standard)
    }

    private func read(bytes: [UInt8], _ format: CSVFormat) throws(DatabaseError) -> [[Value?]] {
        var reader = CSVReader(
            ArraySource(bytes, chunkBytes: 3), mapping: try ColumnMapping(Self.columns),
            format: format)
        var rows: [[Value?]] = []
        var row: [Value?] = []
        while try reader.next(into: &row) { rows.append(row) }
        return rows
    }
}
