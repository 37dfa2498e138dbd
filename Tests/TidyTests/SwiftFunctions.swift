/// Where a function stands in its file.
struct FunctionExtent: Equatable {
    let name: String
    /// From 1: the lines of `func` (or of the body's opening brace in C) and of the closing brace.
    let first: Int
    let last: Int

    var lineCount: Int { last - first + 1 }
}

/// Finds the functions of a Swift file by their braces: `func`, `init` and `deinit` with a body.
struct SwiftFunctions {
    private let bytes: [UInt8]
    private var line = 1
    private var position = 0
    private var found: [FunctionExtent] = []

    static func all(in source: MaskedSource) -> [FunctionExtent] {
        var scan = SwiftFunctions(bytes: source.codeBytes)
        scan.run()
        return scan.found
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func run() {
        while position < bytes.count {
            guard Self.isWord(bytes[position]) else {
                advance()
                continue
            }
            let start = position
            let word = takeWord()
            guard start == 0 || !".`".utf8.contains(bytes[start - 1]) else { continue }
            switch word {
            case "func", "init", "deinit":
                let name = word == "func" ? nameAfterSpaces() : word
                measure(name, from: line)
            default: break
            }
        }
    }

    private static func isWord(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "_") || (byte | 0x20) &- 97 < 26 || byte &- 48 < 10 || byte > 127
    }

    private mutating func advance() {
        if bytes[position] == UInt8(ascii: "\n") { line += 1 }
        position += 1
    }

    private mutating func takeWord() -> String {
        let word = bytes[position...].prefix(while: Self.isWord)
        position += word.count
        return String(decoding: word, as: UTF8.self)
    }

    /// The name of a function, without moving.
    private func nameAfterSpaces() -> String {
        let rest = bytes[position...].drop { $0 == UInt8(ascii: " ") }
        return String(decoding: rest.prefix { !"(< ".utf8.contains($0) }, as: UTF8.self)
    }

    /// Records the function whose name or parameters come next, and goes on inside its body, so
    /// that functions within functions are found too.
    private mutating func measure(_ name: String, from first: Int) {
        var ahead = self
        guard ahead.skipSignature() else { return }
        position = ahead.position
        line = ahead.line
        var depth = 0
        repeat {
            if ahead.bytes[ahead.position] == UInt8(ascii: "{") { depth += 1 }
            if ahead.bytes[ahead.position] == UInt8(ascii: "}") { depth -= 1 }
            if depth == 0 {
                found.append(FunctionExtent(name: name, first: first, last: ahead.line))
                break
            }
            ahead.advance()
        } while ahead.position < ahead.bytes.count
        if position < bytes.count { advance() }
    }

    /// Moves to the opening brace of the body; false for a requirement without one.
    private mutating func skipSignature() -> Bool {
        var depth = 0
        var last = UInt8(ascii: " ")
        while position < bytes.count {
            let byte = bytes[position]
            if "([".utf8.contains(byte) { depth += 1 }
            if ")]".utf8.contains(byte) { depth -= 1 }
            if depth < 0 { return false }
            if depth == 0 {
                if byte == UInt8(ascii: "{") { return true }
                if byte == UInt8(ascii: "}") || byte == UInt8(ascii: ";") { return false }
                if byte == UInt8(ascii: "\n"), !goesOn(after: last) { return false }
            }
            if byte != UInt8(ascii: " "), byte != UInt8(ascii: "\n") { last = byte }
            advance()
        }
        return false
    }

    /// Whether the signature continues on the next line.
    private func goesOn(after last: UInt8) -> Bool {
        if ",>:&=".utf8.contains(last) { return true }
        let next = bytes[position...].drop { " \n".utf8.contains($0) }
        if let byte = next.first, "{-(<&".utf8.contains(byte) { return true }
        let word = String(decoding: next.prefix(while: Self.isWord), as: UTF8.self)
        return ["where", "throws", "async", "rethrows"].contains(word)
    }
}
