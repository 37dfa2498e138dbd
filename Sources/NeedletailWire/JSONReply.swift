import NeedletailCore
import NeedletailText

/// A reply as lines of JSON.
///
/// A small result is one line, which has `done`. A larger one is a line with `cols` and the first
/// rows, lines with `rows`, and a line with `done`. `COPY … TO STDOUT` gives lines with `d`, a
/// piece of the text each, and a line with `done`. The last line of a batch whose statement has
/// rows tells in `sets` how many each set gave.
final class JSONReply: Reply {
    var ready: [UInt8] = []
    private let id: RequestID
    private let vectors: ValueJSON.VectorForm
    private var columns: [Column] = []
    private var isCopyOut = false
    private var hasSentColumns = false
    /// Rows as JSON arrays with commas between them, or text of a `COPY … TO STDOUT`.
    private var held: [UInt8] = []
    private var heldRows = 0
    private var isStreaming = false
    /// Of a batch whose statement has rows: how many each set gave, so far.
    private var setSizes: [Int] = []
    private var rowsOfSet = 0

    init(id: RequestID, vectors: ValueJSON.VectorForm = .base64) {
        self.id = id
        self.vectors = vectors
    }

    func start(columns: [Column], isCopyOut: Bool) {
        self.columns = columns
        self.isCopyOut = isCopyOut
        isStreaming = isCopyOut
    }

    func append(_ values: [Value]) {
        if isCopyOut {
            if case .text(let text) = values.first { held.append(contentsOf: text.utf8) }
        } else {
            appendRow(values)
        }
        heldRows += 1
        rowsOfSet += 1
        if !isStreaming {
            isStreaming =
                heldRows > Limits.singleLineRowsMax || held.count > Limits.singleLineBytesMax
        }
        if isStreaming, held.count >= replyLineBytesTarget { sendHeld() }
    }

    func endSet() {
        if !columns.isEmpty, !isCopyOut { setSizes.append(rowsOfSet) }
        rowsOfSet = 0
    }

    func finish(_ summary: StatementSummary, transaction: TransactionState) {
        if isStreaming, !held.isEmpty { sendHeld() }
        beginLine()
        if !isStreaming, !columns.isEmpty { appendRows() }
        ready.append(contentsOf: ",\"done\":".utf8)
        JSONPrinter.append(summary.tag, into: &ready)
        appendSetSizes()
        appendDetails(of: summary)
        transaction.appendMember(into: &ready)
        endLine()
    }

    private func appendRow(_ values: [Value]) {
        if heldRows > 0 { held.append(UInt8(ascii: ",")) }
        held.append(UInt8(ascii: "["))
        for (position, value) in values.enumerated() {
            if position > 0 { held.append(UInt8(ascii: ",")) }
            let type = position < columns.count ? columns[position].type : .unknown
            ValueJSON.appendJSON(of: value, as: type, into: &held, vectors: vectors)
        }
        held.append(UInt8(ascii: "]"))
    }

    private func sendHeld() {
        beginLine()
        if isCopyOut {
            ready.append(contentsOf: ",\"d\":".utf8)
            JSONPrinter.append(String(decoding: held, as: UTF8.self), into: &ready)
        } else {
            appendRows()
        }
        endLine()
        held.removeAll(keepingCapacity: true)
        heldRows = 0
    }

    private func appendRows() {
        if !hasSentColumns {
            hasSentColumns = true
            ready.append(contentsOf: ",\"cols\":[".utf8)
            for (position, column) in columns.enumerated() {
                ready.append(contentsOf: (position > 0 ? ",[" : "[").utf8)
                JSONPrinter.append(column.name, into: &ready)
                ready.append(UInt8(ascii: ","))
                JSONPrinter.append(column.type.sqlName, into: &ready)
                ready.append(UInt8(ascii: "]"))
            }
            ready.append(UInt8(ascii: "]"))
        }
        ready.append(contentsOf: ",\"rows\":[".utf8)
        ready.append(contentsOf: held)
        ready.append(UInt8(ascii: "]"))
    }

    private func appendSetSizes() {
        guard !setSizes.isEmpty else { return }
        ready.append(contentsOf: ",\"sets\":[".utf8)
        for (position, size) in setSizes.enumerated() {
            if position > 0 { ready.append(UInt8(ascii: ",")) }
            NumberText.append(Int64(size), into: &ready)
        }
        ready.append(UInt8(ascii: "]"))
    }

    private func appendDetails(of summary: StatementSummary) {
        ready.append(contentsOf: ",\"ms\":".utf8)
        appendMilliseconds(summary.elapsedNanoseconds, into: &ready)
        if let plan = summary.plan {
            ready.append(contentsOf: ",\"plan\":".utf8)
            JSONPrinter.append(plan, into: &ready)
            ready.append(contentsOf: ",\"exact\":\(summary.isExact)".utf8)
        }
        if let truncated = summary.truncated {
            ready.append(contentsOf: ",\"truncated\":".utf8)
            JSONPrinter.append(truncated, into: &ready)
        }
        if summary.visited > 0 {
            ready.append(contentsOf: ",\"visited\":\(summary.visited)".utf8)
        }
        if summary.distances > 0 {
            ready.append(contentsOf: ",\"distances\":\(summary.distances)".utf8)
        }
        if let sequence = summary.commitSequence {
            ready.append(contentsOf: ",\"seq\":\(sequence)".utf8)
        }
        if !summary.notices.isEmpty {
            ready.append(contentsOf: ",\"notices\":[".utf8)
            for (position, notice) in summary.notices.enumerated() {
                if position > 0 { ready.append(UInt8(ascii: ",")) }
                append(notice)
            }
            ready.append(UInt8(ascii: "]"))
        }
    }

    private func append(_ notice: Notice) {
        ready.append(contentsOf: "{\"code\":".utf8)
        JSONPrinter.append(notice.code.rawValue, into: &ready)
        ready.append(contentsOf: ",\"msg\":".utf8)
        JSONPrinter.append(notice.message, into: &ready)
        if let hint = notice.hint {
            ready.append(contentsOf: ",\"hint\":".utf8)
            JSONPrinter.append(hint, into: &ready)
        }
        ready.append(UInt8(ascii: "}"))
    }

    private func beginLine() {
        ready.append(contentsOf: "{\"id\":".utf8)
        id.appendJSON(into: &ready)
    }

    private func endLine() { ready.append(contentsOf: "}\n".utf8) }
}

extension RequestID {
    func appendJSON(into out: inout [UInt8]) {
        switch self {
        case .int(let number): NumberText.append(number, into: &out)
        case .string(let text): JSONPrinter.append(text, into: &out)
        }
    }
}

extension TransactionState {
    /// Appends `,"tx":…` where a transaction is open; on the last line of a statement's reply, its
    /// absence says that none is.
    func appendMember(into out: inout [UInt8]) {
        switch self {
        case .idle: break
        case .open: out.append(contentsOf: ",\"tx\":\"open\"".utf8)
        case .aborted: out.append(contentsOf: ",\"tx\":\"aborted\"".utf8)
        }
    }
}

/// Appends a duration in milliseconds with at most three decimals and no trailing zeros.
func appendMilliseconds(_ nanoseconds: Int64, into out: inout [UInt8]) {
    let clamped = max(0, nanoseconds)
    let microseconds = clamped / 1_000 + (clamped % 1_000 >= 500 ? 1 : 0)
    NumberText.append(microseconds / 1_000, into: &out)
    var fraction = microseconds % 1_000
    guard fraction > 0 else { return }
    out.append(UInt8(ascii: "."))
    var scale: Int64 = 100
    while fraction > 0 {
        out.append(UInt8(ascii: "0") + UInt8(fraction / scale))
        fraction %= scale
        scale /= 10
    }
}
