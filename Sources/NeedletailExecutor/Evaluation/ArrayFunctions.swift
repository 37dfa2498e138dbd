import NeedletailCore
import NeedletailPlanner
import NeedletailText

/// Functions and operators of one-rank arrays.
enum ArrayFunctions {
    /// `nil` where `builtin` is no such function. Arguments are not NULL.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value], types: [ValueType]
    ) throws(DatabaseError) -> Value? {
        if builtin == .stringToArray { return split(arguments) }
        guard case .array(let first)? = arguments.first else { return nil }
        let second = arguments.dropFirst().first ?? .null
        switch (builtin, second) {
        case (.arrayContains, .array(let other)): return .bool(isSubset(other, of: first))
        case (.arrayContained, .array(let other)): return .bool(isSubset(first, of: other))
        case (.arrayOverlaps, .array(let other)):
            return .bool(first.contains { contains(other, $0) })
        case (.arrayConcat, .array(let other)):
            guard first.count + other.count <= Limits.arrayElementsMax else { throw tooLong }
            return .array(first + other)
        case (.arrayLength, .int(let rank)):
            return rank == 1 && !first.isEmpty ? .int(Int64(first.count)) : .null
        case (.cardinality, _): return .int(Int64(first.count))
        case (.arrayToString, .text(let separator)):
            var element = ValueType.unknown
            if case .array(let type)? = types.first { element = type }
            return .text(
                first.filter { !$0.isNull }.map { ValueText.text(of: $0, as: element) }
                    .joined(separator: separator))
        default: return nil
        }
    }

    /// `array_append(array, element)`: a NULL array counts as empty, a NULL element is kept.
    static func appending(_ arguments: [Value]) -> Value {
        guard arguments.count == 2 else { return .null }
        if case .array(let elements) = arguments[0] { return .array(elements + [arguments[1]]) }
        return .array([arguments[1]])
    }

    /// `array_position(array, element)`: 1-based, NULL where it is not found.
    static func position(_ arguments: [Value]) -> Value {
        guard arguments.count == 2, case .array(let elements) = arguments[0],
            let position = elements.firstIndex(where: {
                SortOrder.nullsLast($0, arguments[1]) == 0
            })
        else { return .null }
        return .int(Int64(position + 1))
    }

    private static func isSubset(_ inner: [Value], of outer: [Value]) -> Bool {
        inner.allSatisfy { contains(outer, $0) }
    }

    /// NULL is contained nowhere.
    private static func contains(_ elements: [Value], _ wanted: Value) -> Bool {
        !wanted.isNull && elements.contains { !$0.isNull && SortOrder.compare($0, wanted) == 0 }
    }

    private static func split(_ arguments: [Value]) -> Value? {
        guard let text = TextFunctions.string(arguments, 0),
            let separator = TextFunctions.string(arguments, 1)
        else { return nil }
        if text.isEmpty { return .array([]) }
        if separator.isEmpty { return .array([.text(text)]) }
        return .array(TextFunctions.pieces(of: text, separatedBy: separator).map { .text($0) })
    }

    private static var tooLong: DatabaseError {
        DatabaseError(
            .programLimit, "an array holds at most \(Limits.arrayElementsMax) elements")
    }
}

/// `operand[position]`.
enum Subscripting {
    /// 1-based on arrays and on vectors' text form; a key or a 0-based index on `jsonb`.
    static func element(of value: Value, at position: Value) -> Value {
        switch (value, position) {
        case (.array(let elements), .int(let position)):
            guard position >= 1, position <= elements.count else { return .null }
            return elements[Int(position) - 1]
        case (.json(let json), .text(let key)):
            return json.value(at: [.key(key)]).map { .json($0) } ?? .null
        case (.json(let json), .int(let index)):
            return json.value(at: [.index(Int(index))]).map { .json($0) } ?? .null
        default: return .null
        }
    }
}
