/// One `import` of a Swift file.
struct ImportLine: Equatable {
    let module: String
    /// From 1.
    let line: Int
    let isExported: Bool
    let isTestable: Bool

    static func all(in source: MaskedSource) -> [ImportLine] {
        source.code.enumerated().compactMap { index, text in
            guard text.contains("import ") else { return nil }
            let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
            let modifiers = words.prefix { $0 != "import" }
            guard modifiers.count < words.count,
                modifiers.allSatisfy({ $0.hasPrefix("@") || access.contains($0) })
            else { return nil }
            let named = words.dropFirst(modifiers.count + 1).drop { kinds.contains($0) }
            guard let module = named.first?.split(separator: ".").first else { return nil }
            return ImportLine(
                module: String(module), line: index + 1,
                isExported: modifiers.contains { $0.hasPrefix("@_exported") },
                isTestable: modifiers.contains("@testable"))
        }
    }

    private static let access: Set<String> = [
        "public", "package", "internal", "fileprivate", "private",
    ]
    private static let kinds: Set<String> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var", "actor",
    ]
}
