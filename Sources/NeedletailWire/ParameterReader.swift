import NeedletailCore
import NeedletailText

/// Reads one set of parameters.
///
/// Their types are not known before the statement is bound, so values are what they look like:
/// integers, doubles, strings as text, arrays of scalars as arrays, other containers as JSON, and
/// typed values such as `{"$f32":"…"}` what they say.
enum ParameterReader {
    /// The next value of `scanner`, an array or an object.
    ///
    /// Errors: 54000 beyond `Limits.parametersMax`; 22023 for a name that appears twice; those of
    /// `ValueJSON.value(from:as:)`.
    static func read(_ scanner: inout JSONScanner) throws(DatabaseError) -> Parameters {
        guard try scanner.peekKind() == .object else { return try positional(&scanner) }
        var values: [String: Value] = [:]
        try scanner.enterObject()
        while let name = try scanner.nextKey() {
            let value = try ValueJSON.read(&scanner, as: .unknown)
            guard values.updateValue(value, forKey: name) == nil else {
                throw DatabaseError(
                    .invalidParameter, "parameter \"\(name)\" appears twice", hint: "Send it once.")
            }
            try checkCount(values.count)
        }
        return .named(values)
    }

    private static func positional(
        _ scanner: inout JSONScanner
    ) throws(DatabaseError) -> Parameters {
        var values: [Value] = []
        try scanner.enterArray()
        while try scanner.nextElement() {
            values.append(try ValueJSON.read(&scanner, as: .unknown))
            try checkCount(values.count)
        }
        return .positional(values)
    }

    private static func checkCount(_ count: Int) throws(DatabaseError) {
        guard count <= Limits.parametersMax else {
            throw DatabaseError(
                .programLimit, "more than \(Limits.parametersMax) parameters",
                hint: "Send several sets in \"batch\".")
        }
    }
}
