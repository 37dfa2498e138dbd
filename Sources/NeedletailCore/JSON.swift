/// A JSON value, normalised as PostgreSQL's `jsonb` is: an object has each key once (the last
/// wins), shorter keys first, keys of one length in byte order.
///
/// Integers that fit 64 bits stay integers; all other numbers are doubles.
public indirect enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)
}

extension JSON {
    /// Equality of the representation; strings are equal where their bytes are.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.int(let left), .int(let right)): left == right
        case (.double(let left), .double(let right)): left == right
        case (.string(let left), .string(let right)): left.hasBytes(of: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

/// The members of a JSON object in their normal order.
public struct JSONObject: Sendable, Hashable {
    public struct Member: Sendable, Hashable {
        public let key: String
        public var value: JSON

        public init(key: String, value: JSON) {
            self.key = key
            self.value = value
        }

        public static func == (left: Member, right: Member) -> Bool {
            left.key.hasBytes(of: right.key) && left.value == right.value
        }
    }

    /// Unique keys, ordered by length in bytes, then by bytes.
    public private(set) var members: [Member]

    /// Normalises `members`: of equal keys, the last is kept.
    public init(_ members: [Member] = []) {
        self.members = []
        self.members.reserveCapacity(members.count)
        for member in members { self[member.key] = member.value }
    }

    /// The value under `key`, or `nil` where the key is missing. Setting `nil` removes it.
    public subscript(key: String) -> JSON? {
        get {
            let (position, found) = locate(key)
            return found ? members[position].value : nil
        }
        set {
            let (position, found) = locate(key)
            switch (newValue, found) {
            case (let value?, true): members[position].value = value
            case (let value?, false): members.insert(Member(key: key, value: value), at: position)
            case (nil, true): members.remove(at: position)
            case (nil, false): break
            }
        }
    }

    private func locate(_ key: String) -> (position: Int, found: Bool) {
        var low = 0
        var high = members.count
        while low < high {
            let middle = (low + high) / 2
            if Self.precedes(members[middle].key, key) { low = middle + 1 } else { high = middle }
        }
        return (low, low < members.count && members[low].key.hasBytes(of: key))
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let lengths = (left.utf8.count, right.utf8.count)
        if lengths.0 != lengths.1 { return lengths.0 < lengths.1 }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
