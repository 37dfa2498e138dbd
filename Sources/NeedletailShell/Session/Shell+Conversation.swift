import NeedletailCore

extension Shell {
    /// The prompt until Control-D or `\q`.
    func converse() -> ShellStatus {
        isInteractive = true
        Interrupts.shared.setEndsWhenIdle(false)
        if !options.isQuiet {
            let hint = "SQL ends with ;  ·  \\? for help  ·  Control-D leaves"
            let title = display.palette.paint(options.greeting, .prompt)
            console.output.write("\(title)  \(display.palette.paint(hint, .faint))\n")
        }
        console.output.flush()
        if let terminal = console.terminal {
            EditedConversation(self, terminal).run()
        } else {
            runDumb()
        }
        return ending ?? .success
    }

    /// Runs what was entered at the editor.
    func run(_ entered: EnteredText) {
        switch entered {
        case .command(let text): runCommand(text)
        case .statements(let statements, let expanded):
            for (index, statement) in statements.enumerated() {
                let isLast = index == statements.count - 1
                let succeeded = execute(statement, isExpanded: expanded && isLast)
                let stops = stopsOnError || Interrupts.shared.didCancel
                if ending != nil || (!succeeded && stops) { break }
            }
        case .script(let text): _ = runScript(ByteLineSource(text: text), name: nil)
        case .commandAfter(let open, let command):
            // The statement stays open below whatever the command prints.
            nextText = open + "\n"
            if ["\\r", "\\c"].contains(command) {
                nextText = ""
            } else if command == "\\e" {
                lastStatement = open
                runCommand(command)
            } else {
                runCommand(command)
            }
        case .unfinished: break
        }
        output.flush()
        if !console.output.isAtLineStart { console.output.write("\n") }
        console.output.flush()
        console.errors.flush()
    }

    /// A prompt without an editor, for terminals that cannot move their cursor.
    private func runDumb() {
        let editing = SQLEditing(completer: Completer(names: catalog))
        var pending = ""
        while ending == nil {
            editing.transactionMark = transactionMark
            console.output.write(editing.prompts(for: pending).last ?? "")
            console.output.flush()
            if let input = console.inputDescriptor,
                Interrupts.shared.isInterrupted(waitingFor: input)
            {
                pending = ""
                console.output.write("\n")
                continue
            }
            do throws(DatabaseError) {
                guard let line = try console.input.nextLine() else { break }
                pending += line
            } catch {
                report(error, statement: nil)
                pending = ""
                continue
            }
            let entered = EnteredText(pending)
            if entered == .unfinished {
                pending += "\n"
                continue
            }
            run(entered)
            pending = nextText
            nextText = ""
        }
        console.output.write("\n")
    }

    /// psql's mark for the state of the transaction.
    var transactionMark: String {
        switch session.transactionState {
        case .idle: ""
        case .open: "*"
        case .aborted: "!"
        }
    }
}

/// The prompt at a terminal with the editor.
private final class EditedConversation {
    private let shell: Shell
    private let terminal: Terminal
    private let language: SQLEditing
    private let file: HistoryFile?
    private var history: History
    private var killed = ""

    init(_ shell: Shell, _ terminal: Terminal) {
        self.shell = shell
        self.terminal = terminal
        language = SQLEditing(completer: Completer(names: shell.catalog))
        file = shell.console.historyFile
        history = file?.load() ?? History()
    }

    func run() {
        while shell.ending == nil {
            language.transactionMark = shell.transactionMark
            guard let text = read() else { return }
            if history.append(text) { file?.append(text) }
            shell.run(EnteredText(text))
        }
    }

    /// One entry, or `nil` at Control-D.
    private func read() -> String? {
        terminal.enterRaw()
        defer { terminal.leaveRaw() }
        var editor = fresh(shell.nextText)
        shell.nextText = ""
        var painter = FramePainter()
        draw(editor, &painter)
        while true {
            switch terminal.next() {
            case .key(let key):
                switch editor.handle(key) {
                case .draw: draw(editor, &painter)
                case .bell:
                    terminal.write("\u{7}")
                    draw(editor, &painter)
                case .submit(let text):
                    draw(editor, &painter)
                    terminal.write(painter.finish())
                    killed = editor.killBuffer
                    return text
                case .interrupt:
                    editor = abandon(editor, &painter)
                case .endOfInput:
                    terminal.write(painter.finish())
                    return nil
                case .clearScreen:
                    painter.cleared()
                    terminal.write("\u{1B}[H\u{1B}[2J")
                    draw(editor, &painter)
                case .suspend:
                    terminal.write(painter.finish())
                    terminal.suspend()
                    draw(editor, &painter)
                }
            case .resized:
                terminal.write(painter.resized(columns: terminal.size.columns))
                draw(editor, &painter)
            case .interrupted: editor = abandon(editor, &painter)
            case .end: return nil
            }
        }
    }

    /// Leaves the text given up on the screen, marked, and starts afresh below.
    private func abandon(_ editor: LineEditor, _ painter: inout FramePainter) -> LineEditor {
        killed = editor.killBuffer
        var last = editor
        last.moveToEnd()
        draw(last, &painter)
        terminal.write("^C" + painter.finish())
        let next = fresh("")
        draw(next, &painter)
        return next
    }

    private func fresh(_ text: String) -> LineEditor {
        LineEditor(language: language, history: history, text: text, killed: killed)
    }

    private func draw(_ editor: LineEditor, _ painter: inout FramePainter) {
        let (columns, rows) = terminal.size
        let frame = editor.frame(columns: columns, rows: rows, palette: shell.display.palette)
        terminal.write(painter.paint(frame))
    }
}
