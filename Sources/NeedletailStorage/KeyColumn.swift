package import NeedletailCore

/// How one column of a key is compared.
package struct KeyColumn: Sendable, Hashable {
    /// What the values are. Decides how a key is read back.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case boolean, integer, double, text, bytes, timestamp, date, uuid
        /// JSON scalars, as a path into a document yields them.
        case json
    }

    package var kind: Kind
    package var isDescending: Bool
    /// Whether NULL comes before every value, in the direction of the key.
    package var hasNullsFirst: Bool

    package init(_ kind: Kind, isDescending: Bool = false, hasNullsFirst: Bool = false) {
        self.kind = kind
        self.isDescending = isDescending
        self.hasNullsFirst = hasNullsFirst
    }

    /// A column of `type`; `nil` where values of that type have no order (arrays and vectors).
    package init?(
        _ type: ValueType, isDescending: Bool = false, hasNullsFirst: Bool = false
    ) {
        let kind: Kind
        switch type {
        case .boolean: kind = .boolean
        case .smallint, .int, .bigint: kind = .integer
        case .real, .double: kind = .double
        case .text: kind = .text
        case .bytea: kind = .bytes
        case .timestamptz: kind = .timestamp
        case .date: kind = .date
        case .uuid: kind = .uuid
        case .jsonb: kind = .json
        case .array, .vector, .halfvec, .bit, .unknown: return nil
        }
        self.init(kind, isDescending: isDescending, hasNullsFirst: hasNullsFirst)
    }
}
