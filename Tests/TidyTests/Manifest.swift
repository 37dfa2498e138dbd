/// A target as Package.swift declares it.
struct ManifestTarget: Equatable {
    let name: String
    var dependencies: [String]
    /// From 1.
    let line: Int
    /// Whether its folder is under Sources: not a test, and not a target that serves tests.
    let isSource: Bool
}

/// The targets of Package.swift, read from its text: declarations made with `target`, `tests`,
/// `.target`, `.executableTarget`, `.testTarget` and `.systemLibrary`.
enum Manifest {
    static func targets(of file: TextFile) -> [ManifestTarget] {
        let tokens = tokens(of: file)
        let start = tokens.lastIndex { $0.kind == .word("targets") } ?? 0
        var found: [ManifestTarget] = []
        var index = start
        while index + 1 < tokens.count {
            if case .word(let word) = tokens[index].kind, makers.contains(word),
                tokens[index + 1].kind == .mark("(")
            {
                let end = close(of: index + 1, in: tokens)
                let call = Array(tokens[index...end])
                if let target = target(in: call, isTest: word.hasPrefix("test")) {
                    found.append(target)
                }
                index = end
            }
            index += 1
        }
        return found
    }

    private static let makers: Set<String> = [
        "target", "tests", "executableTarget", "testTarget", "systemLibrary", "plugin", "macro",
    ]

    private struct Token {
        enum Kind: Equatable {
            case word(String)
            case string(String)
            case mark(Character)
        }
        let kind: Kind
        let line: Int
    }

    private static func tokens(of file: TextFile) -> [Token] {
        let masked = MaskedSource(file)
        var tokens: [Token] = []
        for (index, line) in masked.code.enumerated() {
            let original = Array(file.lines[min(index, file.lines.count - 1)].utf8)
            let bytes = Array(line.utf8)
            var position = 0
            while position < bytes.count {
                let start = position
                let rest = bytes[position...]
                let character = Character(Unicode.Scalar(bytes[position]))
                if character == "\"", let end = rest.dropFirst().firstIndex(of: bytes[position]) {
                    let text = String(decoding: original[start + 1..<end], as: UTF8.self)
                    tokens.append(Token(kind: .string(text), line: index + 1))
                    position = end + 1
                } else if character.isLetter {
                    let word = rest.prefix { Character(Unicode.Scalar($0)).isLetter }
                    tokens.append(
                        Token(kind: .word(String(decoding: word, as: UTF8.self)), line: index + 1))
                    position += word.count
                } else {
                    if !character.isWhitespace {
                        tokens.append(Token(kind: .mark(character), line: index + 1))
                    }
                    position += 1
                }
            }
        }
        return tokens
    }

    /// Where the bracket that opens at `open` closes.
    private static func close(of open: Int, in tokens: [Token]) -> Int {
        var depth = 0
        for index in open..<tokens.count {
            if [.mark("("), .mark("[")].contains(tokens[index].kind) { depth += 1 }
            if [.mark(")"), .mark("]")].contains(tokens[index].kind) { depth -= 1 }
            if depth == 0 { return index }
        }
        return tokens.count - 1
    }

    private static func target(in call: [Token], isTest: Bool) -> ManifestTarget? {
        let names = call.prefix { $0.kind != .mark("[") }
        let strings = names.compactMap { token -> String? in
            if case .string(let text) = token.kind { text } else { nil }
        }
        guard let name = strings.first else { return nil }
        return ManifestTarget(
            name: name, dependencies: dependencies(in: call), line: call[0].line,
            isSource: !isTest && (path(in: call)?.hasPrefix("Sources/") ?? true))
    }

    /// The string that `path:` labels.
    private static func path(in call: [Token]) -> String? {
        guard let label = call.firstIndex(where: { $0.kind == .word("path") }),
            label + 2 < call.count, case .string(let text) = call[label + 2].kind
        else { return nil }
        return text
    }

    /// The names in the array after `dependencies:`, or in the second argument of the manifest's
    /// own functions: bare strings, and what `name:` labels.
    private static func dependencies(in call: [Token]) -> [String] {
        let labelled = call.firstIndex { $0.kind == .word("dependencies") }.map { $0 + 2 }
        let second = call.count > 4 && call[3].kind == .mark(",") ? 4 : nil
        guard let open = labelled ?? second, open < call.count, call[open].kind == .mark("[") else {
            return []
        }
        var names: [String] = []
        var depth = 0
        for index in open..<close(of: open, in: call) {
            switch call[index].kind {
            case .mark("("), .mark("["): depth += 1
            case .mark(")"), .mark("]"): depth -= 1
            case .string(let text):
                let isLabelled = index > 1 && call[index - 2].kind == .word("name")
                if depth == 1 || isLabelled { names.append(text) }
            default: break
            }
        }
        return names
    }
}
