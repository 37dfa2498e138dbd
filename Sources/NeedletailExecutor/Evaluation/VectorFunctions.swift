import NeedletailCore
import NeedletailKernels
import NeedletailPlanner
import NeedletailText

/// Functions of vectors. Arguments are not NULL.
enum VectorFunctions {
    /// `nil` where `builtin` is no such function.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value]
    ) throws(DatabaseError) -> Value? {
        guard let first = arguments.first else { return nil }
        let second = arguments.dropFirst().first
        switch builtin {
        case .vectorAdd: return try elementwise(first, second, +)
        case .vectorSubtract: return try elementwise(first, second, -)
        case .vectorMultiply: return try elementwise(first, second, *)
        case .vectorConcat: return try concatenation(first, second)
        case .vectorDims: return VectorDistance.dimension(of: first).map { .int(Int64($0)) }
        case .vectorNorm:
            return floats(first).map { .double(norm($0)) }
        case .l2Normalize:
            guard let components = floats(first) else { return nil }
            let length = norm(components)
            guard length > 0 else { return first }
            return try vector(components.map { Float(Double($0) / length) }, like: first)
        case .subvector: return try subvector(first, arguments)
        case .binaryQuantize: return binaryQuantized(first)
        case .innerProduct:
            guard let second,
                case .double(let negative) = try VectorDistance.distance(
                    first, second, metric: .innerProduct)
            else { return nil }
            return .double(negative == 0 ? 0 : -negative)
        default: return nil
        }
    }

    private static func floats(_ value: Value) -> [Float]? {
        switch value {
        case .vector(let components): components
        case .halfvec(let half): HalfFloat.floats(half)
        default: nil
        }
    }

    /// In 64 bits, so that it neither overflows nor loses.
    private static func norm(_ components: [Float]) -> Double {
        components.reduce(into: 0.0) { $0 += Double($1) * Double($1) }.squareRoot()
    }

    private static func vector(
        _ components: [Float], like value: Value
    ) throws(DatabaseError) -> Value {
        if case .halfvec = value { return .halfvec(try HalfFloat.vector(components)) }
        guard components.allSatisfy(\.isFinite) else {
            throw DatabaseError(.numericOutOfRange, "a component of the result is out of range")
        }
        return .vector(components)
    }

    private static func elementwise(
        _ left: Value, _ right: Value?, _ operation: (Float, Float) -> Float
    ) throws(DatabaseError) -> Value? {
        guard let right, let first = floats(left), let second = floats(right) else { return nil }
        try VectorDistance.requireEqual(first.count, second.count)
        return try vector(zip(first, second).map(operation), like: left)
    }

    private static func concatenation(
        _ left: Value, _ right: Value?
    ) throws(DatabaseError) -> Value? {
        guard let right, let first = floats(left), let second = floats(right) else { return nil }
        guard first.count + second.count <= Limits.dimensionMax else {
            throw DatabaseError(
                .programLimit, "a vector has at most \(Limits.dimensionMax) dimensions")
        }
        return try vector(first + second, like: left)
    }

    /// `subvector(v, start, count)`, 1-based, cut to what is there.
    private static func subvector(
        _ value: Value, _ arguments: [Value]
    ) throws(DatabaseError) -> Value? {
        guard let components = floats(value), let start = TextFunctions.integer(arguments, 1),
            let count = TextFunctions.integer(arguments, 2)
        else { return nil }
        let lower = max(start, 1) - 1
        let upper = min(start.addedSaturating(max(count, 0)) - 1, components.count)
        guard count >= 1, lower < upper else {
            throw DatabaseError(
                .dataException, "a vector must have at least one dimension",
                hint: "the vector has \(components.count) dimensions, counted from 1")
        }
        return try vector(Array(components[lower..<upper]), like: value)
    }

    private static func binaryQuantized(_ value: Value) -> Value? {
        guard let components = floats(value) else { return nil }
        var bytes = [UInt8](repeating: 0, count: (components.count + 7) / 8)
        for (position, component) in components.enumerated() where component > 0 {
            bytes[position / 8] |= 0x80 >> UInt8(position % 8)
        }
        return .bits(BitVector(count: components.count, bytes: bytes))
    }
}
