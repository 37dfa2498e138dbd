import NeedletailCore
import NeedletailPlanner
import NeedletailText

/// Functions and operators of `jsonb`. Arguments are not NULL.
enum JSONFunctions {
    /// `nil` where `builtin` is no such function.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value]
    ) throws(DatabaseError) -> Value? {
        guard case .json(let json)? = arguments.first else { return nil }
        let second = arguments.dropFirst().first ?? .null
        switch (builtin, second) {
        case (.jsonGet, let key): return found(member(of: json, key))
        case (.jsonGetText, let key): return text(member(of: json, key))
        case (.jsonGetPath, .array(let path)): return found(json.value(at: steps(path, in: json)))
        case (.jsonGetPathText, .array(let path)):
            return text(json.value(at: steps(path, in: json)))
        case (.jsonContains, .json(let other)): return .bool(contains(json, other, isTop: true))
        case (.jsonContained, .json(let other)): return .bool(contains(other, json, isTop: true))
        case (.jsonHasKey, .text(let key)): return .bool(hasKey(json, key))
        case (.jsonHasAnyKey, .array(let keys)):
            return .bool(keys.contains { hasKey(json, $0) })
        case (.jsonHasAllKeys, .array(let keys)):
            return .bool(keys.allSatisfy { hasKey(json, $0) })
        case (.jsonConcat, .json(let other)): return .json(concatenation(json, other))
        case (.jsonDelete, let key): return .json(removing(key, from: json))
        case (.jsonSet, .array(let path)):
            guard arguments.count > 2, case .json(let new) = arguments[2] else { return nil }
            return .json(setting(json, path.compactMap(keyText)[...], to: new))
        case (.jsonTypeof, _): return .text(typeName(json))
        case (.jsonArrayLength, _):
            guard case .array(let elements) = json else {
                throw DatabaseError(
                    .invalidParameter,
                    "cannot get the array length of a JSON \(typeName(json))")
            }
            return .int(Int64(elements.count))
        case (.jsonStripNulls, _): return .json(strippingNulls(json))
        default: return nil
        }
    }

    /// `value` as JSON: numbers, booleans and text as themselves, all else as its text.
    static func json(_ value: Value, type: ValueType) -> JSON {
        switch value {
        case .null: .null
        case .bool(let truth): .bool(truth)
        case .int(let integer): .int(integer)
        case .double(let double):
            double.isFinite ? .double(double) : .string(NumberText.text(double))
        case .text(let text): .string(text)
        case .json(let json): json
        case .array(let elements): .array(elements.map { json($0, type: $0.naturalType) })
        case .vector(let components): .array(components.map { .double(shortest($0)) })
        default: .string(ValueText.text(of: value, as: type))
        }
    }

    /// The double that prints like the float.
    private static func shortest(_ value: Float) -> Double {
        Double(NumberText.text(value)) ?? Double(value)
    }

    static func buildObject(
        _ arguments: [Value], types: [ValueType]
    ) throws(DatabaseError) -> Value {
        guard arguments.count % 2 == 0 else {
            throw DatabaseError(
                .invalidParameter, "jsonb_build_object takes pairs of keys and values",
                hint: "give an even number of arguments")
        }
        var members: [JSONObject.Member] = []
        for position in stride(from: 0, to: arguments.count, by: 2) {
            guard !arguments[position].isNull else {
                throw DatabaseError(.invalidParameter, "a key of a JSON object must not be NULL")
            }
            members.append(
                JSONObject.Member(
                    key: ValueText.text(of: arguments[position], as: types[position]),
                    value: json(arguments[position + 1], type: types[position + 1])))
        }
        return .json(.object(JSONObject(members)))
    }

    /// A scalar's text without quotes; NULL for JSON null, as `->>` gives it.
    static func text(_ json: JSON?) -> Value {
        switch json {
        case nil, .null: .null
        case .string(let text): .text(text)
        case .some(let other): .text(JSONPrinter.text(other))
        }
    }

    private static func found(_ json: JSON?) -> Value { json.map { .json($0) } ?? .null }

    private static func member(of json: JSON, _ key: Value) -> JSON? {
        switch key {
        case .text(let key): json.value(at: [.key(key)])
        case .int(let index): json.value(at: [.index(Int(index))])
        default: nil
        }
    }

    private static func keyText(_ value: Value) -> String? {
        if case .text(let text) = value { return text }
        return nil
    }

    /// A step is an index where it meets an array and reads as an integer, else a key.
    private static func steps(_ path: [Value], in json: JSON) -> [JSONStep] {
        var current: JSON? = json
        var steps: [JSONStep] = []
        for element in path {
            guard case .text(let text) = element else { return [.index(.max)] }
            var step = JSONStep.key(text)
            if case .array = current, let index = Int(text) { step = .index(index) }
            steps.append(step)
            current = current?.value(at: [step])
        }
        return steps
    }

    /// PostgreSQL's containment: an array holds what any of its elements holds, and at the top a
    /// scalar that is one of its elements.
    private static func contains(_ outer: JSON, _ inner: JSON, isTop: Bool) -> Bool {
        switch (outer, inner) {
        case (.object(let outer), .object(let inner)):
            return inner.members.allSatisfy { member in
                outer[member.key].map { contains($0, member.value, isTop: false) } ?? false
            }
        case (.array(let outer), .array(let inner)):
            return inner.allSatisfy { wanted in
                outer.contains { contains($0, wanted, isTop: false) }
            }
        case (.array(let outer), _) where isTop:
            return outer.contains { contains($0, inner, isTop: false) }
        default:
            return SQLComparison.compare(.equal, .json(outer), .json(inner)) == .bool(true)
        }
    }

    private static func hasKey(_ json: JSON, _ key: Value) -> Bool {
        keyText(key).map { hasKey(json, $0) } ?? false
    }

    private static func hasKey(_ json: JSON, _ key: String) -> Bool {
        switch json {
        case .object(let object): object[key] != nil
        case .array(let elements): elements.contains(.string(key))
        case .string(let text): text.hasBytes(of: key)
        default: false
        }
    }

    private static func concatenation(_ left: JSON, _ right: JSON) -> JSON {
        if case .object(var merged) = left, case .object(let added) = right {
            for member in added.members { merged[member.key] = member.value }
            return .object(merged)
        }
        func elements(_ json: JSON) -> [JSON] {
            if case .array(let elements) = json { return elements }
            return [json]
        }
        return .array(elements(left) + elements(right))
    }

    private static func removing(_ key: Value, from json: JSON) -> JSON {
        switch (json, key) {
        case (.object(var object), .text(let key)):
            object[key] = nil
            return .object(object)
        case (.array(let elements), .text(let key)):
            return .array(elements.filter { $0 != .string(key) })
        case (.array(var elements), .int(let index)):
            let position = index < 0 ? elements.count + Int(index) : Int(index)
            if elements.indices.contains(position) { elements.remove(at: position) }
            return .array(elements)
        default: return json
        }
    }

    /// Makes the objects that are missing along the path.
    private static func setting(_ json: JSON, _ path: ArraySlice<String>, to new: JSON) -> JSON {
        guard let key = path.first else { return new }
        let rest = path.dropFirst()
        if case .array(var elements) = json, let index = Int(key) {
            let position = index < 0 ? elements.count.addedSaturating(index) : index
            if elements.indices.contains(position) {
                elements[position] = setting(elements[position], rest, to: new)
            } else {
                elements.append(setting(.null, rest, to: new))
            }
            return .array(elements)
        }
        var object = JSONObject()
        if case .object(let existing) = json { object = existing }
        object[key] = setting(object[key] ?? .null, rest, to: new)
        return .object(object)
    }

    private static func strippingNulls(_ json: JSON) -> JSON {
        switch json {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { $0.value != .null }.map {
                        JSONObject.Member(key: $0.key, value: strippingNulls($0.value))
                    }))
        case .array(let elements): .array(elements.map(strippingNulls))
        default: json
        }
    }

    private static func typeName(_ json: JSON) -> String {
        switch json {
        case .null: "null"
        case .bool: "boolean"
        case .int, .double: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}
