import NeedletailShell

/// A language for tests: whole where the text ends in `;`, digits are numbers.
final class TestLanguage: EditingLanguage {
    var words: [String] = []

    func isComplete(_ text: String) -> Bool { text.isEmpty || text.hasSuffix(";") }

    func prompts(for text: String) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).indices
            .map { $0 == 0 ? "=> " : "-> " }
    }

    func styles(for text: String) -> [StyledRange] { [] }

    func completion(before: String, after: String) -> Completion {
        let typed = String(before.reversed().prefix { $0 != " " }.reversed())
        return Completion(
            replaced: typed.count, candidates: words.filter { $0.hasPrefix(typed) })
    }
}

/// An editor driven by a line of keys: text as it is, keys in angle brackets as in `ab<C-a>c`.
struct EditorScript {
    var editor: LineEditor
    var outcomes: [LineEditor.Outcome] = []

    init(
        _ script: String, text: String = "", history: [String] = [],
        language: any EditingLanguage = TestLanguage()
    ) {
        var past = History()
        for entry in history { past.append(entry) }
        editor = LineEditor(language: language, history: past, text: text)
        for key in Self.keys(script) { outcomes.append(editor.handle(key)) }
    }

    /// The text with `|` where the cursor is.
    var picture: String {
        let characters = editor.buffer.characters
        let cursor = editor.buffer.cursor
        return String(characters[..<cursor]) + "|" + String(characters[cursor...])
    }

    var submitted: String? {
        for case .submit(let text) in outcomes.reversed() { return text }
        return nil
    }

    static func keys(_ script: String) -> [Key] {
        var keys: [Key] = []
        var rest = script[...]
        while let character = rest.popFirst() {
            guard character == "<", let end = rest.firstIndex(of: ">") else {
                keys.append(.text(String(character)))
                continue
            }
            keys.append(named(String(rest[..<end])))
            rest = rest[rest.index(after: end)...]
        }
        return keys
    }

    private static let names: [String: Key] = [
        "enter": .enter, "tab": .tab, "bs": .backspace, "del": .delete, "esc": .escape, "up": .up,
        "down": .down, "left": .left, "right": .right, "home": .home, "end": .end,
        "c-left": .wordLeft, "c-right": .wordRight,
    ]

    private static func named(_ name: String) -> Key {
        if let key = names[name] { return key }
        let character = name.last ?? " "
        return name.hasPrefix("C-") ? .control(character) : .meta(character)
    }
}
