/// Calls that may end the process, or talk past the caller, in code a user can reach.
enum TrapRules {
    /// Findings in one Swift file under Sources.
    ///
    /// - Parameter mayPrint: whether `print` is the prompt's, or a function of the target's own.
    static func findings(in file: TextFile, mayPrint: Bool = false) -> [Finding] {
        MaskedSource(file).code.enumerated().flatMap { index, line in
            remedies(for: line, mayPrint: mayPrint).map { Finding(file, index + 1, $0) }
        }
    }

    /// The targets where `print` may be called: the faces at the terminal, and those that declare
    /// a function of that name.
    static func printingTargets(among files: [TextFile]) -> Set<String> {
        let own = files.filter { $0.text.contains("func print(") }.compactMap(\.target)
        return Set(own).union(["NeedletailShell", "NeedletailTool"])
    }

    private static func remedies(for line: String, mayPrint: Bool) -> [String] {
        var remedies: [String] = []
        if line.contains("try!") {
            remedies.append("no `try!`; hand the error on with `try`")
        }
        if line.contains("as!") {
            remedies.append("no `as!`; use `as?` and throw a DatabaseError")
        }
        for word in ["fatalError", "unsafelyUnwrapped"] where words(of: line).contains(word) {
            remedies.append(
                "no `\(word)`; throw a DatabaseError, or `precondition` with a sentence")
        }
        if unwraps(line) {
            remedies.append("no force unwrap; use `guard let` and throw a DatabaseError")
        }
        if !mayPrint, printsOut(line) {
            remedies.append("no `print`; only Shell and Tool write to the terminal")
        }
        return remedies
    }

    /// Whether `!` stands after a value: after a name, a closing bracket or a quotation mark, and
    /// not before `=`.
    private static func unwraps(_ line: String) -> Bool {
        let bytes = Array(line.utf8)
        return bytes.indices.dropFirst().contains { index in
            guard bytes[index] == UInt8(ascii: "!") else { return false }
            let before = Character(Unicode.Scalar(bytes[index - 1]))
            let isValue = before.isLetter || before.isNumber || "_)]>\"".contains(before)
            let next = index + 1 < bytes.count ? bytes[index + 1] : 0
            guard isValue, next != UInt8(ascii: "=") else { return false }
            let word = line.utf8.prefix(index).reversed().prefix { $0 | 0x20 &- 97 < 26 }
            return !["try", "as"].contains(String(decoding: word.reversed(), as: UTF8.self))
        }
    }

    /// Whether it calls the function `print`, not a method or a declaration of that name.
    private static func printsOut(_ line: String) -> Bool {
        for name in ["print(", "debugPrint(", "dump("] {
            for range in line.ranges(of: name) {
                let before = line[..<range.lowerBound]
                let isWhole = before.last.map { !($0.isLetter || "._`".contains($0)) } ?? true
                if isWhole, words(of: String(before)).last != "func" { return true }
            }
        }
        return false
    }
}
