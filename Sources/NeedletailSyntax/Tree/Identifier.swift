package import NeedletailCore

/// A name in a statement.
package struct Identifier: Sendable, Hashable {
    /// The name to look up: ASCII letters folded to lower case unless it was quoted.
    package let text: String
    /// The name as it was written, without its quotes. It differs from ``text`` only in the steps
    /// of a path after the first (`meta.pageNumber`), because keys of JSON objects do not fold.
    package let spelling: String
    package let location: Location

    /// A name that is looked up exactly as `text` says.
    package init(_ text: String, location: Location = .none) {
        self.text = text
        spelling = text
        self.location = location
    }

    /// A step of a path. An unquoted `spelling` folds, a quoted one does not.
    package init(pathStep spelling: String, isQuoted: Bool, location: Location = .none) {
        text = isQuoted ? spelling : Self.folded(spelling)
        self.spelling = spelling
        self.location = location
    }

    package var range: SourceRange? { location.range }

    /// ASCII letters in lower case, everything else as it is: the folding of unquoted names.
    package static func folded(_ spelling: String) -> String {
        guard spelling.utf8.contains(where: { $0 >= 0x41 && $0 <= 0x5A }) else { return spelling }
        return String(
            decoding: spelling.utf8.map { $0 >= 0x41 && $0 <= 0x5A ? $0 | 0x20 : $0 },
            as: UTF8.self)
    }
}

/// A name with dots in it, or without: a table (`public.docs`), a function, a setting.
package struct ObjectName: Sendable, Hashable {
    /// At least one.
    package let parts: [Identifier]
    package let location: Location

    package init(_ parts: [Identifier], location: Location = .none) {
        self.parts = parts
        self.location = location
    }

    /// An unqualified name.
    package init(_ name: String) {
        self.init([Identifier(name)])
    }

    package var range: SourceRange? { location.range }

    /// The parts joined by dots, as messages and settings use it.
    package var text: String { parts.map(\.text).joined(separator: ".") }

    /// The last part, which names the thing itself.
    package var last: Identifier { parts.last ?? Identifier("") }
}
