import NeedletailCore

/// Lines that no server may take: each must be answered with a code and a remedy, and leave the
/// connection usable.
package struct MalformedRequest: Sendable, CustomStringConvertible {
    package let description: String
    package let line: [UInt8]

    init(_ description: String, _ line: String) {
        self.init(description, Array(line.utf8))
    }

    init(_ description: String, _ line: [UInt8]) {
        self.description = description
        self.line = line
    }

    package static let all: [MalformedRequest] =
        wrongTypes + missingFields + strangers + cutOff + values + nested + notText + tooLong
}

extension MalformedRequest {
    /// A value of every kind, and numbers beyond every type.
    private static let samples: [(kind: String, json: String)] = [
        ("null", "null"), ("false", "false"), ("a number", "-5"), ("a fraction", "1.5"),
        ("a giant number", "123456789012345678901234567890"), ("more than a double", "1e999"),
        ("a text", "\"x\""), ("an empty text", "\"\""), ("an array", "[[[]]]"),
        ("an array of numbers", "[1]"), ("an object", "{\"a\":{}}"),
    ]

    /// Each kind of request: its other fields, and for each field the samples that it takes.
    private static let kinds: [(name: String, fields: [String: String], takes: [String: String])] =
        [
            (
                "statement", ["id": "1", "q": "\"ONE\""],
                [
                    "id": "a number, a text, an empty text", "q": "a text, an empty text",
                    "p": "an array, an array of numbers, an object", "batch": "an array",
                    "on_error": "",
                    "key": "a text", "after": "", "timeout_ms": "", "vec": "",
                ]
            ),
            (
                "data", ["id": "1", "d": "\"x\"", "end": "true"],
                ["id": "a number, a text, an empty text", "d": "a text, an empty text", "end": ""]
            ),
            (
                "cancel", ["id": "1", "cancel": "7"],
                [
                    "id": "a number, a text, an empty text",
                    "cancel": "a number, a text, an empty text",
                ]
            ),
            (
                "ping", ["id": "1", "ping": "true"],
                ["id": "a number, a text, an empty text", "ping": ""]
            ),
        ]

    private static func object(_ fields: [String: String], _ more: String = "") -> String {
        let parts = fields.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\($0.value)" }
        return "{\(parts.joined(separator: ","))\(more)}"
    }

    private static let wrongTypes = kinds.flatMap { kind in
        kind.takes.sorted { $0.key < $1.key }.flatMap { field, takes in
            samples.compactMap { sample -> MalformedRequest? in
                guard !takes.split(separator: ", ").contains(Substring(sample.kind)) else {
                    return nil
                }
                var fields = kind.fields
                fields[field] = sample.json
                return MalformedRequest("\(kind.name): \(field) is \(sample.kind)", object(fields))
            }
        }
    }

    private static let missingFields = [
        "{}", "{\"id\":1}", "{\"q\":\"ONE\"}", "{\"id\":1,\"p\":[1]}", "{\"id\":1,\"batch\":[[1]]}",
        "{\"id\":1,\"key\":\"a\"}", "{\"id\":1,\"after\":1}", "{\"id\":1,\"timeout_ms\":1}",
        "{\"ping\":true}", "{\"d\":\"x\"}", "{\"end\":true}", "{\"id\":1,\"d\":\"x\"}",
        "{\"id\":1,\"end\":true}", "{\"id\":1,\"vec\":\"json\"}", "[]", "[1]",
    ].filter { $0.hasPrefix("{") }.map { MalformedRequest("missing: \($0)", $0) }

    /// Fields that are not known, stand twice, or belong to another kind of request.
    private static let strangers = kinds.flatMap { kind -> [MalformedRequest] in
        let own = object(kind.fields)
        let foreign = ["auth", "sql", "", "Q", "params", "key ", "ping", "cancel", "d", "q"]
            .filter { kind.takes[$0] == nil }
        return foreign.map { name in
            let more = ",\"\(name)\":\(name == "ping" ? "true" : "\"x\"")"
            return MalformedRequest("\(kind.name) and \"\(name)\"", object(kind.fields, more))
        }
            + kind.fields.sorted { $0.key < $1.key }.map { name, value in
                MalformedRequest(
                    "\(kind.name): \(name) twice", object(kind.fields, ",\"\(name)\":\(value)"))
            } + [
                MalformedRequest("\(kind.name): two on a line", own + own),
                MalformedRequest("\(kind.name) and a comma", own + ","),
            ]
    }

    /// A request that ends after each of its bytes but the last.
    private static let cutOff = { () -> [MalformedRequest] in
        let whole = Array(
            #"{"id":1,"q":"ONE\n\u00e9","p":[1.5e3,"x",true,null,{"$f32":"AACAPw=="}],"key":"k"}"#
                .utf8)
        return (1..<whole.count).map { MalformedRequest("cut at \($0)", Array(whole[..<$0])) }
    }()

    private static let values = [
        #"{"$f32":"A"}"#, #"{"$f32":"AACA"}"#, #"{"$f32":"AACAP"}"#, #"{"$f32":"AACAPw="}"#,
        #"{"$f32":"AACAPw==="}"#, #"{"$f32":"AACA Pw=="}"#, #"{"$f32":"AACAP===" }"#,
        #"{"$f32":""}"#, #"{"$f32":"AADAfw=="}"#, #"{"$f32":5}"#, #"{"$f32":null}"#,
        #"{"$f16":"AA=="}"#, #"{"$f16":"AAA"}"#, #"{"$bits":"pcA=","n":-1}"#,
        #"{"$bits":"pcA=","n":1000000000}"#, #"{"$bits":"pcA=","n":"x"}"#, #"{"$bytes":"A"}"#,
        #"{"$bytes":"A==="}"#, #"{"$ts":"x"}"#, #"{"$ts":5}"#, #"{"$i8":"AAAA"}"#, "1e999",
        "-1e999",
        "01", "+1", ".5", "1.", "0x10", "NaN", "Infinity", "tru", "'x'", "[1,]", "{\"a\":1,}",
    ].flatMap { value in
        [
            MalformedRequest("value \(value)", "{\"id\":1,\"q\":\"ECHO\",\"p\":[\(value)]}"),
            MalformedRequest("named \(value)", "{\"id\":1,\"q\":\"ECHO\",\"p\":{\"v\":\(value)}}"),
            MalformedRequest(
                "set \(value)", "{\"id\":1,\"q\":\"ECHO\",\"batch\":[[1],[\(value)]],\"key\":\"a\"}"
            ),
        ]
    }

    private static let nested = ["id", "q", "p", "batch", "key", "after", "d", "cancel", "x"]
        .flatMap {
            field -> [MalformedRequest] in
            [
                ("arrays", "[", "]"), ("objects", "{\"a\":", "}"),
            ].flatMap { name, open, close in
                [300, 100_000].map { depth in
                    let value =
                        String(repeating: open, count: depth) + "1"
                        + String(repeating: close, count: depth)
                    var fields = ["id": "1", "q": "\"ONE\""]
                    fields[field] = value
                    return MalformedRequest("\(depth) \(name) in \(field)", object(fields))
                }
            }
        }

    private static let notText = { () -> [MalformedRequest] in
        let places: [(String, String)] = [
            ("q", #"{"id":1,"q":"_"}"#), ("key", #"{"id":1,"q":"INSERT","key":"_"}"#),
            ("a value", #"{"id":1,"q":"ECHO","p":["_"]}"#),
            ("a name", #"{"id":1,"q":"ECHO","p":{"_":1}}"#), ("a field", #"{"id":1,"_":1}"#),
            ("id", #"{"id":"_","q":"ONE"}"#), ("data", #"{"id":1,"d":"_"}"#),
        ]
        let bad: [(String, [UInt8])] = [
            ("a lone byte", [0xFF]), ("half a character", [0xC3]),
            ("an overlong slash", [0xC0, 0xAF]),
            ("a surrogate", [0xED, 0xA0, 0x80]), ("beyond Unicode", [0xF4, 0x90, 0x80, 0x80]),
            ("a NUL", [0]), ("a control", [1]), ("half a pair", Array(#"\ud800"#.utf8)),
            ("a bad escape", Array(#"\x41"#.utf8)), ("half an escape", Array(#"\u00"#.utf8)),
        ]
        return places.flatMap { place, line in
            bad.map { name, bytes in
                let parts = line.split(separator: "_", maxSplits: 1)
                return MalformedRequest(
                    "\(name) in \(place)", Array(parts[0].utf8) + bytes + Array(parts[1].utf8))
            }
        }
    }()

    private static let tooLong = { () -> [MalformedRequest] in
        func text(_ count: Int) -> String { "\"\(String(repeating: "x", count: count))\"" }
        let many = [String](repeating: "1", count: Limits.parametersMax + 1).joined(separator: ",")
        return [
            MalformedRequest("a long id", "{\"id\":\(text(257)),\"q\":\"ONE\"}"),
            MalformedRequest("a long id to cancel", "{\"id\":1,\"cancel\":\(text(257))}"),
            MalformedRequest(
                "a long key",
                "{\"id\":1,\"q\":\"INSERT\",\"key\":\(text(Limits.idempotencyKeyBytesMax + 1))}"),
            MalformedRequest("many parameters", "{\"id\":1,\"q\":\"ECHO\",\"p\":[\(many)]}"),
            MalformedRequest("many in a set", "{\"id\":1,\"q\":\"ECHO\",\"batch\":[[\(many)]]}"),
            MalformedRequest("a long timeout", "{\"id\":1,\"q\":\"ONE\",\"timeout_ms\":86400001}"),
            MalformedRequest("no time", "{\"id\":1,\"q\":\"ONE\",\"timeout_ms\":0}"),
            MalformedRequest(
                "a far commit", "{\"id\":1,\"q\":\"ONE\",\"after\":9223372036854775808}"),
            MalformedRequest("both", "{\"id\":1,\"q\":\"ECHO\",\"p\":[1],\"batch\":[[1]]}"),
            MalformedRequest(
                "skip", "{\"id\":1,\"q\":\"ECHO\",\"batch\":[[1]],\"on_error\":\"skip\"}"),
        ]
    }()
}
