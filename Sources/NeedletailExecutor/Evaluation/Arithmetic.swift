import NeedletailCore
import NeedletailPlanner

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Arithmetic of two numbers, checked against the type of the result.
enum Arithmetic {
    static func covers(_ builtin: Builtin) -> Bool {
        switch builtin {
        case .add, .subtract, .multiply, .divide, .modulo, .mod, .power: true
        default: false
        }
    }

    static func apply(
        _ builtin: Builtin, _ left: Value, _ right: Value, type: ValueType
    ) throws(DatabaseError) -> Value {
        switch (left, right) {
        case (.null, _), (_, .null): return .null
        case (.int(let left), .int(let right)) where type.isInteger:
            return try integers(builtin, left, right, type: type)
        default:
            guard let left = number(left), let right = number(right) else { return .null }
            return try doubles(builtin, left, right, type: type)
        }
    }

    /// The value as a double, if it is a number.
    static func number(_ value: Value) -> Double? {
        switch value {
        case .int(let integer): Double(integer)
        case .double(let double): double
        default: nil
        }
    }

    private static func integers(
        _ builtin: Builtin, _ left: Int64, _ right: Int64, type: ValueType
    ) throws(DatabaseError) -> Value {
        let outcome: (partialValue: Int64, overflow: Bool)
        switch builtin {
        case .add: outcome = left.addingReportingOverflow(right)
        case .subtract: outcome = left.subtractingReportingOverflow(right)
        case .multiply: outcome = left.multipliedReportingOverflow(by: right)
        case .divide, .modulo, .mod:
            guard right != 0 else { throw divisionByZero }
            if builtin == .divide {
                outcome = left.dividedReportingOverflow(by: right)
            } else {
                outcome = right == -1 ? (0, false) : (left % right, false)
            }
        default: return try doubles(builtin, Double(left), Double(right), type: .double)
        }
        guard !outcome.overflow else { throw outOfRange(type) }
        return .int(try checked(outcome.partialValue, as: type))
    }

    private static func doubles(
        _ builtin: Builtin, _ left: Double, _ right: Double, type: ValueType
    ) throws(DatabaseError) -> Value {
        let result: Double
        switch builtin {
        case .add: result = left + right
        case .subtract: result = left - right
        case .multiply: result = left * right
        case .divide:
            guard right != 0 else { throw divisionByZero }
            result = left / right
        case .modulo, .mod:
            guard right != 0 else { throw divisionByZero }
            result = fmod(left, right)
        default:
            if left == 0, right < 0 {
                throw DatabaseError(
                    .numericOutOfRange, "zero raised to a negative power is undefined")
            }
            result = pow(left, right)
            if result.isNaN, !left.isNaN, !right.isNaN {
                throw DatabaseError(
                    .numericOutOfRange,
                    "a negative number raised to a fractional power has no real result")
            }
        }
        if result.isInfinite, left.isFinite, right.isFinite { throw outOfRange(type) }
        return try rounded(result, to: type)
    }

    /// `real` keeps 32 bits, `double precision` 64.
    static func rounded(_ value: Double, to type: ValueType) throws(DatabaseError) -> Value {
        guard type == .real else { return .double(value) }
        let single = Float(value)
        if single.isInfinite, value.isFinite { throw outOfRange(type) }
        return .double(Double(single))
    }

    /// `value` if it fits the integer type.
    static func checked(_ value: Int64, as type: ValueType) throws(DatabaseError) -> Int64 {
        switch type {
        case .smallint where Int16(exactly: value) == nil: throw outOfRange(type)
        case .int where Int32(exactly: value) == nil: throw outOfRange(type)
        default: return value
        }
    }

    static func outOfRange(_ type: ValueType) -> DatabaseError {
        let wider: String? =
            switch type {
            case .smallint, .int: "cast to bigint, or declare the column bigint"
            case .bigint, .real: "cast to double precision"
            default: nil
            }
        return DatabaseError(
            .numericOutOfRange, "the result is out of range for \(type.sqlName)", hint: wider)
    }

    static var divisionByZero: DatabaseError {
        DatabaseError(
            .divisionByZero, "division by zero",
            hint: "write NULLIF(divisor, 0) to get NULL instead")
    }
}
