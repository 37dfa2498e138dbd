package import NeedletailCore

/// Values set at the prompt: bound to `:name` parameters, never pasted into a statement.
package struct Variables: Sendable, Hashable {
    /// The one name that steers the prompt itself.
    package static let stopOnError = "ON_ERROR_STOP"

    package private(set) var values: [String: Value] = [:]

    package init() {}

    /// Binds `name`. A bare number, `true`, `false` or `null` is what it says; all else is text,
    /// which the statement reads as the type it needs (a vector, a date).
    ///
    /// Errors: 22023 where `name` cannot be a parameter.
    package mutating func set(
        _ name: String, to text: String, isQuoted: Bool
    ) throws(DatabaseError) {
        let isName =
            name.unicodeScalars.first.map { $0.properties.isAlphabetic || $0 == "_" } ?? false
        guard isName, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else {
            throw DatabaseError(
                .invalidParameter, "\"\(name)\" cannot be the name of a value",
                hint: "Use letters, digits and underscores, as in \\set q '[1,0,0]'.")
        }
        values[name] = isQuoted ? .text(text) : Self.value(text)
    }

    /// Says whether there was one.
    package mutating func unset(_ name: String) -> Bool { values.removeValue(forKey: name) != nil }

    /// What a statement that uses `names` is given; what is not set is left out.
    package func parameters(for names: [String]) -> Parameters {
        var bound: [String: Value] = [:]
        for name in names { bound[name] = values[name] }
        return bound.isEmpty ? .none : .named(bound)
    }

    /// `ON_ERROR_STOP` as a switch, or `nil` where it is not set.
    package var stopsOnError: Bool? {
        switch values[Self.stopOnError] {
        case .bool(let flag): flag
        case .int(let number): number != 0
        case .text(let text): Switch(text).map { $0 == .on }
        default: nil
        }
    }

    private static func value(_ text: String) -> Value {
        if let number = Int64(text) { return .int(number) }
        switch text.lowercased() {
        case "true": return .bool(true)
        case "false": return .bool(false)
        case "null": return .null
        default: break
        }
        let isNumber = text.utf8.allSatisfy { "0123456789.eE+-".utf8.contains($0) }
        if isNumber, let number = Double(text), number.isFinite { return .double(number) }
        return .text(text)
    }
}

/// A word that turns something on or off.
package enum Switch: Sendable, Hashable {
    case on, off

    package init?(_ text: String) {
        switch text.lowercased() {
        case "on", "true", "yes", "1": self = .on
        case "off", "false", "no", "0": self = .off
        default: return nil
        }
    }
}
