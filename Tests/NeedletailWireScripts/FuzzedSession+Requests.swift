import NeedletailCore
import NeedletailWire

// MARK: - Answers

extension FuzzedSession {
    /// Takes what is written to the client, line by line.
    mutating func take(_ bytes: [UInt8]) {
        rest += bytes
        while let end = rest.firstIndex(of: 0x0A) {
            let line = String(decoding: rest[..<end], as: UTF8.self)
            rest.removeSubrange(...end)
            take(line)
        }
    }

    mutating func take(_ line: String) {
        guard line.hasPrefix("{") else { return }
        let isError = line.contains("\"err\":{")
        if isError {
            if !line.contains("\"hint\":\"") || line.contains("\"hint\":\"\"") {
                complain("no remedy: \(line)")
            }
            let told: TransactionState =
                line.hasSuffix("\"tx\":\"open\"}")
                ? .open : line.hasSuffix("\"tx\":\"aborted\"}") ? .aborted : .idle
            // Errors of the connection itself have nothing to do with a transaction.
            if line.hasPrefix("{\"id\":"), told != transaction {
                complain("told \(told) while \(transaction): \(line)")
            }
        }
        guard isError || line.contains("\"done\":") else { return }
        guard line.hasPrefix("{\"id\":\""),
            let end = line.dropFirst(7).firstIndex(of: "\"")
        else { return }
        let name = String(line[line.index(line.startIndex, offsetBy: 7)..<end])
        answered[name, default: 0] += 1
        if answered[name] == 2, isPure, name.hasPrefix("r") {
            complain("\(name) is answered twice")
        }
    }

    mutating func checkAnswers() {
        guard !isCutShort else { return }
        for name in started where answered[name] == nil {
            complain("\(name) was started and never answered")
        }
        for name in asked where isPure && answered[name] == nil {
            complain("\(name) is never answered")
        }
    }
}

// MARK: - Requests

extension FuzzedSession {
    /// Of a plain line, mutations included.
    static let statementsPerLine = 8

    /// A new line of input, with its end. What must be answered once is noted.
    mutating func line() -> [UInt8] {
        let text: String
        // The last five are not of the pure kind.
        switch choices.next(isPure ? 11 : 16) {
        case 0...4: text = statement()
        case 5: return choices.pick(MalformedRequest.short).line + [0x0A]
        case 6: text = "{\"id\":\"\(newName())\",\"ping\":true}"
        case 7: text = "{\"cancel\":\"r\(choices.next(max(1, nextName)))\"}"
        case 8: text = "{\"id\":\"\(newName())\",\"cancel\":\"r\(choices.next(max(1, nextName)))\"}"
        case 9, 10: text = data()
        case 11:
            text = choices.pick(["ONE;", "ONE; TWO; THREE;", "ONE", "; ;", "COPY FROM STDIN;"])
        case 12: text = choices.pick(["row", "\\.", "", "BEGIN;", "ROLLBACK ;", "COMMIT;"])
        case 13, 14: return mutated(Array(statement(isCounted: false).utf8)) + [0x0A]
        default: text = choices.pick(["POST / HTTP/1.1", "\u{16}\u{3}", "*1", "x'"]) + "y"
        }
        return Array((text + choices.pick(["\n", "\r\n"])).utf8)
    }

    mutating func newName() -> String {
        defer { nextName += 1 }
        asked.append("r\(nextName)")
        return "r\(nextName)"
    }

    mutating func statement(isCounted: Bool = true) -> String {
        let sql = choices.pick(["ONE", "BEGIN", "COMMIT", "ROLLBACK", "COPY FROM STDIN", "ONE"])
        let more = choices.pick([
            "", ",\"timeout_ms\":50", ",\"batch\":[[1],[2]]", ",\"key\":\"k\"",
        ])
        let name = isCounted ? "\"\(newName())\"" : "7"
        if isCounted, sql.hasPrefix("COPY") { openCopies.append("r\(nextName - 1)") }
        return "{\"id\":\(name),\"q\":\"\(sql)\"\(more)}"
    }

    mutating func data() -> String {
        guard !openCopies.isEmpty else { return "{\"id\":\"none\",\"d\":\"x\"}" }
        let place = choices.next(openCopies.count)
        let name = openCopies[place]
        let end = choices.pick(["", ",\"end\":true"])
        // Data after the end would be refused, as a second answer under the name.
        if !end.isEmpty { openCopies.remove(at: place) }
        return "{\"id\":\"\(name)\",\"d\":\(choices.pick(["\"x\\n\"", "[[1],[2]]"]))\(end)}"
    }

    mutating func mutated(_ line: [UInt8]) -> [UInt8] {
        var line = line
        for _ in 0...choices.next(3) where !line.isEmpty {
            let place = choices.next(line.count)
            switch choices.next(3) {
            case 0: line[place] = UInt8(choices.next(256))
            case 1: line.remove(at: place)
            default: line.insert(UInt8(choices.next(256)), at: place)
            }
        }
        return line
    }
}

extension MalformedRequest {
    /// Those that fit a short line.
    static let short = all.filter { $0.line.count < 150 }
}
