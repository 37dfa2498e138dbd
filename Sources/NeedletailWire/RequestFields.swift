import NeedletailCore
import NeedletailText

/// The fields of one line of JSON: located first, read when asked for.
///
/// Locating checks the whole line, so that a line is refused before any of it takes effect, and
/// finds the `id` even where another field is wrong.
struct RequestFields {
    private let line: [UInt8]
    private var ranges: [String: Range<Int>] = [:]
    private(set) var id: RequestID?

    init(line: [UInt8]) { self.line = line }

    /// Finds all fields. Errors: 22032 and its kin for what is not one JSON object; 22023 for a
    /// field that appears twice or an `id` that is none.
    mutating func locate() throws(DatabaseError) {
        var scanner = JSONScanner(line)
        try scanner.enterObject()
        while let key = try scanner.nextKey() {
            let range = try scanner.skipValue()
            guard ranges.updateValue(range, forKey: key) == nil else {
                throw DatabaseError(
                    .invalidParameter, "field \"\(key)\" appears twice", hint: "Send it once.")
            }
            if key == "id" { id = try requestID("id") }
        }
        try scanner.finish()
    }

    func has(_ name: String) -> Bool { ranges[name] != nil }

    /// Errors with 22023 where there is a field beside `names`.
    func allow(_ names: [String], in what: String) throws(DatabaseError) {
        guard let stranger = ranges.keys.filter({ !names.contains($0) }).min() else { return }
        let known = names.map { "\"\($0)\"" }.joined(separator: ", ")
        throw DatabaseError(
            .invalidParameter, "\(what) has no field \"\(stranger)\"",
            hint: "Its fields are \(known).")
    }

    func string(_ name: String) throws(DatabaseError) -> String {
        var scanner = self.scanner(name)
        guard try scanner.peekKind() == .string else {
            throw Self.wrong(name, "a string", excerpt(name))
        }
        return try scanner.readString()
    }

    func integer(_ name: String, in range: ClosedRange<Int64>) throws(DatabaseError) -> Int64 {
        var scanner = self.scanner(name)
        guard try scanner.peekKind() == .number, case .int(let number) = try scanner.readNumber(),
            range.contains(number)
        else {
            throw Self.wrong(
                name, "an integer from \(range.lowerBound) to \(range.upperBound)", excerpt(name))
        }
        return number
    }

    func requireTrue(_ name: String) throws(DatabaseError) {
        var scanner = self.scanner(name)
        guard try scanner.peekKind() == .bool, try scanner.readBool() else {
            throw Self.wrong(name, "true", excerpt(name))
        }
    }

    func requestID(_ name: String) throws(DatabaseError) -> RequestID {
        let form = "a string of at most \(RequestID.bytesMax) bytes or a 64-bit integer"
        var scanner = self.scanner(name)
        switch try scanner.peekKind() {
        case .number:
            if case .int(let number) = try scanner.readNumber() { return .int(number) }
        case .string:
            let text = try scanner.readString()
            if text.utf8.count <= RequestID.bytesMax { return .string(text) }
        default: break
        }
        throw Self.wrong(name, form, excerpt(name))
    }

    /// An array of positional or an object of named parameters.
    func parameters(_ name: String) throws(DatabaseError) -> Parameters {
        var scanner = self.scanner(name)
        switch try scanner.peekKind() {
        case .array, .object: return try ParameterReader.read(&scanner)
        default:
            throw Self.wrong(
                name, "an array of values, or an object of named values", excerpt(name))
        }
    }

    /// An array of sets of parameters.
    func batch() throws(DatabaseError) -> [Parameters] {
        let form = "an array whose elements are arrays or objects of values"
        var scanner = self.scanner("batch")
        guard try scanner.peekKind() == .array else {
            throw Self.wrong("batch", form, excerpt("batch"))
        }
        var sets: [Parameters] = []
        try scanner.enterArray()
        while try scanner.nextElement() {
            switch try scanner.peekKind() {
            case .array, .object: break
            default: throw Self.wrong("batch", form, "element \(sets.count) of another kind")
            }
            sets.append(try ParameterReader.read(&scanner))
        }
        return sets
    }

    /// The bytes in `d`: a string is text as it is; of an array, every element becomes a line of
    /// JSON. Nothing where there is no `d`.
    func copyData() throws(DatabaseError) -> [UInt8] {
        guard has("d") else { return [] }
        var scanner = self.scanner("d")
        switch try scanner.peekKind() {
        case .string: return Array(try scanner.readString().utf8)
        case .array:
            var bytes: [UInt8] = []
            try scanner.enterArray()
            while try scanner.nextElement() {
                // A line of the protocol holds no line feed, so neither does a part of it.
                bytes.append(contentsOf: line[try scanner.skipValue()])
                bytes.append(UInt8(ascii: "\n"))
            }
            return bytes
        default:
            throw Self.wrong("d", "a string of text or an array of rows", excerpt("d"))
        }
    }

    static func wrong(_ name: String, _ form: String, _ found: String) -> DatabaseError {
        DatabaseError(
            .invalidParameter, "field \"\(name)\" is \(found)", hint: "It takes \(form).")
    }

    /// A scanner over a field's value; of a field that is missing, over nothing.
    private func scanner(_ name: String) -> JSONScanner {
        JSONScanner(line, in: ranges[name] ?? 0..<0)
    }

    /// The start of a field's value, for a message.
    private func excerpt(_ name: String) -> String {
        let range = ranges[name] ?? 0..<0
        let shown = range.prefix(24)
        let text = String(decoding: line[shown.lowerBound..<shown.upperBound], as: UTF8.self)
        return shown.count < range.count ? text + "…" : text
    }
}
