import Foundation

/// A conversation written down: `> ` is a line the client sends, `< ` one it gets, in the order a
/// person would see them; `# ` is a remark. `>> ` and `<< ` are raw bytes without a line end, with
/// the escapes `\n`, `\r`, `\\` and `\xHH`, which the other two forms do not have.
package struct Script: Sendable, CustomStringConvertible {
    package let name: String
    package let input: [UInt8]
    package let output: [UInt8]

    package var description: String { name }

    /// All scripts, by name.
    package static let all: [Script] = {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Scripts")
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder.path())) ?? []
        return files.filter { $0.hasSuffix(".script") }.sorted().compactMap { name in
            (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)).map {
                Script(name: name, text: $0)
            }
        }
    }()

    package init(name: String, text: String) {
        var input: [UInt8] = []
        var output: [UInt8] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            let rest = line.drop { $0 != " " }.dropFirst()
            switch line.prefix(while: { $0 != " " }) {
            case ">": input.append(contentsOf: Array(rest.utf8) + [0x0A])
            case "<": output.append(contentsOf: Array(rest.utf8) + [0x0A])
            case ">>": input.append(contentsOf: Self.unescaped(rest))
            case "<<": output.append(contentsOf: Self.unescaped(rest))
            case "", "#": break
            default: preconditionFailure("\(name) has a line of no known kind: \(line)")
            }
        }
        self.name = name
        self.input = input
        self.output = output
    }

    private static func unescaped(_ text: Substring) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let letter = rest.popFirst() else {
                bytes.append(byte)
                continue
            }
            switch letter {
            case UInt8(ascii: "n"): bytes.append(0x0A)
            case UInt8(ascii: "r"): bytes.append(0x0D)
            case UInt8(ascii: "x"):
                let digits = String(decoding: rest.prefix(2), as: UTF8.self)
                rest = rest.dropFirst(2)
                bytes.append(UInt8(digits, radix: 16) ?? 0)
            default: bytes.append(letter)
            }
        }
        return bytes
    }
}
