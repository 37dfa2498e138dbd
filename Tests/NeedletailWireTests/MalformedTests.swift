import NeedletailCore
import NeedletailWire
import NeedletailWireScripts
import Testing

@Suite("Malformed input")
struct MalformedTests {
    private static let deep = String(repeating: "[", count: 100_000)
    static let badJSON: [(String, String)] = [
        ("{", "22032"), ("{\"id\":1,", "22032"), ("{'id':1}", "22032"),
        ("{\"id\":1,\"q\":\"a\u{1}\"}", "22032"), ("{\"id\":1,\"q\":\"\\ud800\"}", "22032"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[1e999]}", "22003"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[01]}", "22032"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":\(deep)", "54001"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$f32\":\"AACA\"}]}", "22P02"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$f32\":\"AACAP\"}]}", "22P02"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$f32\":\"AACA*wAA\"}]}", "22P02"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$f32\":\"\"}]}", "22000"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$f32\":\"AADAfw==\"}]}", "22000"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":[{\"$i8\":\"AAAA\"}]}", "0A000"),
        ("{\"id\":1,\"q\":\"ECHO\",\"p\":{\"a\":1,\"a\":2}}", "22023"),
        ("{\"id\":[],\"q\":\"ONE\"}", "22023"),
        ("{\"id\":\"\(String(repeating: "x", count: 300))\",\"q\":\"ONE\"}", "22023"),
    ]
    static let badText: [([UInt8], String)] = [
        (Array("{\"id\":1,\"q\":\"".utf8) + [0xFF, 0xFE] + Array("\"}".utf8), "22021"),
        ([0x41, 0xC3, 0x28], "22021"), ([0x41, 0x00, 0x42], "22021"),
        (Array("{\"id\":1,\"q\":\"".utf8) + [0x00] + Array("\"}".utf8), "22032"),
    ]

    @Test(
        "a line that is not JSON is refused with a code and a remedy, and the next one works",
        arguments: badJSON)
    func json(line: String, code: String) throws {
        try check(Array(line.utf8), code: code)
    }

    @Test(
        "bytes that are not text are refused in both modes",
        arguments: badText)
    func encoding(line: [UInt8], code: String) throws { try check(line, code: code) }

    @Test(
        "a line over the cap ends the connection with an error in its own form",
        arguments: ["{\"id\":1,\"q\":\"", "SELECT '"])
    func oversized(start: String) {
        var limits = SessionLimits()
        limits.lineBytes = 10_000
        let connection = DirectConnection(limits: limits)
        let long = Array(start.utf8) + [UInt8](repeating: 0x61, count: 10_000)
        connection.converse(Array("INSERT;\n".utf8) + long + Array("\nINSERT;\n".utf8))
        let lines = text(connection.output).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(lines.last?.hasPrefix(start.hasPrefix("{") ? "{\"err\"" : "ERR 53400") == true)
        #expect(lines.last?.contains("53400") == true)
        #expect(connection.isClosed)
    }

    @Test("a statement over many lines is refused at its cap, and the next one works")
    func oversizedStatement() {
        let connection = DirectConnection(boundary: SemicolonBoundary(bytesMax: 1_000))
        let line = String(repeating: "x", count: 300) + "\n"
        connection.converse(Array((line + line + line + line + "\nINSERT;\n").utf8))
        #expect(text(connection.output).hasPrefix("ERR 54000"))
        #expect(text(connection.output).hasSuffix("OK INSERT 0 1 0.21 ms\n"))
    }

    @Test("so many sets of parameters that they exceed the limit are refused")
    func manyParameters() throws {
        let values = Array(repeating: "1", count: Limits.parametersMax + 1).joined(separator: ",")
        try check(Array("{\"id\":1,\"q\":\"ECHO\",\"p\":[\(values)]}".utf8), code: "54000")
    }

    @Test(
        "half a greeting of another protocol closes the connection quietly",
        arguments: [[UInt8]](arrayLiteral: [0], [0, 0, 0, 8], []))
    func truncatedGreeting(bytes: [UInt8]) {
        let connection = DirectConnection()
        connection.converse(bytes)
        #expect(connection.output.isEmpty)
        #expect(connection.isClosed)
    }

    private func check(_ line: [UInt8], code: String) throws {
        let connection = DirectConnection()
        connection.converse(line + Array("\n{\"id\":2,\"q\":\"INSERT\"}\n".utf8))
        let lines = text(connection.output).split(separator: "\n")
        try #require(lines.count == 2, "\(lines)")
        #expect(lines[0].contains(code), "\(lines[0])")
        #expect(lines[0].hasPrefix("ERR ") || lines[0].contains("\"hint\":"), "\(lines[0])")
        #expect(lines[1] == "{\"id\":2,\"done\":\"INSERT 0 1\",\"ms\":0.21}")
    }
}
