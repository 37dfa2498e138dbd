/// A function of a C or C++ file at file scope, with what stands before its body.
struct CFunction: Equatable {
    let name: String
    /// From 1: the line of the name, and of the closing brace or, for a prototype, the semicolon.
    let first: Int
    let last: Int
    let isStatic: Bool
    let hasBody: Bool

    var lineCount: Int { last - first + 1 }
}

/// Finds the functions of a C or C++ file: a parenthesis before a brace, or before a semicolon, at
/// file scope. Preprocessor lines are left out; `extern "C"` and namespaces are looked into.
enum CFunctions {
    static func all(in source: MaskedSource) -> [CFunction] {
        var scan = CFunctionScan()
        for (index, line) in withoutDirectives(source.code).enumerated() {
            for character in line + "\n" { scan.take(character, line: index + 1) }
        }
        return scan.found
    }

    /// Blanks `#…` lines with their continuations.
    private static func withoutDirectives(_ lines: [String]) -> [String] {
        var continues = false
        return lines.map { line in
            let isDirective = continues || line.drop { $0 == " " }.hasPrefix("#")
            continues = isDirective && line.hasSuffix("\\")
            return isDirective ? "" : line
        }
    }
}

/// The braces that are open, and the functions found so far.
private struct CFunctionScan {
    var found: [CFunction] = []
    private var braces: [Brace] = []
    private var head = Head()
    /// The function whose body is open, and how many braces were open before it.
    private var open: (function: CFunction, depth: Int)?

    private enum Brace {
        case scope(isHidden: Bool)
        case body
    }

    private var isAtFileScope: Bool {
        braces.allSatisfy { if case .scope = $0 { true } else { false } }
    }

    mutating func take(_ character: Character, line: Int) {
        switch character {
        case "{": takeOpening(line: line)
        case "}":
            if !braces.isEmpty { braces.removeLast() }
            if let (function, depth) = open, depth == braces.count {
                found.append(function.ending(at: line, hasBody: true))
                open = nil
            }
            if isAtFileScope { startDeclaration() }
        case ";" where isAtFileScope:
            if let prototype = head.function(endingAt: line) {
                found.append(prototype.ending(at: line, hasBody: false))
            }
            startDeclaration()
        default:
            if isAtFileScope { head.append(character, line: line) }
        }
    }

    private mutating func takeOpening(line: Int) {
        guard isAtFileScope else {
            braces.append(.body)
            return
        }
        if head.isScope {
            braces.append(.scope(isHidden: head.isHidden || head.isNamelessNamespace))
            startDeclaration()
        } else {
            if let function = head.function(endingAt: line) { open = (function, braces.count) }
            braces.append(.body)
        }
    }

    private mutating func startDeclaration() {
        head = Head()
        if case .scope(let isHidden) = braces.last { head.isHidden = isHidden }
    }
}

extension CFunction {
    fileprivate func ending(at line: Int, hasBody: Bool) -> CFunction {
        CFunction(name: name, first: first, last: line, isStatic: isStatic, hasBody: hasBody)
    }
}

/// What was read at file scope since the last declaration ended.
private struct Head {
    var text = ""
    var lastLine = 1
    /// Inside a namespace without a name, where nothing is exported.
    var isHidden = false

    mutating func append(_ character: Character, line: Int) {
        text.append(character == "\n" ? " " : character)
        if !character.isWhitespace { lastLine = line }
    }

    var isScope: Bool {
        let words = text.split(separator: " ")
        return words.first == "namespace" || (words.first == "extern" && !text.contains("("))
    }

    var isNamelessNamespace: Bool { text.split(separator: " ") == ["namespace"] }

    /// The function declared here, or `nil` for types, variables and initialisers.
    func function(endingAt line: Int) -> CFunction? {
        let plain = withoutAttributes(text)
        guard let parenthesis = plain.firstIndex(of: "("), !plain.contains("="),
            !plain.split(separator: " ").contains("typedef")
        else { return nil }
        let before = plain[..<parenthesis].split { !($0.isLetter || $0.isNumber || $0 == "_") }
        guard let name = before.last, before.count > 1 else { return nil }
        return CFunction(
            name: String(name), first: lastLine, last: line,
            isStatic: isHidden || before.contains("static"), hasBody: false)
    }

    /// Without `__attribute__((…))` and `_Pragma(…)`, whose parentheses are not a function's.
    private func withoutAttributes(_ text: String) -> String {
        var result = text
        for word in ["__attribute__", "_Pragma", "_Static_assert", "static_assert"] {
            while let range = result.firstRange(of: word) {
                var depth = 0
                var end = range.upperBound
                while end < result.endIndex {
                    if result[end] == "(" { depth += 1 }
                    if result[end] == ")" { depth -= 1 }
                    end = result.index(after: end)
                    if depth == 0, result[result.index(before: end)] == ")" { break }
                }
                result.removeSubrange(range.lowerBound..<end)
            }
        }
        return result
    }
}
