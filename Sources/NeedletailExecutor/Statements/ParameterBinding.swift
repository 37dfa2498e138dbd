import NeedletailCore
import NeedletailKernels
import NeedletailPlanner

/// Gives the parameters of a statement their values.
enum ParameterBinding {
    /// The values in the order of `declared`, each converted to its type.
    ///
    /// Errors: 42P02 where one is missing or unknown, and those of the conversion.
    static func values(
        _ parameters: Parameters, for declared: [BoundParameter]
    ) throws(DatabaseError) -> [Value] {
        switch parameters {
        case .none:
            guard declared.isEmpty else { throw missing(declared[0], position: 0) }
            return []
        case .positional(let values):
            guard values.count <= declared.count else {
                let taken =
                    switch declared.count {
                    case 0: "no parameters"
                    case 1: "one parameter"
                    default: "\(declared.count) parameters"
                    }
                throw DatabaseError(
                    .undefinedParameter,
                    "the statement takes \(taken), not \(values.count)",
                    hint: "bind one value for each of $1, $2, …")
            }
            var converted: [Value] = []
            converted.reserveCapacity(declared.count)
            for (position, parameter) in declared.enumerated() {
                guard position < values.count else { throw missing(parameter, position: position) }
                converted.append(try convert(values[position], parameter, position: position))
            }
            return converted
        case .named(let values):
            var converted: [Value] = []
            for (position, parameter) in declared.enumerated() {
                guard let name = parameter.name, let value = values[name] else {
                    throw missing(parameter, position: position)
                }
                converted.append(try convert(value, parameter, position: position))
            }
            return converted
        }
    }

    private static func convert(
        _ value: Value, _ parameter: BoundParameter, position: Int
    ) throws(DatabaseError) -> Value {
        switch (value, parameter.type) {
        case (.null, _), (.int, .bigint), (.text, .text), (.double, .double), (_, .unknown):
            return value
        case (.vector(let components), .vector(let dimension))
        where dimension == nil || dimension == components.count:
            guard firstNonfinite(in: components) == nil else {
                throw notFinite(parameter, position)
            }
            return value
        default: break
        }
        do throws(DatabaseError) {
            // Text stands for a literal, whose type the statement decides.
            let source: ValueType =
                if case .text = value { .unknown } else { value.naturalType }
            return try Casting.cast(value, from: source, to: parameter.type, explicit: false)
        } catch {
            throw DatabaseError(
                error.code, "parameter \(name(parameter, position)): \(error.message)",
                hint: error.hint)
        }
    }

    private static func notFinite(
        _ parameter: BoundParameter, _ position: Int
    ) -> DatabaseError {
        DatabaseError(
            .dataException,
            "parameter \(name(parameter, position)): NaN and infinity are not allowed in a vector",
            hint: "check the embedding before it is bound")
    }

    private static func missing(_ parameter: BoundParameter, position: Int) -> DatabaseError {
        DatabaseError(
            .undefinedParameter, "parameter \(name(parameter, position)) was given no value",
            hint: parameter.name == nil
                ? "bind values in the order of $1, $2, …" : "bind it by its name")
    }

    private static func name(_ parameter: BoundParameter, _ position: Int) -> String {
        parameter.name.map { ":\($0)" } ?? "$\(position + 1)"
    }
}
