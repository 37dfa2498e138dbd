import NeedletailCore
import NeedletailFormats
import Testing

@Suite struct JSONLTests {
    static let columns = [
        Column(name: "id", type: .bigint), Column(name: "name", type: .text),
        Column(name: "tags", type: .array(.text)), Column(name: "meta", type: .jsonb),
        Column(name: "embedding", type: .vector(2)), Column(name: "at", type: .timestamptz),
    ]

    @Test("keys find their columns, whatever their order; missing is not null")
    func reads() throws {
        let text = """
            {"name":"a","id":1,"embedding":[1,2.5],"tags":["x","y z"],"meta":{"k":[1]}}

            {"id":2,"name":null,"embedding":{"$f32":"AACAPwAAAMA="},"at":"1970-01-01T00:00:01Z"}\r
            {"id":3,"id":4}
            """
        let rows = try read(text)
        let meta = JSON.object(JSONObject([.init(key: "k", value: .array([.int(1)]))]))
        #expect(
            rows == [
                [
                    .int(1), .text("a"), .array([.text("x"), .text("y z")]), .json(meta),
                    .vector([1, 2.5]), nil,
                ],
                [
                    .int(2), .null, nil, nil, .vector([1, -2]),
                    .timestamp(Timestamp(microseconds: 1_000_000)),
                ],
                [.int(4), nil, nil, nil, nil, nil],
            ])
    }

    @Test("keys may be renamed and unknown ones ignored")
    func options() throws {
        let text = #"{"ID":1,"other":{"x":[1,{}]},"name":"a"}"#
        let rows = try read(text, rename: ["ID": "id"], unknownKeys: .ignore)
        #expect(rows == [[.int(1), .text("a"), nil, nil, nil, nil]])
        expectRefusal(.undefinedColumn) { () throws(DatabaseError) in
            try ColumnMapping(Self.columns, rename: ["a": "b"])
        }
    }

    @Test(
        "errors name the line and the column",
        arguments: [
            ("{\"nme\":1}", .undefinedColumn, "line 2: \"nme\""),
            ("{\"id\":\"x\"}", .invalidText, "line 2, column \"id\""),
            ("{\"embedding\":[1]}", .dataException, "expected 2 dimensions, not 1"),
            ("[1]", .badCopyFormat, "line 2: "), ("{\"id\":1", .invalidJSON, "(byte 7)"),
            ("{\"id\":1} x", .invalidJSON, "(byte 9)"), ("{\"id\":1,}", .invalidJSON, "(byte 8)"),
            ("{\"id\":99999999999999999999}", .numericOutOfRange, "line 2, column \"id\""),
        ] as [(String, DatabaseError.Code, String)])
    func errors(line: String, code: DatabaseError.Code, shown: String) {
        let error = expectRefusal(code) { () throws(DatabaseError) in
            try read("{\"id\":1}\n\(line)\n")
        }
        #expect(error?.message.contains(shown) == true, "\(String(describing: error))")
        #expect(error?.position == nil)
    }

    @Test("an unknown key's hint lists the columns")
    func hint() {
        let error = expectRefusal(.undefinedColumn) { () throws(DatabaseError) in
            try read("{\"nme\":1}")
        }
        #expect(error?.hint?.contains("id, name, tags, meta, embedding, at") == true)
    }

    @Test("what is written reads back")
    func roundTrip() throws {
        let rows: [[Value]] = [
            [
                .int(1), .text("a\"\n\u{2028}"), .array([.text("x"), .null]), .json(.array([])),
                .vector([0.1, -3e20]), .timestamp(Timestamp(microseconds: -1)),
            ], [.null, .null, .null, .null, .null, .null],
        ]
        let writer = JSONLWriter(columns: Self.columns)
        var out: [UInt8] = []
        for row in rows { writer.append(row, into: &out) }
        let text = String(decoding: out, as: UTF8.self)
        #expect(text.hasPrefix("{\"id\":1,\"name\":\"a\\\"\\n\u{2028}\","))
        #expect(try read(text) == rows)
    }

    private func read(
        _ text: String, rename: [String: String] = [:],
        unknownKeys: JSONLReader.UnknownKeys = .refuse
    ) throws(DatabaseError) -> [[Value?]] {
        var reader = JSONLReader(
            ArraySource(text, chunkBytes: 5),
            mapping: try ColumnMapping(Self.columns, rename: rename), unknownKeys: unknownKeys)
        var rows: [[Value?]] = []
        var row: [Value?] = []
        while try reader.next(into: &row) { rows.append(row) }
        return rows
    }
}
