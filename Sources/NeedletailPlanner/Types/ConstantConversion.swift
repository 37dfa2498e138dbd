import NeedletailCore
import NeedletailText

/// Casts of constants, done once when the statement is bound.
enum ConstantConversion {
    /// `value` of type `source` as a value of `target`, or `nil` where that is left to the
    /// executor.
    ///
    /// Errors: 22003 out of range, 22000 for vectors of the wrong dimension, and those of
    /// ``ValueText/parse(_:as:)`` for texts.
    static func convert(
        _ value: Value, from source: ValueType, to target: ValueType
    ) throws(DatabaseError) -> Value? {
        switch (value, target) {
        case (.null, _): return .null
        case (.int(let number), _) where target.isInteger: return try integer(number, target)
        case (.int(let number), .double): return .double(Double(number))
        case (.int(let number), .real): return .double(Double(Float(number)))
        case (.double(let number), .double): return .double(number)
        case (.double(let number), .real): return try real(number)
        case (.double(let number), _) where target.isInteger:
            return try rounded(number, target)
        case (.text(let text), _): return try ValueText.parse(text, as: target)
        case (_, .text): return .text(ValueText.text(of: value, as: source))
        case (.date(let date), .timestamptz): return try midnight(date)
        case (.array(let elements), .array(let element)):
            return try array(elements, from: source, to: element)
        case (.array, .vector), (.array, .halfvec), (.vector, _), (.halfvec, _), (.bits, _):
            return try vector(value, to: target)
        case (.bool, .jsonb), (.int, .jsonb), (.double, .jsonb): return json(value)
        default: return nil
        }
    }

    /// The JSON value that a SQL scalar compares as: numbers as numbers, texts as strings; `nil`
    /// for what JSON has no like of. Not a parse: `'{}'` stays a string.
    static func json(_ value: Value) -> Value? {
        switch value {
        case .null: .null
        case .bool(let truth): .json(.bool(truth))
        case .int(let number): .json(.int(number))
        case .double(let number): number.isFinite ? .json(.double(number)) : nil
        case .text(let text): .json(.string(text))
        case .uuid: .json(.string(ValueText.text(of: value)))
        case .json: value
        default: nil
        }
    }

    static func integer(_ number: Int64, _ type: ValueType) throws(DatabaseError) -> Value {
        let fits =
            switch type {
            case .smallint: Int16(exactly: number) != nil
            case .int: Int32(exactly: number) != nil
            default: true
            }
        guard fits else { throw outOfRange("\(number)", type) }
        return .int(number)
    }

    /// Halves go to the even neighbour, as PostgreSQL rounds doubles.
    private static func rounded(_ number: Double, _ type: ValueType) throws(DatabaseError) -> Value
    {
        guard let whole = Int64(exactly: number.rounded(.toNearestOrEven)) else {
            throw outOfRange(NumberText.text(number), type)
        }
        return try integer(whole, type)
    }

    private static func real(_ number: Double) throws(DatabaseError) -> Value {
        let narrow = Float(number)
        guard narrow.isFinite || !number.isFinite else {
            throw outOfRange(NumberText.text(number), .real)
        }
        return .double(Double(narrow))
    }

    private static func outOfRange(_ number: String, _ type: ValueType) -> DatabaseError {
        DatabaseError(.numericOutOfRange, "\(number) is out of range for \(type.sqlName)")
    }

    private static func midnight(_ date: CalendarDate) throws(DatabaseError) -> Value? {
        let (microseconds, overflows) = Int64(date.days)
            .multipliedReportingOverflow(by: 86_400_000_000)
        return overflows ? nil : .timestamp(Timestamp(microseconds: microseconds))
    }

    private static func array(
        _ elements: [Value], from source: ValueType, to element: ValueType
    ) throws(DatabaseError) -> Value? {
        guard case .array(let old) = source else { return nil }
        var converted: [Value] = []
        converted.reserveCapacity(elements.count)
        for value in elements {
            guard let value = old == element ? value : try convert(value, from: old, to: element)
            else { return nil }
            converted.append(value)
        }
        return .array(converted)
    }
}

extension ConstantConversion {
    /// Lists, vectors and bit strings as vectors of `target`, whose dimension they must have.
    private static func vector(_ value: Value, to target: ValueType) throws(DatabaseError) -> Value?
    {
        if case .bits(let bits) = value {
            guard case .bit(let count) = target else { return nil }
            try checkDimension(bits.count, count, target)
            return value
        }
        guard let floats = try components(of: value) else { return nil }
        switch target {
        case .vector(let dimension):
            try checkDimension(floats.count, dimension, target)
            return .vector(floats)
        case .halfvec(let dimension):
            try checkDimension(floats.count, dimension, target)
            if case .halfvec = value { return value }
            return .halfvec(try HalfFloat.vector(floats))
        case .array(.real), .array(.double): return .array(floats.map { .double(Double($0)) })
        default: return nil
        }
    }

    private static func components(of value: Value) throws(DatabaseError) -> [Float]? {
        switch value {
        case .vector(let floats): return floats
        case .halfvec(let half): return HalfFloat.floats(half)
        case .array(let elements):
            var floats: [Float] = []
            floats.reserveCapacity(elements.count)
            for element in elements { floats.append(try component(element)) }
            return floats
        default: return nil
        }
    }

    private static func component(_ element: Value) throws(DatabaseError) -> Float {
        let wide: Double
        switch element {
        case .int(let number): wide = Double(number)
        case .double(let number): wide = number
        case .null:
            throw DatabaseError(
                .nullNotAllowed, "a vector has no NULL components",
                hint: "Leave the whole vector NULL, or give a number.")
        default:
            throw DatabaseError(
                .datatypeMismatch, "a vector holds numbers, not \(element.naturalType.sqlName)")
        }
        guard wide.isFinite else {
            throw DatabaseError(
                .dataException, "\(wide.isNaN ? "NaN" : "infinite value") not allowed in vector")
        }
        let narrow = Float(wide)
        guard narrow.isFinite else { throw outOfRange(NumberText.text(wide), .vector(nil)) }
        return narrow
    }

    /// 22000 for another dimension than is wanted or for none, 54000 for too many.
    static func checkDimension(
        _ found: Int, _ wanted: Int?, _ type: ValueType
    ) throws(DatabaseError) {
        if let wanted, found != wanted { throw .dimensions(expected: wanted, found: found) }
        if found == 0 {
            throw DatabaseError(.dataException, "\(type.sqlName) must have at least 1 dimension")
        }
        if found > Limits.dimensionMax {
            throw DatabaseError(
                .programLimit,
                "\(type.sqlName) cannot have more than \(Limits.dimensionMax) dimensions",
                hint: "Split the vector over several columns, or reduce its dimension.")
        }
    }
}
