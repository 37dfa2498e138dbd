/// The identifiers and keywords of a line of code, in order.
func words(of line: String) -> [String] {
    line.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init)
}

/// The words that a CamelCase or snake_case name is made of: `JSONPathV2` is `JSON`, `Path`, `V2`.
/// Digits stay with the word before them.
func nameWords(of name: String) -> [String] {
    var words: [String] = [""]
    for character in name {
        let last = words.count - 1
        guard character.isLetter || character.isNumber else {
            words.append("")
            continue
        }
        let endsUpper = words[last].last?.isUppercase ?? false
        if character.isUppercase, !endsUpper {
            words.append(String(character))
        } else if character.isLowercase, endsUpper, words[last].count > 1 {
            // The last capital of an acronym begins the next word.
            words.append(String(words[last].removeLast()) + String(character))
        } else {
            words[last].append(character)
        }
    }
    return words.filter { !$0.isEmpty }
}
