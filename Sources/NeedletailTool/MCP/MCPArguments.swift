import NeedletailCore
import NeedletailText

/// The arguments of a call, read strictly: what is wrong is told with its name and form.
struct MCPArguments {
    private let object: JSONObject

    init(_ object: JSONObject) { self.object = object }

    /// Errors with 22023 where there is another one.
    func allow(_ names: [String]) throws(DatabaseError) {
        guard let stranger = object.members.first(where: { !names.contains($0.key) }) else {
            return
        }
        throw DatabaseError(
            .invalidParameter, "there is no argument \"\(stranger.key)\"",
            hint: "The arguments are \(names.joined(separator: ", ")).")
    }

    func text(_ name: String) throws(DatabaseError) -> String {
        guard let text = try optionalText(name) else { throw wrong(name, "a string") }
        return text
    }

    func optionalText(_ name: String) throws(DatabaseError) -> String? {
        switch object[name] {
        case nil, .null?: return nil
        case .string(let text)?: return text
        default: throw wrong(name, "a string")
        }
    }

    func texts(_ name: String) throws(DatabaseError) -> [String]? {
        switch object[name] {
        case nil, .null?: return nil
        case .array(let elements)?:
            let texts = elements.compactMap { element -> String? in
                guard case .string(let text) = element else { return nil }
                return text
            }
            guard texts.count == elements.count else { throw wrong(name, "an array of strings") }
            return texts
        default: throw wrong(name, "an array of strings")
        }
    }

    func flag(_ name: String) throws(DatabaseError) -> Bool {
        switch object[name] {
        case nil, .null?: return false
        case .bool(let flag)?: return flag
        default: throw wrong(name, "true or false")
        }
    }

    func integer(_ name: String, _ range: ClosedRange<Int>) throws(DatabaseError) -> Int? {
        switch object[name] {
        case nil, .null?: return nil
        case .int(let number)? where range.contains(Int(clamping: number)): return Int(number)
        default:
            throw wrong(name, "an integer from \(range.lowerBound) to \(range.upperBound)")
        }
    }

    /// Any value; `nil` where there is none.
    func value(_ name: String) throws(DatabaseError) -> Value? {
        guard let json = object[name], json != .null else { return nil }
        return try ValueJSON.value(from: json, as: .unknown)
    }

    func objects(_ name: String, atMost count: Int) throws(DatabaseError) -> [JSONObject] {
        guard case .array(let elements)? = object[name], elements.count <= count else {
            throw wrong(name, "an array of at most \(count) objects")
        }
        let objects = elements.compactMap { element -> JSONObject? in
            guard case .object(let object) = element else { return nil }
            return object
        }
        guard objects.count == elements.count, objects.allSatisfy({ !$0.members.isEmpty }) else {
            throw wrong(name, "an array of objects whose members are named like columns")
        }
        return objects
    }

    /// An array for `$1`, `$2`, …, or an object for `:name`.
    func parameters() throws(DatabaseError) -> Parameters {
        switch object["parameters"] {
        case nil, .null?: return .none
        case .array(let elements)?:
            var values: [Value] = []
            for element in elements {
                values.append(try ValueJSON.value(from: element, as: .unknown))
            }
            return .positional(values)
        case .object(let named)?:
            var values: [String: Value] = [:]
            for member in named.members {
                values[member.key] = try ValueJSON.value(from: member.value, as: .unknown)
            }
            return .named(values)
        default: throw wrong("parameters", "an array, or an object of named values")
        }
    }

    private func wrong(_ name: String, _ form: String) -> DatabaseError {
        let found = object[name].map { JSONPrinter.text($0, style: .compact) } ?? "missing"
        return DatabaseError(
            .invalidParameter, "argument \"\(name)\" is \(found.prefix(80))",
            hint: "It takes \(form).")
    }
}
