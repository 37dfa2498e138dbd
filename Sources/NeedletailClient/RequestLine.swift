import NeedletailCore
import NeedletailText

/// The lines a client sends.
enum RequestLine {
    static func statement(
        _ sql: String, _ parameters: Parameters, id: Int64, timeoutMilliseconds: Int? = nil
    ) -> [UInt8] {
        var line = begin(id, timeoutMilliseconds)
        line.append(contentsOf: ",\"q\":".utf8)
        JSONPrinter.append(sql, into: &line)
        if parameters != .none {
            line.append(contentsOf: ",\"p\":".utf8)
            append(parameters, into: &line)
        }
        return end(line)
    }

    static func batch(
        _ sql: String, _ sets: [Parameters], id: Int64, timeoutMilliseconds: Int? = nil
    ) -> [UInt8] {
        var line = begin(id, timeoutMilliseconds)
        line.append(contentsOf: ",\"q\":".utf8)
        JSONPrinter.append(sql, into: &line)
        line.append(contentsOf: ",\"batch\":[".utf8)
        for (position, set) in sets.enumerated() {
            if position > 0 { line.append(UInt8(ascii: ",")) }
            append(set, into: &line)
        }
        line.append(UInt8(ascii: "]"))
        return end(line)
    }

    static func copyData(_ text: String, id: Int64) -> [UInt8] {
        var line = begin(id)
        line.append(contentsOf: ",\"d\":".utf8)
        JSONPrinter.append(text, into: &line)
        return end(line)
    }

    static func copyEnd(id: Int64) -> [UInt8] {
        var line = begin(id)
        line.append(contentsOf: ",\"end\":true".utf8)
        return end(line)
    }

    static func cancel(_ id: Int64) -> [UInt8] { Array("{\"cancel\":\(id)}\n".utf8) }

    private static func append(_ parameters: Parameters, into line: inout [UInt8]) {
        switch parameters {
        case .none: line.append(contentsOf: "[]".utf8)
        case .positional(let values):
            line.append(UInt8(ascii: "["))
            for (position, value) in values.enumerated() {
                if position > 0 { line.append(UInt8(ascii: ",")) }
                append(value, into: &line)
            }
            line.append(UInt8(ascii: "]"))
        case .named(let values):
            line.append(UInt8(ascii: "{"))
            for (position, name) in values.keys.sorted().enumerated() {
                if position > 0 { line.append(UInt8(ascii: ",")) }
                JSONPrinter.append(name, into: &line)
                line.append(UInt8(ascii: ":"))
                append(values[name] ?? .null, into: &line)
            }
            line.append(UInt8(ascii: "}"))
        }
    }

    /// A parameter, so that the server reads back the same value: what has no form of its own in
    /// JSON is typed.
    private static func append(_ value: Value, into line: inout [UInt8]) {
        if case .timestamp = value {
            line.append(contentsOf: "{\"$ts\":".utf8)
            ValueJSON.appendJSON(of: value, into: &line)
            line.append(UInt8(ascii: "}"))
        } else {
            ValueJSON.appendJSON(of: value, into: &line)
        }
    }

    static func ping(_ id: Int64) -> [UInt8] { Array("{\"id\":\(id),\"ping\":true}\n".utf8) }

    private static func begin(_ id: Int64, _ timeoutMilliseconds: Int? = nil) -> [UInt8] {
        var line = Array("{\"id\":\(id)".utf8)
        if let timeoutMilliseconds {
            line.append(contentsOf: ",\"timeout_ms\":\(max(1, timeoutMilliseconds))".utf8)
        }
        return line
    }

    private static func end(_ line: [UInt8]) -> [UInt8] {
        var line = line
        line.append(contentsOf: "}\n".utf8)
        return line
    }
}
