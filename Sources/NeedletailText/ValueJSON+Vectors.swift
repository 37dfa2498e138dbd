package import NeedletailCore

extension ValueJSON {
    /// The next value of `scanner` as a value of `type`, without a tree where none is needed:
    /// arrays of numbers go straight into vectors. Otherwise as ``value(from:as:)``.
    package static func read(
        _ scanner: inout JSONScanner, as type: ValueType
    ) throws(DatabaseError) -> Value {
        let kind = try scanner.peekKind()
        switch (type, kind) {
        case (.text, .string): return .text(try scanner.readString())
        case (.vector(let dimension), .array):
            return .vector(try components(&scanner, dimension))
        case (.halfvec(let dimension), .array):
            return .halfvec(try HalfFloat.vector(components(&scanner, dimension)))
        case (.unknown, .object), (.vector, .object):
            let first = scanner.position
            if let vector = TypedJSON.vector(&scanner) {
                return try TypedJSON.convert(vector, to: type)
            }
            scanner.position = first
            return try value(from: try scanner.readTree(), as: type)
        default: return try value(from: try scanner.readTree(), as: type)
        }
    }

    private static func components(
        _ scanner: inout JSONScanner, _ dimension: Int?
    ) throws(DatabaseError) -> [Float] {
        var components: [Float] = []
        components.reserveCapacity(dimension ?? 0)
        try scanner.readNumberArray(into: &components)
        return try checked(components, dimension, "vector")
    }

    /// A vector from an array of numbers or from its text.
    static func vector(_ json: JSON, _ type: ValueType) throws(DatabaseError) -> Value {
        switch json {
        case .string(let text): return try ValueText.parse(text, as: type)
        case .array(let elements):
            guard elements.count <= Limits.dimensionMax else {
                throw .tooManyDimensions(type.sqlName)
            }
            if case .bit(let count) = type { return .bits(try bits(elements, count)) }
            var components: [Float] = []
            components.reserveCapacity(elements.count)
            for element in elements { components.append(try component(element, type)) }
            _ = try checked(components, type.dimension, type.sqlName)
            if case .halfvec = type { return .halfvec(try HalfFloat.vector(components)) }
            return .vector(components)
        default: throw mismatch(json, type)
        }
    }

    private static func component(_ json: JSON, _ type: ValueType) throws(DatabaseError) -> Float {
        let wide: Double
        switch json {
        case .int(let value): return Float(value)
        case .double(let value): wide = value
        default: throw mismatch(json, type)
        }
        let value = Float(wide)
        guard wide.isFinite else { throw VectorText.notFinite(value, in: type.sqlName) }
        guard value.isFinite else {
            throw .outOfRange(Array(NumberText.text(wide).utf8)[...], for: type.sqlName)
        }
        return value
    }

    /// Bits from booleans, zeros and ones.
    private static func bits(
        _ elements: [JSON], _ count: Int?
    ) throws(DatabaseError) -> BitVector {
        guard !elements.isEmpty else { throw .noDimensions("bit") }
        try VectorText.check(elements.count, count)
        var bytes = [UInt8](repeating: 0, count: (elements.count + 7) / 8)
        for (place, element) in elements.enumerated() {
            switch element {
            case .bool(true), .int(1): bytes[place / 8] |= 0x80 >> UInt8(place % 8)
            case .bool(false), .int(0): break
            default: throw mismatch(element, .bit(count))
            }
        }
        return BitVector(count: elements.count, bytes: bytes)
    }

    private static func checked(
        _ components: [Float], _ dimension: Int?, _ type: String
    ) throws(DatabaseError) -> [Float] {
        guard !components.isEmpty else { throw .noDimensions(type) }
        try VectorText.check(components.count, dimension)
        return components
    }
}
