import NeedletailCore
import NeedletailText

/// Reads one line of JSON as a ``Request``, strictly: a field that is not known, or not of its
/// type, refuses the line with the field's name and what to write instead.
package enum RequestDecoder {
    /// Milliseconds that `timeout_ms` may ask for: a day.
    package static let timeoutMillisecondsMax: Int64 = 86_400_000

    /// - Throws: the error and, where it could be read, the line's `id`. 22032, 22021, 54001 for
    ///   what is not JSON; 22023 for fields; 22P02, 22000, 54000 for values; 0A000 for what is
    ///   reserved.
    package static func decode(_ line: [UInt8]) throws(RequestRefusal) -> Request {
        var fields = RequestFields(line: line)
        do {
            try fields.locate()
            return try request(&fields)
        } catch {
            var plain = DatabaseError(error.code, error.message, hint: error.hint)
            if plain.hint == nil {
                plain.hint = "A request is one line such as {\"id\":1,\"q\":\"SELECT 1\"}."
            }
            throw RequestRefusal(id: fields.id, error: plain)
        }
    }

    private static func request(_ fields: inout RequestFields) throws(DatabaseError) -> Request {
        if fields.has("cancel") {
            try fields.allow(["id", "cancel"], in: "a cancel request")
            return .cancel(try fields.requestID("cancel"), id: fields.id)
        }
        guard let id = fields.id else {
            throw DatabaseError(
                .invalidParameter, "the request has no field \"id\"",
                hint: "Add one, such as \"id\":1; every line of the answer bears it.")
        }
        if fields.has("auth") {
            throw DatabaseError(
                .notSupported, "this server takes no \"auth\": it serves its own machine only",
                hint: "Leave the request out.")
        }
        if fields.has("ping") {
            try fields.allow(["id", "ping"], in: "a ping")
            try fields.requireTrue("ping")
            return .ping(id)
        }
        if fields.has("d") || fields.has("end") {
            try fields.allow(["id", "d", "end"], in: "a line of data")
            if fields.has("end") { try fields.requireTrue("end") }
            return .copyData(id: id, bytes: try fields.copyData(), isLast: fields.has("end"))
        }
        guard fields.has("q") else {
            throw DatabaseError(
                .invalidParameter,
                "the request has none of the fields \"q\", \"d\", \"end\", \"cancel\", \"ping\"",
                hint: "A statement is {\"id\":1,\"q\":\"SELECT 1\"}.")
        }
        return .statement(try statement(&fields, id: id))
    }

    private static func statement(
        _ fields: inout RequestFields, id: RequestID
    ) throws(DatabaseError) -> StatementRequest {
        try fields.allow(
            ["id", "q", "p", "batch", "on_error", "key", "after", "timeout_ms", "vec"],
            in: "a statement")
        var request = StatementRequest(sql: try fields.string("q"), id: id)
        guard request.sql.utf8.count <= Limits.statementBytesMax else {
            throw DatabaseError(
                .programLimit, "the statement is longer than \(Limits.statementBytesMax) bytes",
                hint: "Pass values as parameters in \"p\" or \"batch\".")
        }
        if fields.has("p") {
            guard !fields.has("batch") else {
                throw DatabaseError(
                    .invalidParameter, "the request has both \"p\" and \"batch\"",
                    hint: "Put each set of parameters into \"batch\".")
            }
            request.parameters = try fields.parameters("p")
        }
        if fields.has("batch") { request.batch = try fields.batch() }
        if fields.has("on_error") {
            switch try fields.string("on_error") {
            case "abort": break
            case "skip":
                throw DatabaseError(
                    .notSupported, "\"on_error\":\"skip\" is not supported yet",
                    hint: "Send \"abort\", or one request per row.")
            case let other:
                throw RequestFields.wrong("on_error", "\"abort\"", "\"\(other)\"")
            }
        }
        try readOrder(&fields, into: &request)
        if fields.has("timeout_ms") {
            request.timeoutMilliseconds = try fields.integer(
                "timeout_ms", in: 1...timeoutMillisecondsMax)
        }
        if fields.has("vec") {
            let name = try fields.string("vec")
            guard let form = ValueJSON.VectorForm(rawValue: name) else {
                throw RequestFields.wrong("vec", "\"b64\", \"json\" or \"none\"", "\"\(name)\"")
            }
            request.vectors = form
        }
        return request
    }

    /// What ties a statement to commits: the key that names its own, and one it must come after.
    private static func readOrder(
        _ fields: inout RequestFields, into request: inout StatementRequest
    ) throws(DatabaseError) {
        if fields.has("key") {
            let key = try fields.string("key")
            guard 1...Limits.idempotencyKeyBytesMax ~= key.utf8.count else {
                throw RequestFields.wrong(
                    "key", "a string of 1 to \(Limits.idempotencyKeyBytesMax) bytes",
                    "\(key.utf8.count) bytes long")
            }
            request.key = key
        }
        if fields.has("after") {
            request.after = UInt64(try fields.integer("after", in: 0...Int64.max))
        }
    }
}
