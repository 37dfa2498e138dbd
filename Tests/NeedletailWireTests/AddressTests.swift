import NeedletailCore
import NeedletailWire
import Testing

@Suite("Addresses and type names")
struct AddressTests {
    static let addresses: [(String, Endpoint)] = [
        ("127.0.0.1:7117", Endpoint.tcp(host: "127.0.0.1", port: 7117)),
        ("needletail://localhost:1", .tcp(host: "localhost", port: 1)),
        ("needletail://localhost/", .tcp(host: "localhost", port: 7117)),
        ("[::1]:9", .tcp(host: "::1", port: 9)), ("[::1]", .tcp(host: "::1", port: 7117)),
        ("db", .tcp(host: "db", port: 7117)), ("unix:/run/n.sock", .unix(path: "/run/n.sock")),
        ("unix://run", .unix(path: "run")),
    ]

    @Test("an address is read and printed", arguments: addresses)
    func endpoints(text: String, expected: Endpoint) throws {
        let endpoint = try Endpoint(text)
        #expect(endpoint == expected)
        #expect(try Endpoint(endpoint.description) == expected)
    }

    @Test(
        "what is no address is refused with a remedy",
        arguments: [
            "", ":1", "a:b", "a:70000", "a:-1", "::1:7117", "[::1", "[::1]x", "unix:",
            "unix:" + String(repeating: "a", count: 200), "a/b:1", "a\0:1",
        ])
    func malformed(text: String) {
        let error = #expect(throws: DatabaseError.self) { try Endpoint(text) }
        #expect(error?.code == .invalidParameter)
        #expect(error?.hint != nil)
    }

    @Test(
        "every type is found by its SQL name",
        arguments: [ValueType](
            arrayLiteral:
                .boolean, .smallint, .int, .bigint, .real, .double, .text, .bytea,
            .timestamptz, .date, .uuid, .jsonb, .array(.text), .array(.double), .vector(nil),
            .vector(3), .halfvec(16_000), .bit(1), .unknown))
    func typeNames(type: ValueType) { #expect(ValueType(sqlName: type.sqlName) == type) }

    @Test(
        "other names are no types",
        arguments: ["", "[]", "text[][]", "vector(", "vector(x)", "vector(-1)", "box(3)"])
    func otherNames(name: String) { #expect(ValueType(sqlName: name) == nil) }
}
