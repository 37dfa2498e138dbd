/// A multi-line editor as a state machine: keys in, text and cursor out. It knows no terminal.
///
/// Keys are those of Emacs, as in the shells: motions, kills with one kill buffer, history with
/// the draft kept, incremental search, completion. ``frame(columns:rows:palette:)`` draws it.
package struct LineEditor {
    /// What the caller has to do after a key.
    package enum Outcome: Sendable, Hashable {
        /// Draw again.
        case draw
        /// Ring the bell; nothing changed.
        case bell
        /// The text is entered.
        case submit(String)
        /// Control-C: the text is given up.
        case interrupt
        /// Control-D on an empty line.
        case endOfInput
        /// Clear the screen, then draw.
        case clearScreen
        /// Control-Z: stop the process, then draw.
        case suspend
    }

    package internal(set) var buffer: EditBuffer
    /// Candidates shown below the text until the next key.
    package internal(set) var candidates: [String] = []
    /// The search in progress, if there is one.
    package internal(set) var search: HistorySearch?

    let language: any EditingLanguage
    let history: History
    /// Position in the history; `history.entries.count` is the draft.
    var historyPosition: Int
    var draft = ""
    var killed: String
    private var lastKeyKilled = false

    /// Starts with `text`, the cursor at its end. `killed` is what Control-Y inserts.
    package init(
        language: any EditingLanguage, history: History, text: String = "", killed: String = ""
    ) {
        self.language = language
        self.history = history
        self.killed = killed
        buffer = EditBuffer(text)
        historyPosition = history.entries.count
    }

    /// What Control-Y would insert; hand it to the next editor.
    package var killBuffer: String { killed }

    /// Puts the cursor behind the text and ends a search, for a last picture of it.
    package mutating func moveToEnd() {
        search = nil
        candidates = []
        buffer.move(to: buffer.characters.count)
    }

    /// Takes one key.
    package mutating func handle(_ key: Key) -> Outcome {
        candidates = []
        if search != nil {
            switch handleSearch(key) {
            case .done(let outcome): return outcome
            case .passOn: break
            }
        }
        let joinsKill = lastKeyKilled
        lastKeyKilled = false
        switch key {
        case .text(let text), .paste(let text): buffer.insert(text)
        case .enter: return enter()
        case .tab: return complete()
        case .backspace, .control("h"): return deleteBackward()
        case .delete: return deleteForward()
        case .left, .control("b"): buffer.move(to: buffer.cursor - 1)
        case .right, .control("f"): buffer.move(to: buffer.cursor + 1)
        case .wordLeft, .meta("b"): buffer.move(to: buffer.wordStart)
        case .wordRight, .meta("f"): buffer.move(to: buffer.wordEnd)
        case .home, .control("a"): buffer.move(to: buffer.lineStart)
        case .end, .control("e"): buffer.move(to: buffer.lineEnd)
        case .up, .control("p"): return moveUp()
        case .down, .control("n"): return moveDown()
        case .control(let character): return control(character, joinsKill)
        case .meta(let character): return meta(character, joinsKill)
        case .backTab, .escape: return .bell
        }
        return .draw
    }

    private mutating func control(_ character: Character, _ joinsKill: Bool) -> Outcome {
        switch character {
        case "c": return .interrupt
        case "d": return buffer.isEmpty ? .endOfInput : deleteForward()
        case "k":
            // At the end of a line the line end itself goes, so that lines can be joined.
            let end = buffer.lineEnd == buffer.cursor ? buffer.cursor + 1 : buffer.lineEnd
            return kill(buffer.cursor..<end, joinsKill)
        case "u": return kill(buffer.lineStart..<buffer.cursor, joinsKill, backward: true)
        case "w": return kill(buffer.blankSeparatedStart..<buffer.cursor, joinsKill, backward: true)
        case "y": buffer.insert(killed)
        case "t": return buffer.transpose() ? .draw : .bell
        case "l": return .clearScreen
        case "r": startSearch()
        case "z": return .suspend
        default: return .bell
        }
        return .draw
    }

    private mutating func meta(_ character: Character, _ joinsKill: Bool) -> Outcome {
        switch character {
        case "d": return kill(buffer.cursor..<buffer.wordEnd, joinsKill)
        case "\u{7F}", "\u{8}":
            return kill(buffer.wordStart..<buffer.cursor, joinsKill, backward: true)
        case "<": buffer.move(to: 0)
        case ">": buffer.move(to: buffer.characters.count)
        case "\r", "\n": buffer.insert("\n")
        default: return .bell
        }
        return .draw
    }

    private mutating func enter() -> Outcome {
        let text = buffer.text
        if language.isComplete(text) {
            buffer.move(to: buffer.characters.count)
            return .submit(text)
        }
        buffer.insert("\n")
        return .draw
    }

    private mutating func deleteBackward() -> Outcome {
        guard buffer.cursor > 0 else { return .bell }
        buffer.remove(buffer.cursor - 1..<buffer.cursor)
        return .draw
    }

    private mutating func deleteForward() -> Outcome {
        guard buffer.cursor < buffer.characters.count else { return .bell }
        buffer.remove(buffer.cursor..<buffer.cursor + 1)
        return .draw
    }

    /// Removes into the kill buffer; kills in a row gather there.
    private mutating func kill(
        _ range: Range<Int>, _ joins: Bool, backward: Bool = false
    ) -> Outcome {
        let removed = buffer.remove(range)
        lastKeyKilled = true
        guard !removed.isEmpty else { return .bell }
        killed = joins ? (backward ? removed + killed : killed + removed) : removed
        return .draw
    }
}

// MARK: - History

extension LineEditor {
    private mutating func moveUp() -> Outcome {
        if buffer.moveUp() { return .draw }
        return recall(historyPosition - 1)
    }

    private mutating func moveDown() -> Outcome {
        if buffer.moveDown() { return .draw }
        return recall(historyPosition + 1)
    }

    private mutating func recall(_ position: Int) -> Outcome {
        let count = history.entries.count
        guard (0...count).contains(position) else { return .bell }
        if historyPosition == count { draft = buffer.text }
        historyPosition = position
        buffer = EditBuffer(position == count ? draft : history.entries[position])
        return .draw
    }
}
