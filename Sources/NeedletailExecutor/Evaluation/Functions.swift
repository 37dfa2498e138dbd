import NeedletailCore
import NeedletailPlanner

/// Applies a built-in function to evaluated arguments.
///
/// Most functions are strict: NULL in, NULL out. The few that are not are dealt with first.
enum Functions {
    static func apply(
        _ builtin: Builtin, _ arguments: [Value], types: [ValueType], result: ValueType,
        context: EvaluationContext
    ) throws(DatabaseError) -> Value {
        if let value = try unstrict(builtin, arguments, types: types, context: context) {
            return value
        }
        if arguments.contains(where: \.isNull) { return .null }
        if Arithmetic.covers(builtin), arguments.count == 2 {
            return try Arithmetic.apply(builtin, arguments[0], arguments[1], type: result)
        }
        if let value = try MathFunctions.apply(builtin, arguments, type: result) { return value }
        if let value = try TextFunctions.apply(builtin, arguments, types: types) { return value }
        if let value = try TimeFunctions.apply(builtin, arguments) { return value }
        if let value = try JSONFunctions.apply(builtin, arguments) { return value }
        if let value = try ArrayFunctions.apply(builtin, arguments, types: types) { return value }
        if let value = try VectorFunctions.apply(builtin, arguments) { return value }
        throw DatabaseError(
            .internalError, "function \(builtin.rawValue) was bound to arguments it does not take",
            hint: "report this statement")
    }

    /// Functions that see NULLs, or that need more than their arguments.
    private static func unstrict(
        _ builtin: Builtin, _ arguments: [Value], types: [ValueType], context: EvaluationContext
    ) throws(DatabaseError) -> Value? {
        switch builtin {
        case .coalesce: return arguments.first { !$0.isNull } ?? .null
        case .nullif:
            guard arguments.count == 2 else { return .null }
            let equal = SQLComparison.compare(.equal, arguments[0], arguments[1])
            return equal == .bool(true) ? .null : arguments[0]
        case .greatest, .least:
            let wanted = builtin == .greatest ? 1 : -1
            var best = Value.null
            for value in arguments where !value.isNull {
                if best.isNull || SortOrder.compare(value, best) * wanted > 0 { best = value }
            }
            return best
        case .concat:
            return .text(TextFunctions.joined(arguments, types: types))
        case .now: return .timestamp(context.now)
        case .currentDate: return .date(TimeFunctions.date(of: context.now))
        case .random: return .double(Double.random(in: 0..<1, using: &context.random))
        case .uuidRandom: return .uuid(randomUUID(&context.random))
        case .version: return .text("Needletail \(Release.version)")
        case .currentDatabase: return .text(context.databaseName)
        case .pgTypeof: return .text((types.first ?? .unknown).sqlName)
        case .jsonBuildArray:
            return .json(.array(zip(arguments, types).map { JSONFunctions.json($0, type: $1) }))
        case .jsonBuildObject: return try JSONFunctions.buildObject(arguments, types: types)
        case .toJSON:
            guard let value = arguments.first, !value.isNull else { return .null }
            return .json(JSONFunctions.json(value, type: types.first ?? .unknown))
        case .arrayAppend: return ArrayFunctions.appending(arguments)
        case .arrayPosition: return ArrayFunctions.position(arguments)
        default: return nil
        }
    }

    /// Version 4, variant 1 (RFC 9562).
    private static func randomUUID(_ generator: inout SplitMix64) -> UUIDValue {
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return UUIDValue(high: high, low: low)
    }
}
