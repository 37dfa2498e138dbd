import NeedletailCore
import NeedletailText

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file of settings: one JSON object, `{"connections_max": 200, "grace_time": "30s"}`.
enum ServerSettingsFile {
    /// A file of settings is small.
    private static let bytesMax = 1 << 20

    /// Texts by the names of settings; see ``ServerSettings/init(flags:environment:file:)`` for the
    /// errors.
    static func read(_ path: String) throws(DatabaseError) -> [String: String] {
        let bytes = try contents(path)
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw DatabaseError(
                .invalidEncoding, "the settings file \(path) is not valid UTF-8",
                hint: "Save it as UTF-8.")
        }
        let json: JSON
        do throws(DatabaseError) {
            json = try JSONParser.parse(text)
        } catch {
            throw DatabaseError(
                .invalidJSON, "the settings file \(path) is not JSON: \(error.message)",
                hint: "Write an object such as {\"connections_max\": 200}.")
        }
        guard case .object(let object) = json else {
            throw DatabaseError(
                .invalidParameter, "the settings file \(path) holds no object",
                hint: "Write an object such as {\"connections_max\": 200}.")
        }
        var texts: [String: String] = [:]
        for member in object.members {
            let setting = try setting(member.key, in: path)
            texts[setting.name] = try self.text(member.value, setting, path)
        }
        return texts
    }

    private static func setting(
        _ name: String, in path: String
    ) throws(DatabaseError) -> ServerSetting {
        if let setting = ServerSetting.all.first(where: { $0.name == name }) { return setting }
        let nearest = Spelling.nearest(to: name.lowercased(), in: ServerSetting.all.map(\.name))
        throw DatabaseError(
            .undefinedObject, "\"\(name)\" in \(path) is no setting of the server",
            hint: nearest.map { "Did you mean \"\($0)\"?" }
                ?? "needletail serve --print-config lists them all.")
    }

    private static func text(
        _ value: JSON, _ setting: ServerSetting, _ path: String
    ) throws(DatabaseError) -> String {
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .bool(let truth): return truth ? "on" : "off"
        case .array(let values) where setting.kind == .addresses:
            var texts: [String] = []
            for case .string(let text) in values { texts.append(text) }
            if texts.count == values.count { return texts.joined(separator: ",") }
        default: break
        }
        throw DatabaseError(
            .invalidParameter,
            "the value of the setting \(setting.name) in \(path) is neither text nor whole number",
            hint: setting.remedy)
    }

    private static func contents(_ path: String) throws(DatabaseError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw DatabaseError(
                errno == ENOENT ? .undefinedFile : .inputOutput,
                "cannot open the settings file \(path): \(describe(errno))",
                hint: "Check --config and \(ServerSettings.fileVariable).")
        }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count <= bytesMax {
            // SAFETY: at most as many bytes are written as the buffer has.
            let count = piece.withUnsafeMutableBytes {
                readBytes(descriptor, $0.baseAddress, $0.count)
            }
            guard count >= 0 else {
                throw DatabaseError(
                    .inputOutput, "cannot read the settings file \(path): \(describe(errno))",
                    hint: "Check that it is a file that may be read.")
            }
            if count == 0 { return bytes }
            bytes += piece[..<count]
        }
        throw DatabaseError(
            .programLimit, "the settings file \(path) has more than \(bytesMax) bytes",
            hint: "Name the right file: settings take a few hundred.")
    }
}

/// The system's `read`, whose name the reader of settings takes.
private func readBytes(_ descriptor: Int32, _ buffer: UnsafeMutableRawPointer?, _ count: Int) -> Int
{
    // SAFETY: the caller's buffer has `count` bytes.
    read(descriptor, buffer, count)
}
