import NeedletailCore
import Synchronization

/// A statement that runs in a server.
final class RemoteStatement: RunningStatement {
    private(set) var columns: [Column] = []
    private(set) var isCopyOut = false
    private(set) var summary = StatementSummary(tag: "")
    /// Of a batch whose statement has rows, at its end: how many each set gave.
    private(set) var setSizes: [Int] = []
    private let id: Int64
    private let session: RemoteSession
    private var input: (any CopyInput)?
    private var rows: [[Value]] = []
    private var nextRow = 0
    private(set) var hasEnded = false
    /// That of the rest that was taken in, told once its rows are through.
    private var failure: DatabaseError?
    private let rowsDone = Mutex(0)

    /// Bytes of `COPY` data in one line.
    private static let pieceBytes = 256 << 10

    init(id: Int64, session: RemoteSession, input: (any CopyInput)?) {
        self.id = id
        self.session = session
        self.input = input
    }

    var progress: StatementProgress {
        StatementProgress(rowsDone: rowsDone.withLock { $0 })
    }

    /// Waits for the line that tells the columns, or the end.
    func receiveFirst() throws(DatabaseError) { try receive() }

    func next() throws(DatabaseError) -> [Value]? {
        if let input {
            self.input = nil
            try sendData(input)
        }
        while nextRow == rows.count {
            if let failure { throw failure }
            if hasEnded { return nil }
            try receive()
        }
        defer { nextRow += 1 }
        rowsDone.withLock { $0 += 1 }
        return rows[nextRow]
    }

    /// Takes in what is left of the reply, so that the session can go on to another statement
    /// while the rows are still asked for one by one.
    func holdRest() {
        var held = Array(rows[nextRow...])
        while !hasEnded, failure == nil {
            do throws(DatabaseError) {
                try receive()
                held += rows
            } catch {
                failure = error
            }
        }
        rows = held
        nextRow = 0
    }

    func close() {
        input = nil
        rows = []
        nextRow = 0
        guard !hasEnded else { return }
        session.cancel()
        while !hasEnded {
            // Its error is that it was cancelled, or that the connection is lost.
            do { try receive() } catch { hasEnded = true }
            rows = []
        }
    }

    private func receive() throws(DatabaseError) {
        let line: ReplyLine
        do throws(DatabaseError) {
            line = try session.receive(for: id, columns: columns)
        } catch {
            hasEnded = true
            throw error
        }
        if let error = line.error {
            hasEnded = true
            throw error
        }
        if let columns = line.columns { self.columns = columns }
        rows = line.rows
        nextRow = 0
        setSizes = line.setSizes
        if let text = line.copyText {
            isCopyOut = true
            columns = [Column(name: "copy", type: .text)]
            rows = [[.text(text)]]
        }
        if let summary = line.summary {
            hasEnded = true
            self.summary = summary
        }
    }

    /// Sends what `input` gives, as long as the server has not answered.
    private func sendData(_ input: any CopyInput) throws(DatabaseError) {
        var carried: [UInt8] = []
        do throws(DatabaseError) {
            while let bytes = try input.read() {
                carried += bytes
                carried = try sendText(carried, isLast: false)
                if session.hasInput {
                    try receive()
                    if hasEnded { return }
                }
            }
            _ = try sendText(carried, isLast: true)
        } catch {
            // The data is incomplete, so nothing of it may be kept.
            close()
            throw error
        }
        try session.send(RequestLine.copyEnd(id: id))
    }

    /// Sends all of `bytes` but an unfinished character at the end, which is returned.
    ///
    /// Errors: 22021 for what is not UTF-8.
    private func sendText(_ bytes: [UInt8], isLast: Bool) throws(DatabaseError) -> [UInt8] {
        var rest = bytes[...]
        while !rest.isEmpty {
            var piece = rest.prefix(Self.pieceBytes)
            if piece.count < rest.count || !isLast {
                piece = piece.dropLast(unfinishedBytes(piece))
            }
            guard !piece.isEmpty else { break }
            guard let text = String(validating: piece, as: UTF8.self) else {
                throw DatabaseError(
                    .invalidEncoding, "the data of COPY is not valid UTF-8",
                    hint: "Convert it to UTF-8 first; decompress it if it is compressed.")
            }
            try session.send(RequestLine.copyData(text, id: id))
            rest = rest.dropFirst(piece.count)
        }
        return Array(rest)
    }

    /// Bytes at the end of `bytes` that begin a character of UTF-8 without ending it.
    private func unfinishedBytes(_ bytes: ArraySlice<UInt8>) -> Int {
        for (distance, byte) in bytes.suffix(3).reversed().enumerated() {
            let length =
                switch byte {
                case 0xC0...0xDF: 2
                case 0xE0...0xEF: 3
                case 0xF0...0xFF: 4
                case 0x80...0xBF: 0
                default: 1
                }
            if length == 0 { continue }
            return length > distance + 1 ? distance + 1 : 0
        }
        return 0
    }
}
