import NeedletailCore
import NeedletailText

extension StatementBinder {
    /// `expression` as a value of `type`, its cast written out; `nil` where no cast of at most
    /// `level` exists. Constants are converted here and now.
    ///
    /// Errors: those of the conversion, at the expression's place; 22000 for vectors of two sizes.
    func coerced(
        _ expression: BoundExpression, to type: ValueType, _ level: CastLevel
    ) throws(DatabaseError) -> BoundExpression? {
        if expression.type == type { return expression }
        if expression.type == .unknown { return try typed(expression, as: type) }
        if expression.isJSONPath, type == .text { return pathText(expression) }
        try checkDimensions(expression, type)
        if case .array(let elements) = expression.kind, elements.isEmpty, case .array = type {
            return BoundExpression(.array([]), type, expression.range)
        }
        let isList = expression.isArrayConstructor && type.isVector
        guard let needed = CastRules.level(from: expression.type, to: type),
            needed <= level || (isList && level == .implicit)
        else { return nil }
        // The element-wise cast is pushed into constructors, so that constants convert here.
        if case .array(let elements) = expression.kind, case .array(let target) = type {
            var converted: [BoundExpression] = []
            for element in elements {
                guard let value = try coerced(element, to: target, level) else { return nil }
                converted.append(value)
            }
            return BoundExpression(.array(converted), type, expression.range)
        }
        if let constant = try converted(expression, to: type) { return constant }
        return BoundExpression(
            .cast(expression, explicit: level == .explicit), type, expression.range)
    }

    /// As ``coerced(_:to:_:)``, with 42804 or 42846 where there is no cast.
    func coerce(
        _ expression: BoundExpression, to type: ValueType, _ level: CastLevel,
        otherwise message: @autoclosure () -> String
    ) throws(DatabaseError) -> BoundExpression {
        if let result = try coerced(expression, to: type, level) { return result }
        let isPossible = CastRules.level(from: expression.type, to: type) != nil
        throw DatabaseError(
            level == .explicit ? .cannotCoerce : .datatypeMismatch, message(),
            hint: isPossible ? "Write the cast: value::\(type.familyName)." : nil,
            position: expression.range)
    }

    /// A literal, NULL or parameter whose type its place decides.
    private func typed(
        _ expression: BoundExpression, as type: ValueType
    ) throws(DatabaseError) -> BoundExpression {
        var copy = expression
        copy.type = type
        switch expression.kind {
        case .parameter(let position):
            settle(position, as: type)
        case .constant(.text(let text)) where type != .unknown:
            do {
                copy.kind = .constant(try ValueText.parse(text, as: type))
            } catch {
                throw error.aboutLiteral(at: expression.range)
            }
            if type.isVector, case .constant(let value) = copy.kind {
                copy.type = value.naturalType
            }
        default: break
        }
        return copy
    }

    /// Constants, and constructors whose elements are constants, in another type.
    private func converted(
        _ expression: BoundExpression, to type: ValueType
    ) throws(DatabaseError) -> BoundExpression? {
        guard let value = expression.constantValue else { return nil }
        do {
            guard
                let result = try ConstantConversion.convert(
                    value, from: expression.type, to: type)
            else { return nil }
            let sized = type.isVector && !result.isNull ? result.naturalType : type
            return BoundExpression(.constant(result), sized, expression.range)
        } catch {
            throw error.aboutLiteral(at: expression.range)
        }
    }

    /// A JSON path where text is wanted: a string without its quotes.
    func pathText(_ expression: BoundExpression) -> BoundExpression {
        guard case .jsonPath(let base, let steps) = expression.kind else { return expression }
        let path = BoundExpression.array(steps.map(\.pathText), .text)
        return BoundExpression(.call(.jsonGetPathText, [base, path]), .text, expression.range)
    }

    private func checkDimensions(
        _ expression: BoundExpression, _ type: ValueType
    ) throws(DatabaseError) {
        guard expression.type.isVector, type.isVector, let found = expression.type.dimension,
            let expected = type.dimension, found != expected
        else { return }
        throw DatabaseError.dimensions(expected: expected, found: found).at(expression.range)
    }

    /// Gives what is still unknown the type text, as at the end of a select list.
    func resolvingUnknown(_ expression: BoundExpression) throws(DatabaseError) -> BoundExpression {
        if expression.type == .array(.unknown) {
            throw DatabaseError(
                .indeterminateDatatype, "an empty array has no type",
                hint: "Write ARRAY[]::text[].", position: expression.range)
        }
        guard expression.type == .unknown else { return expression }
        return try typed(expression, as: .text)
    }
}

extension BoundExpression {
    var isJSONPath: Bool { if case .jsonPath = kind { true } else { false } }

    var isArrayConstructor: Bool { if case .array = kind { true } else { false } }

    /// The value of a constant, or of a constructor that holds nothing else.
    var constantValue: Value? {
        switch kind {
        case .constant(let value): return value
        case .array(let elements):
            var values: [Value] = []
            values.reserveCapacity(elements.count)
            for element in elements {
                guard let value = element.constantValue else { return nil }
                values.append(value)
            }
            return .array(values)
        default: return nil
        }
    }

    static func text(_ text: String) -> BoundExpression { .constant(.text(text), .text) }

    static func array(_ texts: [String], _ type: ValueType) -> BoundExpression {
        .constant(.array(texts.map { .text($0) }), .array(type))
    }
}

extension JSONStep {
    /// The step as an element of a path in a text array.
    var pathText: String {
        switch self {
        case .key(let key): key
        case .index(let index): String(index)
        }
    }
}
