package import NeedletailCore
import NeedletailText

/// Conversions between types.
package enum Casting {
    /// `value` as `type`.
    ///
    /// Errors: 22P02 and 22003 where the value does not fit, 22000 where a vector has the wrong
    /// dimension, 42846 where there is no such cast.
    ///
    /// - Parameters:
    ///   - source: the type the value was declared with.
    ///   - explicit: written by the user. Text becomes `jsonb` by parsing when the cast is
    ///     explicit, and a JSON string when a comparison needs one.
    package static func cast(
        _ value: Value, from source: ValueType, to type: ValueType, explicit: Bool
    ) throws(DatabaseError) -> Value {
        switch (value, type) {
        case (.null, _): return .null
        case (.int(let integer), _) where type.isInteger:
            return .int(try Arithmetic.checked(integer, as: type))
        case (.int(let integer), _) where type.isFloat:
            return try Arithmetic.rounded(Double(integer), to: type)
        case (.int(let integer), .boolean): return .bool(integer != 0)
        case (.bool(let truth), _) where type.isInteger: return .int(truth ? 1 : 0)
        case (.double(let double), _) where type.isFloat:
            return try Arithmetic.rounded(double, to: type)
        case (.double(let double), _) where type.isInteger:
            return .int(try integer(double, as: type))
        case (.text(let text), .jsonb) where !explicit && source != .unknown:
            return .json(.string(text))
        case (.text(let text), _): return try ValueText.parse(text, as: type)
        case (_, .text): return .text(text(value, source))
        case (_, .jsonb):
            if case .json = value { return value }
            return .json(JSONFunctions.json(value, type: source))
        case (.json(let json), _): return try scalar(json, as: type)
        case (.timestamp(let timestamp), .date): return .date(TimeFunctions.date(of: timestamp))
        case (.date(let date), .timestamptz): return .timestamp(TimeFunctions.start(of: date))
        case (.array(let elements), .array(let element)):
            var converted: [Value] = []
            for value in elements {
                converted.append(
                    try cast(value, from: value.naturalType, to: element, explicit: explicit))
            }
            return .array(converted)
        default: return try same(value, source, type)
        }
    }

    /// Vectors, and values that are of the type already.
    private static func same(
        _ value: Value, _ source: ValueType, _ type: ValueType
    ) throws(DatabaseError) -> Value {
        switch (value, type) {
        case (.vector, .vector(let dimension)), (.halfvec, .halfvec(let dimension)):
            try require(dimension, of: value)
            return value
        case (.vector(let components), .halfvec(let dimension)):
            try require(dimension, of: value)
            return .halfvec(try HalfFloat.vector(components))
        case (.halfvec(let half), .vector(let dimension)):
            try require(dimension, of: value)
            return .vector(HalfFloat.floats(half))
        case (.bits(let bits), .bit(let count)):
            guard let count, count != bits.count else { return value }
            throw DatabaseError(
                "22026", "expected \(count) bits, not \(bits.count)",
                hint: "a bit(\(count)) value has exactly \(count) bits")
        case (.array(let elements), .vector(let dimension)):
            return try vector(elements, dimension: dimension)
        case (.array(let elements), .halfvec(let dimension)):
            guard case .vector(let components) = try vector(elements, dimension: dimension) else {
                return .null
            }
            return .halfvec(try HalfFloat.vector(components))
        case (.vector(let components), .array(let element)) where element.isNumeric:
            return try cast(
                .array(components.map { .double(Double($0)) }), from: .array(.real), to: type,
                explicit: true)
        case (.halfvec(let half), .array):
            return try same(.vector(HalfFloat.floats(half)), .vector(nil), type)
        case (.bool, .boolean), (.bytes, .bytea), (.timestamp, .timestamptz), (.date, .date),
            (.uuid, .uuid), (_, .unknown):
            return value
        default:
            throw DatabaseError(
                .cannotCoerce, "cannot cast \(source.sqlName) to \(type.sqlName)")
        }
    }

    private static func text(_ value: Value, _ source: ValueType) -> String {
        if case .json(.string(let text)) = value, source != .jsonb { return text }
        return ValueText.text(of: value, as: source)
    }

    /// Halves go to the even neighbour, as PostgreSQL rounds doubles.
    private static func integer(
        _ double: Double, as type: ValueType
    ) throws(DatabaseError) -> Int64 {
        guard let whole = Int64(exactly: double.rounded(.toNearestOrEven)) else {
            throw Arithmetic.outOfRange(type)
        }
        return try Arithmetic.checked(whole, as: type)
    }

    /// A JSON scalar as SQL's; JSON null is NULL.
    private static func scalar(
        _ json: JSON, as type: ValueType
    ) throws(DatabaseError) -> Value {
        switch (json, type) {
        case (.null, _): return .null
        case (.bool(let truth), .boolean): return .bool(truth)
        case (.int(let integer), _) where type.isNumeric:
            return try cast(.int(integer), from: .bigint, to: type, explicit: true)
        case (.double(let double), _) where type.isNumeric:
            return try cast(.double(double), from: .double, to: type, explicit: true)
        case (.string(let text), _) where !type.isNumeric:
            return try ValueText.parse(text, as: type)
        case (.array, _): return try ValueJSON.value(from: json, as: type)
        default:
            throw DatabaseError(
                .cannotCoerce,
                "cannot cast the JSON value \(JSONPrinter.text(json)) to \(type.sqlName)")
        }
    }

    private static func vector(
        _ elements: [Value], dimension: Int?
    ) throws(DatabaseError) -> Value {
        var components: [Float] = []
        components.reserveCapacity(elements.count)
        for element in elements {
            guard let number = Arithmetic.number(element) else {
                throw DatabaseError(.dataException, "a vector must not contain NULL")
            }
            let component = Float(number)
            guard component.isFinite else {
                throw DatabaseError(
                    .numericOutOfRange, "\(number) is out of range for a component of a vector")
            }
            components.append(component)
        }
        guard !components.isEmpty else {
            throw DatabaseError(.dataException, "a vector must have at least one dimension")
        }
        try require(dimension, of: .vector(components))
        return .vector(components)
    }

    private static func require(_ dimension: Int?, of value: Value) throws(DatabaseError) {
        guard let dimension, let found = VectorDistance.dimension(of: value), found != dimension
        else { return }
        throw DatabaseError(
            .dataException, "expected \(dimension) dimensions, not \(found)",
            hint: "embed with the model that filled the column, or declare vector(\(found))")
    }
}
