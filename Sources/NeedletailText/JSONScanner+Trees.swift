package import NeedletailCore

extension JSONScanner {
    /// The next value as a tree; objects normalised.
    package mutating func readTree() throws(DatabaseError) -> JSON {
        switch try peekKind() {
        case .null:
            try readNull()
            return .null
        case .bool: return .bool(try readBool())
        case .number: return try readNumber()
        case .string: return .string(try readString())
        case .array:
            try enterArray()
            var elements: [JSON] = []
            while try nextElement() { elements.append(try readTree()) }
            return .array(elements)
        case .object:
            try enterObject()
            var members: [JSONObject.Member] = []
            while let key = try nextKey() {
                members.append(JSONObject.Member(key: key, value: try readTree()))
            }
            // Sorted beforehand, so that each insertion is an append and a million keys are
            // no quadratic affair. Swift's sort is stable: of equal keys the last still wins.
            if members.count > 1 { members.sort { Self.precedes($0.key, $1.key) } }
            return .object(JSONObject(members))
        }
    }

    private static func precedes(_ left: String, _ right: String) -> Bool {
        let lengths = (left.utf8.count, right.utf8.count)
        if lengths.0 != lengths.1 { return lengths.0 < lengths.1 }
        return left.utf8.lexicographicallyPrecedes(right.utf8)
    }
}
