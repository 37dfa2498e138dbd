import NeedletailCore
import NeedletailText

/// Writes bound expressions as readable SQL, in PostgreSQL's manner: every operator in parentheses,
/// so that nothing hangs on precedence.
struct ExpressionText {
    /// What each position of the input row is called.
    var columns: [String]
    var parameters: [BoundParameter]
    /// Told of every subquery, in order; answers with what stands for it.
    var subquery: (BoundQuery) -> String

    /// Elements of a constant vector or array that are shown.
    private static let elementsShownMax = 6
    /// Bytes of a constant text that are shown.
    private static let textShownMax = 80

    func text(_ expression: BoundExpression) -> String {
        switch expression.kind {
        case .constant(let value): return constant(value, expression.type)
        case .parameter(let position): return parameter(position)
        case .column(let position):
            return columns.indices.contains(position) ? columns[position] : "column \(position + 1)"
        case .outer(_, let name): return name
        case .not(let operand): return "(NOT \(text(operand)))"
        case .and(let operands): return joined(operands, " AND ")
        case .or(let operands): return joined(operands, " OR ")
        case .isNull(let operand, let negated):
            return "(\(text(operand)) IS \(negated ? "NOT " : "")NULL)"
        case .isTruth(let operand, let truth, let negated):
            let word = truth.map { $0 ? "TRUE" : "FALSE" } ?? "UNKNOWN"
            return "(\(text(operand)) IS \(negated ? "NOT " : "")\(word))"
        case .isDistinct(let left, let right, let negated):
            return "(\(text(left)) IS \(negated ? "NOT " : "")DISTINCT FROM \(text(right)))"
        case .compare(let comparison, let left, let right):
            return "(\(text(left)) \(comparison.rawValue) \(text(right)))"
        case .inList, .inQuery, .exists, .scalarQuery, .quantified, .like:
            return predicate(expression)
        case .cases(let cases, let otherwise):
            let branches = cases.map { " WHEN \(text($0.condition)) THEN \(text($0.result))" }
            let last = otherwise.map { " ELSE \(text($0))" } ?? ""
            return "CASE\(branches.joined())\(last) END"
        case .cast(let operand, let explicit):
            // Implicit casts are noise to a reader.
            return explicit ? "\(text(operand))::\(expression.type.sqlName)" : text(operand)
        case .call(let function, let arguments): return call(function, arguments)
        case .array(let elements): return "ARRAY[\(list(elements))]"
        case .subscripted(let base, let position): return "\(text(base))[\(text(position))]"
        case .jsonPath(let base, let steps): return text(base) + Self.path(steps)
        case .distance(let metric, let left, let right):
            return "(\(text(left)) \(metric.operatorText) \(text(right)))"
        }
    }

    private func predicate(_ expression: BoundExpression) -> String {
        switch expression.kind {
        case .inList(let operand, let elements, let negated):
            return "(\(text(operand)) \(negated ? "NOT " : "")IN (\(list(elements))))"
        case .inQuery(let operand, let query, let negated):
            return "(\(text(operand)) \(negated ? "NOT " : "")IN (\(subquery(query))))"
        case .exists(let query, let negated):
            return "(\(negated ? "NOT " : "")EXISTS (\(subquery(query))))"
        case .scalarQuery(let query): return "(\(subquery(query)))"
        case .quantified(let comparison, let operand, let array, let all):
            let word = all ? "ALL" : "ANY"
            return "(\(text(operand)) \(comparison.rawValue) \(word) (\(text(array))))"
        case .like(let operand, let pattern, let escape, let ignoringCase, let negated):
            let word = (negated ? "NOT " : "") + (ignoringCase ? "ILIKE" : "LIKE")
            let tail = escape.map { " ESCAPE \(text($0))" } ?? ""
            return "(\(text(operand)) \(word) \(text(pattern))\(tail))"
        default: return text(expression)
        }
    }

    private func call(_ function: Builtin, _ arguments: [BoundExpression]) -> String {
        if function == .negate, let operand = arguments.first { return "(- \(text(operand)))" }
        if let symbol = function.operatorText, arguments.count == 2 {
            return "(\(text(arguments[0])) \(symbol) \(text(arguments[1])))"
        }
        return "\(function.sqlName)(\(list(arguments)))"
    }

    func list(_ expressions: [BoundExpression]) -> String {
        expressions.map(text).joined(separator: ", ")
    }

    private func joined(_ operands: [BoundExpression], _ word: String) -> String {
        "(" + operands.map(text).joined(separator: word) + ")"
    }

    private func parameter(_ position: Int) -> String {
        guard parameters.indices.contains(position), let name = parameters[position].name else {
            return "$\(position + 1)"
        }
        return ":\(name)"
    }

    static func path(_ steps: [JSONStep]) -> String {
        steps.map { step in
            switch step {
            case .key(let key) where Self.isPlain(key): ".\(key)"
            case .key(let key): "[\(quoted(key))]"
            case .index(let index): "[\(index)]"
            }
        }.joined()
    }

    private static func isPlain(_ key: String) -> Bool {
        guard let first = key.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return key.utf8.allSatisfy { byte in
            byte == 0x5F || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte | 0x20)
        }
    }

    static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }
}

extension ExpressionText {
    private func constant(_ value: Value, _ type: ValueType) -> String {
        switch value {
        case .null: "NULL"
        case .bool(let truth): truth ? "true" : "false"
        case .int, .double: ValueText.text(of: value, as: type)
        case .text(let text): Self.quoted(shortened(text))
        case .vector, .halfvec: "'\(vector(ValueText.text(of: value, as: type)))'"
        case .array(let elements) where elements.count > Self.elementsShownMax:
            "'{\(elements.count) elements}'::\(type.sqlName)"
        case .bytes, .timestamp, .date, .uuid, .json, .array, .bits:
            "\(Self.quoted(shortened(ValueText.text(of: value, as: type))))::\(type.sqlName)"
        }
    }

    private func shortened(_ text: String) -> String {
        guard text.utf8.count > Self.textShownMax else { return text }
        return text.prefix(Self.textShownMax) + "…"
    }

    private func vector(_ text: String) -> String {
        let parts = text.dropFirst().dropLast().split(separator: ",")
        guard parts.count > Self.elementsShownMax else { return text }
        let shown = parts.prefix(3).joined(separator: ",")
        return "[\(shown),… \(parts.count) in all]"
    }
}

extension Metric {
    /// The operator that SQL writes for it.
    package var operatorText: String {
        switch self {
        case .l2: "<->"
        case .innerProduct: "<#>"
        case .cosine: "<=>"
        case .l1: "<+>"
        case .hamming: "<~>"
        case .jaccard: "<%>"
        }
    }

    /// Its name in a sentence.
    package var plainName: String {
        switch self {
        case .l2: "L2"
        case .innerProduct: "inner product"
        case .cosine: "cosine"
        case .l1: "L1"
        case .hamming: "Hamming"
        case .jaccard: "Jaccard"
        }
    }
}
