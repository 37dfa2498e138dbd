#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a shell reads from and writes to.
package struct Console {
    package var output: any TextOutput
    package var errors: any TextOutput
    /// Where progress is drawn; `nil` where nobody would see it.
    package var progressDescriptor: Int32?
    /// Columns of the terminal that `output` is; `nil` where it is none. Asked for each result.
    package var columns: () -> Int?
    package var palette: Palette
    package var errorPalette: Palette
    /// Set where statements are typed at an editor.
    package var terminal: Terminal?
    /// Where lines are read from when there is no editor.
    package var input: any LineSource
    /// The terminal behind `input`, where someone types those lines; `nil` where none is.
    package var inputDescriptor: Int32?
    /// Where entries are remembered; `nil` where they are not.
    package var historyFile: HistoryFile?
    /// Whether the process's signals are the shell's to handle.
    package var ownsProcess = false

    package init(
        output: any TextOutput, errors: any TextOutput, input: any LineSource,
        columns: Int? = nil, palette: Palette = .plain
    ) {
        self.output = output
        self.errors = errors
        self.input = input
        self.columns = { columns }
        self.palette = palette
        errorPalette = palette
    }

    /// The process's own standard streams.
    package static func standard() -> Console {
        let allowsColour = (environment("NO_COLOR") ?? "").isEmpty && environment("TERM") != "dumb"
        let outputIsTerminal = isatty(STDOUT_FILENO) == 1
        let errorsAreTerminal = isatty(STDERR_FILENO) == 1
        var console = Console(
            output: FileOutput(descriptor: STDOUT_FILENO),
            errors: FileOutput(descriptor: STDERR_FILENO),
            input: ByteLineSource(
                FileReader(descriptor: STDIN_FILENO, name: "standard input"),
                name: "standard input"))
        console.ownsProcess = true
        console.historyFile = HistoryFile()
        console.columns = {
            outputIsTerminal ? windowSize(STDOUT_FILENO)?.columns ?? 80 : nil
        }
        console.palette = Palette(isColoured: allowsColour && outputIsTerminal)
        console.errorPalette = Palette(isColoured: allowsColour && errorsAreTerminal)
        console.progressDescriptor = errorsAreTerminal ? STDERR_FILENO : nil
        console.inputDescriptor = isatty(STDIN_FILENO) == 1 ? STDIN_FILENO : nil
        if outputIsTerminal {
            console.terminal = Terminal(
                input: STDIN_FILENO, output: STDOUT_FILENO, kind: environment("TERM") ?? "dumb")
        }
        return console
    }
}
