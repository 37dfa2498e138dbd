import NeedletailCore

extension Shell {
    /// Changes how results look, or says how they do.
    func adjust(_ command: MetaCommand, _ argument: String?) throws(DatabaseError) {
        switch command {
        case .mode:
            if let argument { display.mode = try mode(argument) }
            confirm("Mode", display.mode.rawValue)
        case .expanded:
            let next: ExpandedStyle = display.expanded == .on ? .off : .on
            display.expanded = try choice(argument, next)
            confirm("Expanded", display.expanded.rawValue)
        case .vectors:
            let next: VectorStyle = display.vectors == .full ? .short : .full
            display.vectors = try choice(argument, next)
            confirm("Vectors", display.vectors.rawValue)
        case .timing:
            display.showsTiming = try switched(argument, display.showsTiming)
            confirm("Timing", display.showsTiming ? "on" : "off")
        case .null:
            display.nullText = argument
            confirm("NULL is shown as", argument.map { "\"\($0)\"" } ?? "the mode has it")
        case .width: try adjustWidth(argument)
        default: break
        }
    }

    private func adjustWidth(_ argument: String?) throws(DatabaseError) {
        switch argument?.lowercased() {
        case "auto": display.width = .auto
        case "off", "0": display.width = .unlimited
        case let text?:
            guard let columns = Int(text), (20...100_000).contains(columns) else {
                throw DatabaseError(
                    .invalidParameter, "\\width takes 20 to 100000 columns, not \"\(text)\"",
                    hint: "auto fits the terminal, off sets no bound.")
            }
            display.width = .columns(columns)
        case nil: break
        }
        switch display.width {
        case .auto: confirm("Width", "auto")
        case .columns(let count): confirm("Width", "\(count) columns")
        case .unlimited: confirm("Width", "off")
        }
    }

    private func mode(_ name: String) throws(DatabaseError) -> OutputMode {
        if let mode = OutputMode(name: name) { return mode }
        let names = OutputMode.allCases.map(\.rawValue)
        let nearest = nearestWord(to: name, among: names).map { "Did you mean \($0)? " } ?? ""
        throw DatabaseError(
            .invalidParameter, "there is no mode \"\(name)\"",
            hint: nearest + "Modes: \(names.joined(separator: ", ")).")
    }

    private func choice<Style>(
        _ argument: String?, _ next: Style
    ) throws(DatabaseError) -> Style
    where Style: RawRepresentable<String> & CaseIterable {
        guard let argument else { return next }
        if let style = Style(rawValue: argument.lowercased()) { return style }
        let names = Style.allCases.map(\.rawValue).joined(separator: ", ")
        throw DatabaseError(
            .invalidParameter, "\"\(argument)\" is no choice here", hint: "Choose from: \(names).")
    }

    private func switched(_ argument: String?, _ current: Bool) throws(DatabaseError) -> Bool {
        guard let argument else { return !current }
        if let position = Switch(argument) { return position == .on }
        throw DatabaseError(
            .invalidParameter, "\"\(argument)\" is neither on nor off", hint: "Say on or off.")
    }

    /// Says the new state to a person; scripts want no chatter in their output.
    private func confirm(_ what: String, _ state: String) {
        guard isInteractive, !options.isQuiet else { return }
        console.output.write("\(what): \(state).\n")
    }
}
