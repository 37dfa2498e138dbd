package import NeedletailCore

/// Options in parentheses, in the order they were written.
package typealias OptionList = [Option]

/// One option: `recall = 0.95`, `exact`, `FORMAT csv`, `MAP (vec = embedding)`.
package struct Option: Sendable, Hashable {
    /// Folded; may have dots in it (`hnsw.ef_search`).
    package let name: ObjectName
    /// `nil` where the name stands alone, which turns it on.
    package let value: OptionValue?
    package let location: Location

    package init(_ name: ObjectName, _ value: OptionValue? = nil, location: Location = .none) {
        self.name = name
        self.value = value
        self.location = location
    }

    package var range: SourceRange? { location.range }
}

/// The value of an option or a setting.
package indirect enum OptionValue: Sendable, Hashable {
    /// A bare word: `gzip`, `cosine`, `on`, `off`.
    case name(Identifier)
    /// A string, a number (its sign included), `TRUE`, `FALSE` or `NULL`.
    case literal(Literal)
    case parameter(Parameter)
    /// Anything else that can be computed; only where options follow a query or a definition.
    case expression(Expression)
    /// `(a, b = 'x.npy', c = d)`; only in `COPY`.
    case list([OptionItem])
}

/// One entry of a list in an option of `COPY`.
package struct OptionItem: Sendable, Hashable {
    package let name: Identifier
    package let value: Value?

    package init(_ name: Identifier, _ value: Value? = nil) {
        self.name = name
        self.value = value
    }

    package enum Value: Sendable, Hashable {
        case name(Identifier)
        case string(String)
    }
}
