import NeedletailCore
import NeedletailShell
import NeedletailText
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The Model Context Protocol on standard input and output, one message to a line.
///
/// Two ways to begin are understood: the handshake (`initialize`) of the revisions up to
/// 2025-11-25, and that of 2026-07-28, where every request names its revision and the server keeps
/// nothing between them. Calls of tools run at the same time, each on a thread of its own, and end
/// early where they are cancelled.
final class MCPServer: Sendable {
    private let tools: MCPTools
    private let threads = StatementThreads()
    /// What runs, by the JSON text of its id.
    private let calls = Monitor<[String: Interruption]>([:])
    private let output = Mutex(FileOutput(descriptor: STDOUT_FILENO))

    private static let handshakeVersions = [
        "2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25",
    ]
    private static let statelessVersions = ["2026-07-28"]
    private static let versionKey = "io.modelcontextprotocol/protocolVersion"
    private static let unsupportedVersion: Int64 = -32_022
    /// For calls that still run when the input ends.
    private static let farewellMilliseconds: Int64 = 5_000

    init(database: any DatabaseAccess, allowsWrites: Bool) throws(DatabaseError) {
        tools = try MCPTools(database: database, allowsWrites: allowsWrites)
    }

    /// Answers until the input ends.
    func run() {
        while let line = readLine() {
            if line.allSatisfy(\.isWhitespace) { continue }
            take(line)
        }
        if !calls.wait(milliseconds: Self.farewellMilliseconds, until: \.isEmpty) {
            for call in calls.look({ $0.values.map(\.self) }) { call.request() }
            _ = calls.wait(milliseconds: Self.farewellMilliseconds, until: \.isEmpty)
        }
    }

    private func take(_ line: String) {
        let message: JSON
        do throws(DatabaseError) {
            message = try JSONParser.parse(line)
        } catch {
            fail(.null, MCPFailure(-32_700, error.message))
            return
        }
        guard case .object(let request) = message, case .string(let method)? = request["method"]
        else {
            // An answer to a request, of which none are made here, has no method.
            if case .object(let answer) = message, answer["method"] == nil, answer["id"] != nil {
                return
            }
            fail(.null, MCPFailure(-32_600, "the message is no request of JSON-RPC 2.0"))
            return
        }
        var parameters = JSONObject()
        if case .object(let object)? = request["params"] { parameters = object }
        guard let id = request["id"] else {
            if method == "notifications/cancelled", let target = parameters["requestId"] {
                calls.look { $0[JSONPrinter.text(target)] }?.request()
            }
            return
        }
        answer(id, method, parameters)
    }

    private func answer(_ id: JSON, _ method: String, _ parameters: JSONObject) {
        do throws(MCPFailure) {
            let isStateless = try self.isStateless(parameters)
            switch method {
            case "initialize": succeed(id, initialize(parameters), isStateless: false)
            case "server/discover":
                succeed(id, discover().with("ttlMs", .int(0)), isStateless: true)
            case "ping": succeed(id, JSONObject(), isStateless: isStateless)
            case "tools/list":
                let list = JSONObject([.init(key: "tools", value: .array(tools.definitions))])
                succeed(
                    id, isStateless ? list.with("ttlMs", .int(0)) : list, isStateless: isStateless)
            case "tools/call": call(id, parameters, isStateless: isStateless)
            default: throw MCPFailure(-32_601, "there is no method \"\(method)\"")
            }
        } catch {
            fail(id, error)
        }
    }

    /// Whether the request names the revision it is of, and so needs no handshake.
    private func isStateless(_ parameters: JSONObject) throws(MCPFailure) -> Bool {
        guard case .object(let meta)? = parameters["_meta"],
            case .string(let version)? = meta[Self.versionKey]
        else { return false }
        if Self.handshakeVersions.contains(version) { return false }
        guard Self.statelessVersions.contains(version) else {
            let known = (Self.handshakeVersions + Self.statelessVersions).map { JSON.string($0) }
            throw MCPFailure(
                Self.unsupportedVersion, "protocol version \"\(version)\" is not supported",
                data: .members(["supported": .array(known), "requested": .string(version)]))
        }
        return true
    }

    private func initialize(_ parameters: JSONObject) -> JSONObject {
        var version = Self.handshakeVersions.last ?? ""
        if case .string(let wanted)? = parameters["protocolVersion"],
            Self.handshakeVersions.contains(wanted)
        {
            version = wanted
        }
        return introduction.with("protocolVersion", .string(version))
            .with("serverInfo", Self.identity)
    }

    private func discover() -> JSONObject {
        introduction
            .with("supportedVersions", .array(Self.statelessVersions.map { .string($0) }))
            .with("_meta", .members(["io.modelcontextprotocol/serverInfo": Self.identity]))
    }

    private var introduction: JSONObject {
        JSONObject()
            .with("capabilities", .members(["tools": .members(["listChanged": .bool(false)])]))
            .with("instructions", .string(tools.instructions))
    }

    private static let identity = JSON.members([
        "name": .string("needletail"), "version": .string(toolVersion),
    ])

    private func call(_ id: JSON, _ parameters: JSONObject, isStateless: Bool) {
        guard case .string(let name)? = parameters["name"], tools.has(name) else {
            fail(id, MCPFailure(-32_602, "there is no such tool; tools/list tells which there are"))
            return
        }
        var arguments = JSONObject()
        if case .object(let object)? = parameters["arguments"] { arguments = object }
        let key = JSONPrinter.text(id)
        let interruption = Interruption()
        calls.look { $0[key] = interruption }
        let given = arguments
        threads.submit {
            let result = self.tools.call(name, given, interruption)
            self.succeed(id, result, isStateless: isStateless)
            self.calls.change { $0[key] = nil }
        }
    }

    private func succeed(_ id: JSON, _ result: JSONObject, isStateless: Bool) {
        var result = result
        if isStateless {
            result["resultType"] = .string("complete")
            // Of a list, which the database may change, nothing is to be kept.
            if result["ttlMs"] != nil { result["cacheScope"] = .string("private") }
        }
        send(["id": id, "result": .object(result)])
    }

    private func fail(_ id: JSON, _ failure: MCPFailure) {
        var error = JSONObject()
            .with("code", .int(failure.code)).with("message", .string(failure.message))
        if let data = failure.data { error["data"] = data }
        send(["id": id, "error": .object(error)])
    }

    private func send(_ members: KeyValuePairs<String, JSON>) {
        var message = JSONObject([.init(key: "jsonrpc", value: .string("2.0"))])
        for (key, value) in members { message[key] = value }
        let line = JSONPrinter.text(.object(message), style: .compact)
        output.withLock { output in
            output.write(line + "\n")
            output.flush()
        }
    }
}

/// An error of JSON-RPC: the request was not understood.
struct MCPFailure: Error {
    let code: Int64
    let message: String
    var data: JSON?

    init(_ code: Int64, _ message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }
}

extension JSON {
    /// An object of these members.
    static func members(_ members: KeyValuePairs<String, JSON>) -> JSON {
        .object(JSONObject(members.map { .init(key: $0.key, value: $0.value) }))
    }
}

extension JSONObject {
    /// The same with one member more.
    func with(_ key: String, _ value: JSON) -> JSONObject {
        var object = self
        object[key] = value
        return object
    }
}
