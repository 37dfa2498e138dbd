/// Names that our C and C++ targets give to the rest of the process begin with `nt_`.
enum CSymbolRules {
    /// Findings in one C or C++ file under Sources. In a header every function is seen by Swift, so
    /// `static` ones and prototypes count there too; elsewhere a prototype declares somebody
    /// else's. A name made by one of our macros (`NT_NAME(dot)`) is the macro's business.
    static func findings(in file: TextFile) -> [Finding] {
        let masked = MaskedSource(file)
        let isHeader = file.fileExtension == "h"
        var findings = CFunctions.all(in: masked)
            .filter { isHeader || ($0.hasBody && !$0.isStatic) }
            .filter { !$0.name.hasPrefix("nt_") && !$0.name.hasPrefix("NT_") }
            .map { Finding(file, $0.first, "name it `nt_\($0.name)`, or make it static") }
        guard isHeader else { return findings }
        for (index, line) in masked.code.enumerated() {
            let words = words(of: line)
            guard line.drop(while: { $0 == " " }).hasPrefix("#define"), words.count > 1 else {
                continue
            }
            if !["NT_", "NEEDLETAIL_", "nt_"].contains(where: words[1].hasPrefix) {
                findings.append(Finding(file, index + 1, "name the macro `NT_\(words[1])`"))
            }
        }
        return findings
    }
}
