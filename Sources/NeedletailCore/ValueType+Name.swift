extension ValueType {
    /// The type that ``sqlName`` names; `nil` for any other text.
    package init?(sqlName: String) {
        if sqlName.hasSuffix("[]") {
            let element = String(sqlName.dropLast(2))
            guard !element.hasSuffix("]"), let type = ValueType(sqlName: element) else {
                return nil
            }
            self = .array(type)
            return
        }
        if let simple = simpleTypes[sqlName] {
            self = simple
            return
        }
        guard sqlName.hasSuffix(")"), let open = sqlName.firstIndex(of: "("),
            let dimension = Int(sqlName[sqlName.index(after: open)...].dropLast()), dimension >= 0
        else { return nil }
        switch sqlName[..<open] {
        case "vector": self = .vector(dimension)
        case "halfvec": self = .halfvec(dimension)
        case "bit": self = .bit(dimension)
        default: return nil
        }
    }
}

private let simpleTypes: [String: ValueType] = {
    let types: [ValueType] = [
        .boolean, .smallint, .int, .bigint, .real, .double, .text, .bytea, .timestamptz, .date,
        .uuid, .jsonb, .vector(nil), .halfvec(nil), .bit(nil), .unknown,
    ]
    return Dictionary(uniqueKeysWithValues: types.map { ($0.sqlName, $0) })
}()
