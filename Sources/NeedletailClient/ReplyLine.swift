import NeedletailCore
import NeedletailText
import NeedletailWire

/// One line of a reply, understood. Fields that are not known are passed over, so that a newer
/// server can say more.
struct ReplyLine {
    var id: Int64?
    var columns: [Column]?
    var rows: [[Value]] = []
    /// A piece of `COPY … TO STDOUT`.
    var copyText: String?
    /// Present on the last line of a reply that succeeded.
    var summary: StatementSummary?
    /// On the last line of a batch whose statement has rows: how many each set gave.
    var setSizes: [Int] = []
    /// Present on the last line of one that did not.
    var error: DatabaseError?
    var transaction = TransactionState.idle

    /// - Parameter columns: those of an earlier line of the same reply.
    /// - Throws: 08P01 where the line is none of this protocol.
    init(_ line: [UInt8], columns known: [Column]) throws(DatabaseError) {
        do throws(DatabaseError) {
            var fields: [String: Range<Int>] = [:]
            var scanner = JSONScanner(line)
            try scanner.enterObject()
            while let key = try scanner.nextKey() { fields[key] = try scanner.skipValue() }
            try scanner.finish()
            try read(fields, line, known)
        } catch {
            throw DatabaseError(
                .protocolViolation, "the server sent what is no reply: \(error.message)",
                hint: "Check that a Needletail server of this version listens there.")
        }
    }

    private mutating func read(
        _ fields: [String: Range<Int>], _ line: [UInt8], _ known: [Column]
    ) throws(DatabaseError) {
        func tree(_ name: String) throws(DatabaseError) -> JSON? {
            guard let range = fields[name] else { return nil }
            return try JSONParser.parse(line, in: range)
        }
        if case .int(let number)? = try tree("id") { id = number }
        if let json = try tree("cols") { columns = try Self.columns(json) }
        if let range = fields["rows"] {
            var scanner = JSONScanner(line, in: range)
            rows = try Self.rows(&scanner, columns ?? known)
        }
        if let range = fields["d"] {
            var scanner = JSONScanner(line, in: range)
            copyText = try scanner.readString()
        }
        switch try tree("tx") {
        case .string("open"): transaction = .open
        case .string("aborted"): transaction = .aborted
        default: transaction = .idle
        }
        if case .object(let object)? = try tree("err") { error = Self.error(object) }
        guard case .string(let tag)? = try tree("done") else { return }
        var done = StatementSummary(tag: tag)
        done.rowCount = tag.split(separator: " ").last.flatMap { Int($0) } ?? 0
        if let json = try tree("ms"), let milliseconds = Self.number(json) {
            done.elapsedNanoseconds = Int64(exactly: (milliseconds * 1_000_000).rounded()) ?? 0
        }
        if case .string(let plan)? = try tree("plan") { done.plan = plan }
        if case .bool(let isExact)? = try tree("exact") { done.isExact = isExact }
        if case .string(let reason)? = try tree("truncated") { done.truncated = reason }
        if case .int(let count)? = try tree("visited") { done.visited = Int(clamping: count) }
        if case .int(let count)? = try tree("distances") { done.distances = Int(clamping: count) }
        if case .int(let sequence)? = try tree("seq") {
            done.commitSequence = UInt64(exactly: sequence)
        }
        if case .array(let sizes)? = try tree("sets") {
            setSizes = sizes.map { if case .int(let size) = $0 { Int(clamping: size) } else { 0 } }
        }
        if case .array(let notices)? = try tree("notices") {
            done.notices = notices.compactMap(Self.notice)
        }
        summary = done
    }

    private static func columns(_ json: JSON) throws(DatabaseError) -> [Column] {
        guard case .array(let elements) = json else { throw malformed("cols is no array") }
        var columns: [Column] = []
        for element in elements {
            guard case .array(let pair) = element, pair.count == 2,
                case .string(let name) = pair[0], case .string(let type) = pair[1]
            else { throw malformed("a column is no pair of name and type") }
            // A type this client does not know is shown as what its values look like.
            columns.append(Column(name: name, type: ValueType(sqlName: type) ?? .unknown))
        }
        return columns
    }

    private static func rows(
        _ scanner: inout JSONScanner, _ columns: [Column]
    ) throws(DatabaseError) -> [[Value]] {
        var rows: [[Value]] = []
        try scanner.enterArray()
        while try scanner.nextElement() {
            var row: [Value] = []
            row.reserveCapacity(columns.count)
            try scanner.enterArray()
            while try scanner.nextElement() {
                guard row.count < columns.count else { throw malformed("a row is too long") }
                row.append(try ValueJSON.read(&scanner, as: columns[row.count].type))
            }
            guard row.count == columns.count else { throw malformed("a row is too short") }
            rows.append(row)
        }
        return rows
    }

    private static func error(_ object: JSONObject) -> DatabaseError {
        var code = DatabaseError.Code.internalError
        var message = "the server reported an error without a message"
        var hint: String?
        if case .string(let text)? = object["code"] { code = .init(rawValue: text) }
        if case .string(let text)? = object["msg"] { message = text }
        if case .string(let text)? = object["hint"] { hint = text }
        var position: SourceRange?
        if case .int(let lower)? = object["pos"] {
            var upper = lower
            if case .int(let end)? = object["end"] { upper = end }
            position = SourceRange(Int(clamping: lower), Int(clamping: upper))
        }
        return DatabaseError(code, message, hint: hint, position: position)
    }

    private static func notice(_ json: JSON) -> Notice? {
        guard case .object(let object) = json, case .string(let code)? = object["code"],
            case .string(let message)? = object["msg"]
        else { return nil }
        var hint: String?
        if case .string(let text)? = object["hint"] { hint = text }
        return Notice(.init(rawValue: code), message, hint: hint)
    }

    private static func number(_ json: JSON) -> Double? {
        switch json {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    private static func malformed(_ message: String) -> DatabaseError {
        DatabaseError(.protocolViolation, message)
    }
}
