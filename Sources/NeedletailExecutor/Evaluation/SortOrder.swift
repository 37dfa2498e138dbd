package import NeedletailCore
import NeedletailText

/// The total order of values of one type, as `ORDER BY` and ordered indexes use it.
///
/// Text is ordered by its UTF-8 bytes. NaN equals itself and is greater than all numbers. `jsonb`
/// is ordered by kind first (null, string, number, boolean, array, object as in PostgreSQL).
package enum SortOrder {
    /// Negative, zero or positive. NULL is not ordered here; callers place it.
    package static func compare(_ left: Value, _ right: Value) -> Int {
        switch (left, right) {
        case (.int(let left), .int(let right)): order(left, right)
        case (.double(let left), .double(let right)): compare(left, right)
        case (.int(let left), .double(let right)): compare(left, right)
        case (.double(let left), .int(let right)): -compare(right, left)
        case (.text(let left), .text(let right)): compare(left, right)
        case (.bool(let left), .bool(let right)): order(left ? 1 : 0, right ? 1 : 0)
        case (.timestamp(let left), .timestamp(let right)): order(left, right)
        case (.date(let left), .date(let right)): order(left, right)
        case (.uuid(let left), .uuid(let right)): order(left, right)
        case (.bytes(let left), .bytes(let right)): lexicographic(left, right, by: order)
        case (.array(let left), .array(let right)): lexicographic(left, right, by: nullsLast)
        case (.json(let left), .json(let right)): compare(left, right)
        case (.vector(let left), .vector(let right)):
            lexicographic(left, right) { compare(Double($0), Double($1)) }
        case (.halfvec(let left), .halfvec(let right)):
            lexicographic(left.bits, right.bits) {
                compare(Double(HalfFloat.float($0)), Double(HalfFloat.float($1)))
            }
        case (.bits(let left), .bits(let right)):
            lexicographic(left.bytes, right.bytes, by: order) != 0
                ? lexicographic(left.bytes, right.bytes, by: order)
                : order(left.count, right.count)
        default: order(rank(left), rank(right))
        }
    }

    /// NULLs compare equal to each other and greater than everything else.
    package static func nullsLast(_ left: Value, _ right: Value) -> Int {
        switch (left.isNull, right.isNull) {
        case (true, true): 0
        case (true, false): 1
        case (false, true): -1
        case (false, false): compare(left, right)
        }
    }

    private static func order<T: Comparable>(_ left: T, _ right: T) -> Int {
        left < right ? -1 : (left == right ? 0 : 1)
    }

    static func compare(_ left: Double, _ right: Double) -> Int {
        if left < right { return -1 }
        if left > right { return 1 }
        if left == right { return 0 }
        return order(left.isNaN ? 1 : 0, right.isNaN ? 1 : 0)
    }

    /// Exact: no integer is rounded on the way.
    static func compare(_ left: Int64, _ right: Double) -> Int {
        if right.isNaN { return -1 }
        if right >= 0x1p63 { return -1 }
        if right < -0x1p63 { return 1 }
        let whole = right.rounded(.towardZero)
        let integer = Int64(whole)
        return left != integer ? order(left, integer) : order(0, right - whole)
    }

    static func compare(_ left: String, _ right: String) -> Int {
        if left.utf8.elementsEqual(right.utf8) { return 0 }
        return left.utf8.lexicographicallyPrecedes(right.utf8) ? -1 : 1
    }

    private static func lexicographic<T>(
        _ left: [T], _ right: [T], by compare: (T, T) -> Int
    ) -> Int {
        for (left, right) in zip(left, right) {
            let order = compare(left, right)
            if order != 0 { return order }
        }
        return order(left.count, right.count)
    }

    private static func compare(_ left: JSON, _ right: JSON) -> Int {
        switch (left, right) {
        case (.int(let left), .int(let right)): return order(left, right)
        case (.double(let left), .double(let right)): return compare(left, right)
        case (.int(let left), .double(let right)): return compare(left, right)
        case (.double(let left), .int(let right)): return -compare(right, left)
        case (.string(let left), .string(let right)): return compare(left, right)
        case (.bool(let left), .bool(let right)): return order(left ? 1 : 0, right ? 1 : 0)
        case (.array(let left), .array(let right)):
            return left.count != right.count
                ? order(left.count, right.count) : lexicographic(left, right, by: compare)
        case (.object(let left), .object(let right)):
            if left.members.count != right.members.count {
                return order(left.members.count, right.members.count)
            }
            return lexicographic(left.members, right.members) {
                let keys = compare($0.key, $1.key)
                return keys != 0 ? keys : compare($0.value, $1.value)
            }
        default: return order(rank(left), rank(right))
        }
    }

    private static func rank(_ json: JSON) -> Int {
        switch json {
        case .null: 0
        case .string: 1
        case .int, .double: 2
        case .bool: 3
        case .array: 4
        case .object: 5
        }
    }

    /// Only reached where values of different types meet, which binding prevents.
    private static func rank(_ value: Value) -> Int {
        switch value {
        case .null: 0
        case .bool: 1
        case .int, .double: 2
        case .text: 3
        case .bytes: 4
        case .timestamp: 5
        case .date: 6
        case .uuid: 7
        case .json: 8
        case .array: 9
        case .vector: 10
        case .halfvec: 11
        case .bits: 12
        }
    }
}
