import NeedletailCore
import NeedletailSyntax
import NeedletailText

extension ExpressionBinder {
    /// Constants and constructors.
    @inline(never)
    func literal(_ expression: Expression) throws(DatabaseError) -> BoundExpression {
        let range = expression.range
        switch expression.kind {
        case .literal(let literal): return try constant(literal, at: range)
        case .typedLiteral(let name, let text):
            let type = try TypeResolution.resolveCast(name)
            let unknown = BoundExpression(.constant(.text(text)), .unknown, range)
            return try statement.coerce(unknown, to: type, .explicit, otherwise: "")
        case .array(let elements, let spelling):
            return try array(elements, spelling, at: range)
        default:
            throw DatabaseError(.internalError, "not a literal", position: range)
        }
    }

    @inline(never)
    private func constant(
        _ literal: Literal, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        switch literal {
        case .null: return BoundExpression(.constant(.null), .unknown, range)
        case .boolean(let truth): return BoundExpression(.constant(.bool(truth)), .boolean, range)
        case .integer(let number):
            let type: ValueType = Int32(exactly: number) == nil ? .bigint : .int
            return BoundExpression(.constant(.int(number)), type, range)
        case .decimal(_, let number):
            return BoundExpression(.constant(.double(number)), .double, range)
        case .string(let text): return BoundExpression(.constant(.text(text)), .unknown, range)
        case .bits(let digits):
            let unknown = BoundExpression(.constant(.text(digits)), .unknown, range)
            return try statement.coerce(unknown, to: .bit(nil), .explicit, otherwise: "")
        case .bytes(let bytes): return BoundExpression(.constant(.bytes(bytes)), .bytea, range)
        case .base64(let text): return try packedVector(text, at: range)
        }
    }

    /// `b64'…'`: 32-bit floats, little-endian, in base64.
    @inline(never)
    private func packedVector(
        _ text: String, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        do throws(DatabaseError) {
            let bytes = try Base64.decode(text)
            guard bytes.count % 4 == 0 else {
                throw DatabaseError(
                    .invalidText,
                    "b64'…' holds \(bytes.count) bytes, and 32-bit floats need a multiple of 4",
                    hint: "Pack the components as little-endian 32-bit floats.")
            }
            let floats = stride(from: 0, to: bytes.count, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) {
                    $0 | UInt32(bytes[start + $1]) << UInt32(8 * $1)
                }
                return Float(bitPattern: bits)
            }
            try ConstantConversion.checkDimension(floats.count, nil, .vector(nil))
            if let wrong = floats.first(where: { !$0.isFinite }) {
                throw DatabaseError(
                    .dataException,
                    "\(wrong.isNaN ? "NaN" : "infinite value") not allowed in vector")
            }
            return BoundExpression(.constant(.vector(floats)), .vector(floats.count), range)
        } catch {
            throw error.aboutLiteral(at: range)
        }
    }

    @inline(never)
    private func array(
        _ elements: [Expression], _ spelling: Expression.ArraySpelling, at range: SourceRange?
    ) throws(DatabaseError) -> BoundExpression {
        guard elements.count <= Limits.arrayElementsMax else {
            throw DatabaseError(
                .programLimit,
                "an array has at most \(Limits.arrayElementsMax) elements, not \(elements.count)",
                position: range)
        }
        var bound: [BoundExpression] = []
        bound.reserveCapacity(elements.count)
        for element in elements { bound.append(try bind(element)) }
        guard !bound.isEmpty else { return BoundExpression(.array([]), .array(.unknown), range) }
        if let nested = bound.first(where: { if case .array = $0.type { true } else { false } }) {
            throw .unsupported(
                "arrays have one dimension", hint: "Keep nested arrays in a jsonb column.",
                at: nested.range)
        }
        let unified = try unify(bound, "elements of an array")
        guard case .unknown = unified.type else {
            return BoundExpression(.array(unified.expressions), .array(unified.type), range)
        }
        let texts = try unify(bound, "elements of an array", default: .text)
        return BoundExpression(.array(texts.expressions), .array(.text), range)
    }

    /// All of `expressions` in the type they have in common; 42804 if they have none.
    ///
    /// - Parameter fallback: what literals alone become.
    @inline(never)
    func unify(
        _ expressions: [BoundExpression], _ what: String, default fallback: ValueType = .unknown
    ) throws(DatabaseError) -> (type: ValueType, expressions: [BoundExpression]) {
        var common = ValueType.unknown
        for expression in expressions {
            guard let next = CastRules.common(common, expression.type) else {
                throw DatabaseError(
                    .datatypeMismatch,
                    "\(what) cannot be both \(common.familyName) and \(expression.type.familyName)",
                    hint: "Cast one of them.", position: expression.range)
            }
            common = next
        }
        if common == .unknown { common = fallback }
        if common == .unknown { return (common, expressions) }
        var converted: [BoundExpression] = []
        converted.reserveCapacity(expressions.count)
        for expression in expressions {
            converted.append(
                try statement.coerce(
                    expression, to: common, .implicit,
                    otherwise: "\(what) cannot become \(common.sqlName)"))
        }
        return (common, converted)
    }
}
