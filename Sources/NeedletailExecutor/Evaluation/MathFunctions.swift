import NeedletailCore
import NeedletailPlanner

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Functions of numbers. Arguments are not NULL.
enum MathFunctions {
    /// `nil` where `builtin` is no such function.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value], type: ValueType
    ) throws(DatabaseError) -> Value? {
        if builtin == .pi { return .double(.pi) }
        guard let first = arguments.first else { return nil }
        switch builtin {
        case .negate, .abs, .sign:
            if case .int(let integer) = first, type.isInteger {
                return try integer1(builtin, integer, type: type)
            }
            guard let number = Arithmetic.number(first) else { return nil }
            let result: Double =
                switch builtin {
                case .negate: -number
                case .abs: Swift.abs(number)
                default: number == 0 || number.isNaN ? number : (number > 0 ? 1 : -1)
                }
            return try Arithmetic.rounded(result, to: type)
        case .round where arguments.count == 2, .trunc where arguments.count == 2:
            return try digits(builtin, arguments, type: type)
        case .ceil, .floor, .round, .trunc, .sqrt, .exp, .ln, .log10:
            guard let number = Arithmetic.number(first) else { return nil }
            return try double1(builtin, number, type: type)
        default: return nil
        }
    }

    private static func integer1(
        _ builtin: Builtin, _ value: Int64, type: ValueType
    ) throws(DatabaseError) -> Value {
        if builtin == .sign { return .int(value.signum()) }
        if builtin == .abs, value >= 0 { return .int(value) }
        guard value != .min else { throw Arithmetic.outOfRange(type) }
        return .int(try Arithmetic.checked(-value, as: type))
    }

    private static func double1(
        _ builtin: Builtin, _ value: Double, type: ValueType
    ) throws(DatabaseError) -> Value {
        let result: Double
        switch builtin {
        case .ceil: result = value.rounded(.up)
        case .floor: result = value.rounded(.down)
        case .round: result = value.rounded(.toNearestOrEven)
        case .trunc: result = value.rounded(.towardZero)
        case .sqrt:
            guard !(value < 0) else {
                throw DatabaseError(
                    "2201F", "cannot take the square root of a negative number")
            }
            result = value.squareRoot()
        case .exp: result = exp(value)
        default:
            guard !(value <= 0) else {
                throw DatabaseError(
                    "2201E", "cannot take the logarithm of zero or of a negative number")
            }
            result = builtin == .ln ? log(value) : log10(value)
        }
        if result.isInfinite, value.isFinite { throw Arithmetic.outOfRange(type) }
        if type.isInteger, case .double(let whole) = Value.double(result),
            let integer = Int64(exactly: whole)
        {
            return .int(integer)
        }
        return try Arithmetic.rounded(result, to: type)
    }

    /// `round(x, digits)` and `trunc(x, digits)`.
    private static func digits(
        _ builtin: Builtin, _ arguments: [Value], type: ValueType
    ) throws(DatabaseError) -> Value? {
        guard let number = Arithmetic.number(arguments[0]), case .int(let digits) = arguments[1]
        else { return nil }
        let scale = pow(10, Double(max(-300, min(300, digits))))
        let scaled = number * scale
        guard scaled.isFinite else { return try Arithmetic.rounded(number, to: type) }
        let whole = scaled.rounded(
            builtin == .round ? .toNearestOrAwayFromZero : .towardZero)
        return try Arithmetic.rounded(whole / scale, to: type)
    }
}
