package import NeedletailCore

/// A type as a statement names it: `bigint`, `vector(768)`, `text[]`. Nothing is looked up yet.
package struct TypeName: Sendable, Hashable {
    /// Folded, with the long spellings shortened: `timestamp with time zone` is `timestamptz`,
    /// `character varying` is `varchar`. `double precision` alone keeps its space.
    package let name: Identifier
    /// What stands in parentheses; empty without them.
    package let modifiers: [TypeModifier]
    /// One entry for each `[]`, holding its number where one is given. Empty for a scalar.
    package let arrayBounds: [Int64?]
    package let location: Location

    package init(
        _ name: Identifier, modifiers: [TypeModifier] = [], arrayBounds: [Int64?] = [],
        location: Location = .none
    ) {
        self.name = name
        self.modifiers = modifiers
        self.arrayBounds = arrayBounds
        self.location = location
    }

    package var range: SourceRange? { location.range }

    package var isArray: Bool { !arrayBounds.isEmpty }
}

/// One argument of a type name.
package enum TypeModifier: Sendable, Hashable {
    case number(Int64)
    case name(Identifier)
    case string(String)
}
