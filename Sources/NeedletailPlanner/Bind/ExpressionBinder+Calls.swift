import NeedletailCore
import NeedletailSyntax

extension ExpressionBinder {
    /// A call of a function or an aggregate.
    ///
    /// Errors: 42883 for an unknown name (with the nearest known one) or arguments that fit no form
    /// of it (with its forms), 0A000 for what comes later.
    @inline(never)
    func call(
        _ call: FunctionCall, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let name = try functionName(call)
        if let later = Self.later[name] { throw .unsupported(later.0, hint: later.1, at: range) }
        if let function = AggregateTable.aggregate(named: name) {
            return try aggregate(function, name, call, at: range)
        }
        guard !call.isStar, !call.isDistinct, call.orderBy.isEmpty, call.filter == nil else {
            throw DatabaseError(
                .datatypeMismatch,
                "\(name) is not an aggregate, so *, DISTINCT, ORDER BY and FILTER mean nothing "
                    + "in it",
                position: range)
        }
        if let named = call.arguments.first(where: { $0.name != nil }) {
            throw .unsupported(
                "arguments of \(name) have no names", hint: "Give them by position.",
                at: named.value.range)
        }
        var arguments: [BoundExpression] = []
        for argument in call.arguments { arguments.append(try bind(argument.value)) }
        if let special = try specialForm(name, arguments, at: range) { return special }
        guard let signatures = FunctionTable.signatures(of: name) else {
            throw DatabaseError(
                .undefinedFunction, "function \(name) does not exist",
                hint: Suggestion.hint(for: name, in: FunctionTable.names),
                position: call.name.range ?? range)
        }
        return try resolve(name, signatures, arguments, at: range)
    }

    private func functionName(_ call: FunctionCall) throws(DatabaseError) -> String {
        let parts = call.name.parts.map(\.text)
        if parts.count == 2, parts[0] == "pg_catalog" || parts[0] == "public" { return parts[1] }
        guard parts.count == 1 else {
            throw DatabaseError(
                .undefinedFunction, "function \(call.name.text) does not exist",
                hint: "Functions have no schema here.", position: call.name.range)
        }
        return parts[0]
    }

    private static let later: [String: (String, String)] = [
        "fuse": (
            "fuse is not supported yet",
            "Run one search for each ranking and merge them, or rank by a formula over a subquery."
        ),
        "mmr": ("mmr is not supported yet", "Diversify the answer in the application."),
        "maxsim": ("maxsim is reserved for late interaction", "Store one vector for each row."),
    ]

    /// Functions whose types depend on all their arguments together, and distances.
    @inline(never)
    private func specialForm(
        _ name: String, _ arguments: [BoundExpression], at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression? {
        if let metric = FunctionTable.distances[name] {
            try require(arguments.count == 2, name, "vector, vector", at: range)
            return try distance(metric, arguments[0], arguments[1], name, at: range)
        }
        switch name {
        case "inner_product":
            try require(arguments.count == 2, name, "vector, vector", at: range)
            guard let sides = try vectorSides(arguments[0], arguments[1], at: range) else {
                throw .noOperator(name, arguments[0].type, arguments[1].type, at: range)
            }
            return BoundExpression(
                .call(.innerProduct, [sides.left, sides.right]), .double, range)
        case "coalesce", "greatest", "least":
            try require(!arguments.isEmpty, name, "value, …", at: range)
            let unified = try unify(arguments, "arguments of \(name)", default: .text)
            guard name == "coalesce" || unified.type.isOrdered,
                let builtin = Builtin(rawValue: name)
            else {
                throw DatabaseError(
                    .undefinedFunction,
                    "\(name) is not defined for \(unified.type.familyName)", position: range)
            }
            return BoundExpression(.call(builtin, unified.expressions), unified.type, range)
        case "nullif":
            try require(arguments.count == 2, name, "value, value", at: range)
            let unified = try unify(arguments, "arguments of nullif", default: .text)
            return BoundExpression(.call(.nullif, unified.expressions), unified.type, range)
        case "concat": return try variadic(.concat, .text, arguments, at: range)
        case "jsonb_build_array", "json_build_array":
            return try variadic(.jsonBuildArray, .jsonb, arguments, at: range)
        case "jsonb_build_object", "json_build_object":
            try require(arguments.count % 2 == 0, name, "key, value, …", at: range)
            return try variadic(.jsonBuildObject, .jsonb, arguments, at: range)
        case "generate_series", "unnest":
            throw .unsupported(
                "\(name) stands only in FROM",
                hint: "Write SELECT … FROM \(name)(…).", at: range)
        default: return nil
        }
    }

    private func variadic(
        _ builtin: Builtin, _ type: ValueType, _ arguments: [BoundExpression],
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        let typed = try arguments.map { argument throws(DatabaseError) in
            try statement.resolvingUnknown(argument)
        }
        return BoundExpression(.call(builtin, typed), type, range)
    }

    private func require(
        _ condition: Bool, _ name: String, _ form: String, at range: SourceRange?
    ) throws(DatabaseError) {
        guard !condition else { return }
        throw DatabaseError(
            .undefinedFunction, "\(name) does not take so many arguments",
            hint: "Write \(name)(\(form)).", position: range)
    }

    /// The form of a function that fits best; the first of equals.
    @inline(never)
    private func resolve(
        _ name: String, _ signatures: [FunctionSignature], _ arguments: [BoundExpression],
        at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        var best: (signature: FunctionSignature, fit: Int)?
        for signature in signatures where signature.accepts(count: arguments.count) {
            let fits = zip(signature.parameters, arguments).map { $0.fit($1) }
            guard !fits.contains(nil) else { continue }
            let fit = fits.reduce(0) { $0 + ($1 ?? 0) }
            if fit > (best?.fit ?? -1) { best = (signature, fit) }
        }
        guard let signature = best?.signature else {
            let types = arguments.map(\.type.familyName).joined(separator: ", ")
            let forms = signatures.map { $0.text(name: name) }.joined(separator: " or ")
            throw DatabaseError(
                .undefinedFunction, "function \(name)(\(types)) does not exist",
                hint: "Write \(forms).", position: range)
        }
        let element = arguments.lazy.compactMap { argument -> ValueType? in
            if case .array(let element) = argument.type { element } else { nil }
        }.first
        var converted: [BoundExpression] = []
        for (pattern, argument) in zip(signature.parameters, arguments) {
            converted.append(try self.argument(argument, pattern, element, name))
        }
        let type = try result(signature, converted, element, at: range)
        return BoundExpression(.call(signature.builtin, converted), type, range)
    }

    private func argument(
        _ argument: BoundExpression, _ pattern: ArgumentPattern, _ element: ValueType?,
        _ name: String
    ) throws(DatabaseError) -> BoundExpression {
        let message = "\(name) cannot take \(argument.type.familyName)"
        let wanted: ValueType
        switch pattern {
        case .type(let type): wanted = type
        case .number: wanted = argument.type == .unknown ? .double : argument.type
        case .floatVector, .anyVector:
            wanted = argument.type.isVector ? argument.type : .vector(nil)
        case .array: wanted = argument.type == .unknown ? .array(.text) : argument.type
        case .element: wanted = element ?? .text
        case .any: return try statement.resolvingUnknown(argument)
        }
        return try statement.coerce(argument, to: wanted, .implicit, otherwise: message)
    }

    private func result(
        _ signature: FunctionSignature, _ arguments: [BoundExpression], _ element: ValueType?,
        at range: SourceRange?
    ) throws(DatabaseError) -> ValueType {
        let first = arguments.first?.type ?? .unknown
        switch signature.result {
        case .type(let type): return type
        case .first: return first
        case .element: return element ?? .text
        case .bitsOfFirst: return .bit(first.dimension)
        case .subvector:
            guard case .constant(.int(let count))? = arguments.last?.kind else {
                return first.sized(nil)
            }
            guard (1...Int64(Limits.dimensionMax)).contains(count) else {
                throw DatabaseError(
                    .dataException,
                    "a vector has 1 to \(Limits.dimensionMax) dimensions, not \(count)",
                    position: arguments.last?.range ?? range)
            }
            // A vector shorter than asked for gives fewer components, so only a count that surely
            // fits becomes part of the type.
            guard let dimension = first.dimension,
                case .constant(.int(let start)) = arguments[1].kind,
                start >= 1, start <= Int64(dimension), count <= Int64(dimension) - start + 1
            else { return first.sized(nil) }
            return first.sized(Int(count))
        }
    }
}
