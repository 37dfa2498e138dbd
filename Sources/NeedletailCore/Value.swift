/// One SQL value.
///
/// Equality and hashing are of the representation: `NULL` equals `NULL`, `1` does not equal `1.0`,
/// and texts are equal where their bytes are. SQL's three-valued comparison is the executor's.
public enum Value: Sendable, Hashable {
    case null
    case bool(Bool)
    /// `SMALLINT`, `INT` and `BIGINT`.
    case int(Int64)
    /// `REAL` (already rounded to 32 bits) and `DOUBLE PRECISION`.
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case timestamp(Timestamp)
    case date(CalendarDate)
    case uuid(UUIDValue)
    case json(JSON)
    case array([Value])
    case vector([Float])
    case halfvec(HalfVector)
    case bits(BitVector)
}

extension Value {
    public static func == (left: Value, right: Value) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.text(let left), .text(let right)): left.hasBytes(of: right)
        case (.bytes(let left), .bytes(let right)): left == right
        case (.timestamp(let left), .timestamp(let right)): left == right
        case (.date(let left), .date(let right)): left == right
        case (.uuid(let left), .uuid(let right)): left == right
        case (.json(let left), .json(let right)): left == right
        case (.array(let left), .array(let right)): left == right
        case (.vector(let left), .vector(let right)): left == right
        case (.halfvec(let left), .halfvec(let right)): left == right
        case (.bits(let left), .bits(let right)): left == right
        default: false
        }
    }

    public var isNull: Bool { if case .null = self { true } else { false } }

    /// The type of the representation alone: an `int` is `bigint`, an array takes the type of its
    /// first element that is not NULL.
    public var naturalType: ValueType {
        switch self {
        case .null: .unknown
        case .bool: .boolean
        case .int: .bigint
        case .double: .double
        case .text: .text
        case .bytes: .bytea
        case .timestamp: .timestamptz
        case .date: .date
        case .uuid: .uuid
        case .json: .jsonb
        case .array(let elements):
            .array(elements.first { !$0.isNull }?.naturalType ?? .unknown)
        case .vector(let components): .vector(components.count)
        case .halfvec(let half): .halfvec(half.bits.count)
        case .bits(let bits): .bit(bits.count)
        }
    }
}

/// A vector of 16-bit floats, by their bit patterns (IEEE 754 binary16).
public struct HalfVector: Sendable, Hashable {
    public var bits: [UInt16]

    public init(bits: [UInt16]) { self.bits = bits }
}

/// A string of bits. Bit 0 is the leftmost, and the most significant of the first byte.
public struct BitVector: Sendable, Hashable {
    /// How many bits.
    public let count: Int
    /// `(count + 7) / 8` bytes; unused low bits of the last are zero.
    public let bytes: [UInt8]

    /// Takes `count` bits from `bytes`, clearing what lies past them. Missing bytes read as zero.
    public init(count: Int, bytes: [UInt8]) {
        let size = (count + 7) / 8
        var kept = Array(bytes.prefix(size))
        kept.append(contentsOf: repeatElement(0, count: size - kept.count))
        if count % 8 != 0, let last = kept.last {
            kept[size - 1] = last & (0xFF << UInt8(8 - count % 8))
        }
        self.count = count
        self.bytes = kept
    }

    /// Whether bit `position` is set.
    public subscript(position: Int) -> Bool {
        bytes[position / 8] & (0x80 >> UInt8(position % 8)) != 0
    }
}
