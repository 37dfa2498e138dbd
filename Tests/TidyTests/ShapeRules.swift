/// How large a file, a line and a function may be.
enum ShapeRules {
    static let fileLines = 400
    static let functionLines = 70
    static let columns = 100

    /// What is too long in `file`.
    static func findings(in file: TextFile) -> [Finding] {
        var findings: [Finding] = []
        if file.lines.count > fileLines {
            findings.append(
                Finding(
                    file, file.lines.count,
                    "\(file.lines.count) lines; split it into concepts of at most \(fileLines)"))
        }
        for (index, line) in file.lines.enumerated() where line.count > columns {
            findings.append(
                Finding(file, index + 1, "\(line.count) columns; break it at \(columns)"))
        }
        for function in functions(of: file) where function.lineCount > functionLines {
            findings.append(
                Finding(
                    file, function.first,
                    "\(function.name) has \(function.lineCount) lines; split it so that each part "
                        + "fits on a screen (\(functionLines))"))
        }
        return findings
    }

    private static func functions(of file: TextFile) -> [FunctionExtent] {
        let masked = MaskedSource(file)
        guard file.isC else { return SwiftFunctions.all(in: masked) }
        return CFunctions.all(in: masked).filter(\.hasBody).map {
            FunctionExtent(name: $0.name, first: $0.first, last: $0.last)
        }
    }
}
