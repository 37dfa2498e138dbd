import NeedletailCore
import NeedletailText
import Testing

@Suite struct JSONScannerTests {
    @Test("members come out one by one, with their bytes")
    func members() throws {
        let text = #" {"a": 1, "b\n": {"c": [1, {}]}, "d": [], "e": "x"} "#
        var scanner = JSONScanner(text)
        var found: [String] = []
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let range = try scanner.skipValue()
            found.append("\(key)=\(String(decoding: scanner.bytes[range], as: UTF8.self))")
        }
        try scanner.finish()
        #expect(found == ["a=1", "b\n={\"c\": [1, {}]}", "d=[]", "e=\"x\""])
    }

    @Test("a part of a longer text is read with positions of its own")
    func slices() throws {
        let bytes = Array("xx[1,2]yy".utf8)
        #expect(try JSONParser.parse(bytes, in: 2..<7) == .array([.int(1), .int(2)]))
        let error = expectRefusal(.invalidJSON) { () throws(DatabaseError) in
            try JSONParser.parse(bytes, in: 2..<8)
        }
        #expect(error?.position == SourceRange(5, 6))
    }

    @Test("every byte is seen wherever it stands in a long string")
    func specialBytes() throws {
        let plain = Array("the quick brown fox jumps".utf8)
        for place in 0..<plain.count {
            for byte in UInt8.min...UInt8.max {
                var bytes = plain
                bytes[place] = byte
                var scanner = JSONScanner([0x22] + bytes + [0x22])
                let text = try? scanner.readString()
                switch byte {
                case 0x22:
                    #expect(text == String(decoding: bytes[..<place], as: UTF8.self))
                case 0x20..<0x80 where byte != 0x5C:
                    #expect(text == String(decoding: bytes, as: UTF8.self), "\(byte), \(place)")
                case 0x5C:
                    // An escape, or none, as the next letter has it.
                    let next = place + 1 < bytes.count ? bytes[place + 1] : 0x22
                    let isEscape = "bfrnt".utf8.contains(next)
                    #expect((text != nil) == isEscape, "\(place)")
                default: #expect(text == nil, "\(byte), \(place)")
                }
            }
        }
    }

    @Test("a typed vector is the same however it is written")
    func typedVectors() throws {
        let ways = [
            #"{"$f32":"AACAPwAAAMA="}"#, #" { "$f32" : "AACAPwAAAMA=" } "#,
            #"{"\u0024f32":"AACAPwAAAMA="}"#, #"{"$f32":"AACAPwAA\u0041MA="}"#,
        ]
        for text in ways {
            for type in [ValueType.unknown, .vector(2), .vector(nil)] {
                var scanner = JSONScanner(text)
                #expect(try ValueJSON.read(&scanner, as: type) == .vector([1, -2]), "\(text)")
                try scanner.finish()
            }
        }
        let others = [#"{"$f32":"AACAPwAAAMA=","n":1}"#, #"{"$f32":"AACAPwAAAMA="]"#]
        for text in others {
            var scanner = JSONScanner(text)
            let value = try? ValueJSON.read(&scanner, as: .unknown)
            var tree = JSONScanner(text)
            let slow = try? ValueJSON.value(from: tree.readTree(), as: .unknown)
            #expect(value == slow, "\(text)")
        }
    }

    @Test("arrays of numbers become floats, rounded once")
    func numbers() throws {
        var scanner = JSONScanner("[1, -2.5e0, 0.1, 16777217, 0.023456789553165436, 1e-50]")
        var floats: [Float] = []
        try scanner.readNumberArray(into: &floats)
        try scanner.finish()
        #expect(floats == [1, -2.5, 0.1, 16_777_216, 0.023456789553165436, 0])
    }

    @Test(
        "arrays that are no vectors are refused",
        arguments: [
            ("[1, null]", .invalidText), ("[1, \"2\"]", .invalidText), ("[[1]]", .invalidText),
            ("[NaN]", .invalidJSON), ("[1e39]", .numericOutOfRange), ("[1", .invalidJSON),
            ("{}", .invalidJSON), ("[1,2,3,4]", .programLimit),
        ] as [(String, DatabaseError.Code)])
    func refusals(text: String, code: DatabaseError.Code) {
        expectRefusal(code) { () throws(DatabaseError) -> [Float] in
            var scanner = JSONScanner(text)
            var floats: [Float] = []
            try scanner.readNumberArray(into: &floats, limit: 3)
            return floats
        }
    }

    @Test("mutated texts never trap, and skipping agrees with reading")
    func fuzz() {
        let samples = [
            #"{"id": 1, "t": ["a", "\u00e9\ud83d\ude00"], "m": {"x": -1.5e-3, "y": null}}"#,
            "[0.1,-2,3.25e10,true,false,null,\"\\n\",{}]", "{\"é\":[[[[1]]]],\"k\":\"😀\"}",
        ]
        Fuzzing.run("JSON", samples: samples) { bytes throws(DatabaseError) in
            var scanner = JSONScanner(bytes)
            var skipError: DatabaseError?
            do throws(DatabaseError) {
                try scanner.skipValue()
                try scanner.finish()
            } catch { skipError = error }
            do throws(DatabaseError) {
                let json = try JSONParser.parse(bytes)
                #expect(skipError == nil)
                #expect((try? JSONParser.parse(JSONPrinter.text(json))) == json)
            } catch {
                // Only reading looks at the size of numbers.
                #expect(skipError != nil || error.code == .numericOutOfRange)
                throw error
            }
        }
    }
}
