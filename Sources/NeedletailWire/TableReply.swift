import NeedletailCore
import NeedletailText

/// A reply for a person: a table, then one status line.
///
/// Column widths come from the rows that fit the limits of a single-line result; a larger result
/// keeps these widths, so nothing waits for its end. Integers are right-aligned, NULL is `∅`,
/// control characters are escaped, and long vectors are shortened: a program asks in JSON.
/// `COPY … TO STDOUT` is written as it comes.
final class TableReply: Reply {
    var ready: [UInt8] = []
    private var columns: [Column] = []
    private var isCopyOut = false
    private var widths: [Int] = []
    private var held: [[String]] = []
    private var heldBytes = 0
    private var rowCount = 0
    private var isStreaming = false

    /// Components of a vector that are shown.
    private static let componentsShown = 8

    func start(columns: [Column], isCopyOut: Bool) {
        self.columns = columns
        self.isCopyOut = isCopyOut
    }

    func append(_ values: [Value]) {
        rowCount += 1
        if isCopyOut {
            if case .text(let text) = values.first { ready.append(contentsOf: text.utf8) }
            return
        }
        let cells = columns.indices.map { position in
            position < values.count ? cell(values[position], columns[position].type) : ""
        }
        if isStreaming {
            appendLine(cells)
            return
        }
        held.append(cells)
        heldBytes += cells.reduce(0) { $0 + $1.utf8.count }
        if held.count > Limits.singleLineRowsMax || heldBytes > Limits.singleLineBytesMax {
            sendHeld()
        }
    }

    func endSet() {}

    func finish(_ summary: StatementSummary, transaction: TransactionState) {
        if !isStreaming, !columns.isEmpty, !isCopyOut { sendHeld() }
        for notice in summary.notices {
            let sentence = ErrorLine.sentence(notice.message, hint: notice.hint)
            appendText("NOTICE \(notice.code.rawValue) \(escaped(sentence))\n")
        }
        let what =
            columns.isEmpty || isCopyOut
            ? summary.tag : "\(rowCount) \(rowCount == 1 ? "row" : "rows")"
        appendText("OK \(what) ")
        appendMilliseconds(summary.elapsedNanoseconds, into: &ready)
        appendText(" ms")
        if let plan = summary.plan { appendText(" \(escaped(plan))") }
        let work = Self.work(of: summary)
        if !work.isEmpty { appendText(" (\(work.joined(separator: ", ")))") }
        appendText("\n")
    }

    /// How the answer came about besides its plan: `approximate, 212 visited, cut short: timeout`.
    private static func work(of summary: StatementSummary) -> [String] {
        var parts: [String] = []
        if !summary.isExact { parts.append("approximate") }
        if summary.visited > 0 { parts.append("\(summary.visited) visited") }
        if summary.distances > 0, summary.distances != summary.visited {
            parts.append("\(summary.distances) distances")
        }
        if let limit = summary.truncated { parts.append("cut short: \(escaped(limit))") }
        return parts
    }

    private func sendHeld() {
        isStreaming = true
        let names = columns.map { escaped($0.name) }
        widths = names.map { displayWidth($0) }
        for cells in held {
            for (position, cell) in cells.enumerated() {
                widths[position] = max(widths[position], displayWidth(cell))
            }
        }
        appendLine(names)
        appendText(widths.map { String(repeating: "-", count: $0) }.joined(separator: "-+-") + "\n")
        for cells in held { appendLine(cells) }
        held = []
    }

    private func appendLine(_ cells: [String]) {
        var line = ""
        for (position, cell) in cells.enumerated() {
            if position > 0 { line += " | " }
            let padding = String(
                repeating: " ", count: max(0, widths[position] - displayWidth(cell)))
            line += columns[position].type.isInteger ? padding + cell : cell + padding
        }
        while line.last == " " { line.removeLast() }
        appendText(line + "\n")
    }

    private func appendText(_ text: String) { ready.append(contentsOf: text.utf8) }

    private func cell(_ value: Value, _ type: ValueType) -> String {
        switch value {
        case .null: return "∅"
        case .vector(let components) where components.count > 2 * Self.componentsShown:
            let shown = components.prefix(Self.componentsShown).map { NumberText.text($0) }
            return "[\(shown.joined(separator: ",")),… +\(components.count - shown.count)]"
        case .halfvec(let half) where half.bits.count > 2 * Self.componentsShown:
            let shown = Value.halfvec(
                HalfVector(bits: Array(half.bits.prefix(Self.componentsShown))))
            let text = ValueText.text(of: shown, as: .halfvec(nil)).dropLast()
            return "\(text),… +\(half.bits.count - Self.componentsShown)]"
        default: return escaped(ValueText.text(of: value, as: type))
        }
    }
}

/// `text` on one line: control characters become escapes, which also keeps a value from steering
/// the terminal it is shown on.
func escaped(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: { isControl($0) }) else { return text }
    var out = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\n": out += "\\n"
        case "\r": out += "\\r"
        case "\t": out += "\\t"
        default:
            if isControl(scalar) {
                out += "\\u{\(String(scalar.value, radix: 16))}"
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
    }
    return out
}

private func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
}
