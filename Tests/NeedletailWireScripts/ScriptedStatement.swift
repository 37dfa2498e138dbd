import NeedletailCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One statement of a ``ScriptedSession``.
final class ScriptedStatement: RunningStatement {
    private enum Work {
        case rows(limit: Int, failsAfter: Int?, make: (Int) -> [Value])
        case slow
        case copyIn(any CopyInput)
        case nothing
    }

    private(set) var columns: [Column] = []
    private(set) var isCopyOut = false
    private(set) var summary: StatementSummary
    private var work = Work.nothing
    private var produced = 0
    private let session: ScriptedSession

    init(
        verb: String, words: [String], parameters: Parameters, input: (any CopyInput)?,
        session: ScriptedSession
    ) throws(DatabaseError) {
        self.session = session
        summary = StatementSummary(tag: verb, elapsedNanoseconds: 210_000)
        let number = words.last.flatMap { Int($0) } ?? 0
        switch verb {
        case "BEGIN", "COMMIT", "ROLLBACK": changeTransaction(verb)
        case "INSERT":
            summary.tag = "INSERT 0 1"
            summary.rowCount = 1
        case "KEYED": summary.tag = words.joined(separator: " ")
        case "FAIL":
            let code = words.count > 1 ? words[1] : "XX000"
            throw DatabaseError(
                DatabaseError.Code(rawValue: code), "failed with \"\(code)\"",
                hint: "Do not send FAIL.", position: SourceRange(5, 5 + code.utf8.count))
        case "SLOW":
            work = .slow
            session.state.withLock { $0.slowStarted += 1 }
        case "COPY" where words.contains("FROM"):
            guard let input else {
                throw DatabaseError(.notSupported, "no COPY FROM STDIN here")
            }
            work = .copyIn(input)
        case "COPY":
            isCopyOut = true
            columns = [Column(name: "copy", type: .text)]
            work = .rows(limit: number, failsAfter: nil) { [.text("line \($0)\n")] }
        case "ONE", "ROWS", "WIDE", "ECHO", "TYPES", "EMPTY", "PLAN", "FAILAFTER":
            select(verb, number, parameters)
        default:
            throw DatabaseError(
                .syntaxError, "syntax error at \"\(verb)\"", hint: "Did you mean SELECT?",
                position: SourceRange(0, verb.utf8.count))
        }
    }

    private func changeTransaction(_ verb: String) {
        session.state.withLock { state in
            if verb == "BEGIN" {
                state.transaction = .open
            } else {
                if verb == "COMMIT", state.transaction == .aborted { summary.tag = "ROLLBACK" }
                if verb == "COMMIT", state.transaction == .open { summary.commitSequence = 7 }
                state.transaction = .idle
            }
        }
    }

    private func select(_ verb: String, _ number: Int, _ parameters: Parameters) {
        switch verb {
        case "ONE":
            columns = [Column(name: "id", type: .bigint), Column(name: "d", type: .double)]
            work = .rows(limit: 2, failsAfter: nil) {
                [.int(Int64($0)), .double($0 == 1 ? 0 : 0.2)]
            }
        case "ECHO":
            let (names, values) = Self.flatten(parameters)
            columns = zip(names, values).map { Column(name: $0, type: $1.naturalType) }
            work = .rows(limit: 1, failsAfter: nil) { _ in values }
        case "TYPES":
            columns = Self.everyType.map { Column(name: $0.name, type: $0.type) }
            work = .rows(limit: 1, failsAfter: nil) { _ in Self.everyType.map(\.value) }
        case "EMPTY":
            columns = [Column(name: "id", type: .bigint), Column(name: "text", type: .text)]
            work = .rows(limit: 0, failsAfter: nil) { _ in [] }
        case "PLAN":
            columns = [Column(name: "n", type: .int)]
            work = .rows(limit: 1, failsAfter: nil) { _ in [.null] }
            summary.plan = "hnsw(docs_vec) ef=40"
            summary.isExact = false
            summary.truncated = "timeout"
            summary.visited = 212
            summary.distances = 31
            summary.notices = [Notice("01000", "a table is large", hint: "Add an index.")]
        default:
            columns = [Column(name: "n", type: .bigint), Column(name: "text", type: .text)]
            let filler = verb == "WIDE" ? String(repeating: "x", count: 990) : ""
            work = .rows(
                limit: verb == "FAILAFTER" ? .max : number,
                failsAfter: verb == "FAILAFTER" ? number : nil
            ) { [.int(Int64($0)), .text("row \($0)" + filler)] }
        }
    }

    var progress: StatementProgress { StatementProgress(rowsDone: produced) }

    func next() throws(DatabaseError) -> [Value]? {
        do throws(DatabaseError) {
            return try advance()
        } catch {
            session.abort()
            throw error
        }
    }

    func close() { work = .nothing }

    private func advance() throws(DatabaseError) -> [Value]? {
        switch work {
        case .nothing: return nil
        case .slow:
            try waitUntilReleased()
            return nil
        case .copyIn(let input):
            try count(input)
            return nil
        case .rows(let limit, let failsAfter, let make):
            try checkCancelled()
            if produced == failsAfter {
                throw DatabaseError(.divisionByZero, "division by zero", hint: "Divide by more.")
            }
            guard produced < limit else {
                summary.tag = "\(isCopyOut ? "COPY" : "SELECT") \(produced)"
                summary.rowCount = produced
                return nil
            }
            produced += 1
            session.state.withLock { $0.rowsProduced += 1 }
            return make(produced)
        }
    }

    private func checkCancelled() throws(DatabaseError) {
        if session.state.withLock({ $0.isCancelled }) {
            throw DatabaseError(.queryCanceled, "the statement was cancelled")
        }
    }

    private func waitUntilReleased() throws(DatabaseError) {
        while !session.state.withLock({ $0.isReleased }) {
            try checkCancelled()
            usleep(500)
        }
    }

    private func count(_ input: any CopyInput) throws(DatabaseError) {
        var lines = 0
        var line: [UInt8] = []
        while let bytes = try input.read() {
            for byte in bytes {
                guard byte == UInt8(ascii: "\n") else {
                    line.append(byte)
                    continue
                }
                if line.elementsEqual("bad".utf8) {
                    throw DatabaseError(
                        .badCopyFormat, "line \(lines + 1) is bad", hint: "Send good lines.")
                }
                lines += 1
                line = []
            }
        }
        summary.tag = "COPY \(lines)"
        summary.rowCount = lines
    }

    private static func flatten(_ parameters: Parameters) -> ([String], [Value]) {
        switch parameters {
        case .none: return ([], [])
        case .positional(let values): return (values.indices.map { "p\($0 + 1)" }, values)
        case .named(let values):
            let names = values.keys.sorted()
            return (names, names.map { values[$0] ?? .null })
        }
    }

    private static let everyType: [(name: String, type: ValueType, value: Value)] = [
        ("flag", .boolean, .bool(true)), ("small", .smallint, .int(-7)),
        ("big", .bigint, .int(.max)), ("real", .real, .double(Double(Float(0.1)))),
        ("double", .double, .double(0.1)), ("text", .text, .text("a \"b\"\nc")),
        ("bytes", .bytea, .bytes([0, 255])),
        ("moment", .timestamptz, .timestamp(Timestamp(microseconds: 1_795_251_600_000_000))),
        ("day", .date, .date(CalendarDate(days: 20_000))),
        ("uuid", .uuid, .uuid(UUIDValue(high: 1, low: 2))),
        ("json", .jsonb, .json(.object(JSONObject([.init(key: "a", value: .int(1))])))),
        ("list", .array(.text), .array([.text("x"), .null])),
        ("vector", .vector(3), .vector([1, 0.5, -2])),
        ("half", .halfvec(2), .halfvec(HalfVector(bits: [0x3C00, 0x3800]))),
        ("bits", .bit(10), .bits(BitVector(count: 10, bytes: [0xA5, 0xC0]))),
        ("missing", .text, .null),
    ]
}
