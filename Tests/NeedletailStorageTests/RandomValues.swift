import NeedletailCore
import NeedletailStorage

/// Random values that favour the edges of their type.
struct RandomValues {
    var random: SplitMix64

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    mutating func int() -> Int64 {
        let edges: [Int64] = [
            0, 1, -1, .max, .min, .max - 1, 255, 256, -256, 1 << 53, (1 << 53) + 1, -(1 << 53) - 1,
        ]
        switch Int.random(in: 0..<3, using: &random) {
        case 0: return edges[Int.random(in: 0..<edges.count, using: &random)]
        case 1: return Int64.random(in: -1_000...1_000, using: &random)
        default: return Int64.random(in: .min ... .max, using: &random)
        }
    }

    mutating func double() -> Double {
        let edges: [Double] = [
            0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
            .greatestFiniteMagnitude, 9_223_372_036_854_775_808, 0.5, -0.5,
        ]
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return edges[Int.random(in: 0..<edges.count, using: &random)]
        case 1: return Double(int())
        case 2: return Double.random(in: -10...10, using: &random)
        default: return Double(bitPattern: UInt64.random(in: 0 ... .max, using: &random))
        }
    }

    mutating func text() -> String {
        let alphabet = ["", "a", "b", "ab", "\0", "\u{1}", "é", "日本", "🐦", "\u{FFFF}", "z"]
        let count = Int.random(in: 0..<6, using: &random)
        return (0..<count).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
            .joined()
    }

    mutating func bytes() -> [UInt8] {
        (0..<Int.random(in: 0..<6, using: &random)).map { _ in
            [0, 1, 0xFE, 0xFF, 7][Int.random(in: 0..<5, using: &random)]
        }
    }

    mutating func jsonScalar() -> JSON {
        switch Int.random(in: 0..<6, using: &random) {
        case 0: .null
        case 1: .bool(Bool.random(using: &random))
        case 2, 3: .int(int())
        case 4: .double(double())
        default: .string(text())
        }
    }

    mutating func json(depth: Int = 0) -> JSON {
        let count = Int.random(in: 0..<5, using: &random)
        switch Int.random(in: 0..<(depth < 4 ? 4 : 2), using: &random) {
        case 2: return .array((0..<count).map { _ in json(depth: depth + 1) })
        case 3:
            return .object(
                JSONObject(
                    (0..<count).map { _ in .init(key: text(), value: json(depth: depth + 1)) }))
        default: return jsonScalar()
        }
    }

    mutating func value(_ kind: KeyColumn.Kind) -> Value {
        if Int.random(in: 0..<12, using: &random) == 0 { return .null }
        switch kind {
        case .boolean: return .bool(Bool.random(using: &random))
        case .integer: return .int(int())
        case .double: return .double(double())
        case .text: return .text(text())
        case .bytes: return .bytes(bytes())
        case .timestamp: return .timestamp(Timestamp(microseconds: int()))
        case .date: return .date(CalendarDate(days: Int32(truncatingIfNeeded: int())))
        case .uuid:
            return .uuid(
                UUIDValue(high: UInt64(bitPattern: int()), low: UInt64(bitPattern: int())))
        case .json: return .json(jsonScalar())
        }
    }

    /// Anything a row's record may hold.
    mutating func stored() -> Value {
        let kinds = KeyColumn.Kind.allCases
        switch Int.random(in: 0..<12, using: &random) {
        case 0: return .json(json())
        case 1:
            let kind = kinds[Int.random(in: 0..<8, using: &random)]
            return .array((0..<Int.random(in: 0..<5, using: &random)).map { _ in value(kind) })
        default: return value(kinds[Int.random(in: 0..<kinds.count, using: &random)])
        }
    }
}

/// The order of SQL values of one kind, written down without any encoding: negative, zero or
/// positive.
enum ValueOrder {
    static func compare(_ left: Value, _ right: Value) -> Int {
        switch (left, right) {
        case (.bool(let a), .bool(let b)): order(a ? 1 : 0, b ? 1 : 0)
        case (.int(let a), .int(let b)): order(a, b)
        case (.double(let a), .double(let b)): doubles(a, b)
        case (.text(let a), .text(let b)): sequences(Array(a.utf8), Array(b.utf8))
        case (.bytes(let a), .bytes(let b)): sequences(a, b)
        case (.timestamp(let a), .timestamp(let b)): order(a, b)
        case (.date(let a), .date(let b)): order(a, b)
        case (.uuid(let a), .uuid(let b)): order(a, b)
        case (.json(let a), .json(let b)): json(a, b)
        default: 0
        }
    }

    private static func order<T: Comparable>(_ a: T, _ b: T) -> Int { a < b ? -1 : a > b ? 1 : 0 }

    private static func doubles(_ a: Double, _ b: Double) -> Int {
        if a.isNaN || b.isNaN { return order(a.isNaN ? 1 : 0, b.isNaN ? 1 : 0) }
        return order(a, b)
    }

    private static func sequences(_ a: [UInt8], _ b: [UInt8]) -> Int {
        a == b ? 0 : a.lexicographicallyPrecedes(b) ? -1 : 1
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

    private static func json(_ a: JSON, _ b: JSON) -> Int {
        switch (a, b) {
        case (.string(let x), .string(let y)): sequences(Array(x.utf8), Array(y.utf8))
        case (.bool(let x), .bool(let y)): order(x ? 1 : 0, y ? 1 : 0)
        case (.int(let x), .int(let y)): order(x, y)
        case (.double(let x), .double(let y)): doubles(x, y)
        case (.int(let x), .double(let y)): mixed(x, y)
        case (.double(let x), .int(let y)): -mixed(y, x)
        default: order(rank(a), rank(b))
        }
    }

    /// Exactly, without rounding the integer.
    private static func mixed(_ whole: Int64, _ other: Double) -> Int {
        if other.isNaN || other >= 0x1p63 { return -1 }
        if other < -0x1p63 { return 1 }
        let below = Int64(other.rounded(.down))
        if whole != below { return whole < below ? -1 : 1 }
        return other == other.rounded(.down) ? 0 : -1
    }
}
