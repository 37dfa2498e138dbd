import NeedletailCore
import NeedletailPlanner
import NeedletailText

/// Functions of text. Arguments are not NULL. Lengths and positions count characters as Unicode
/// scalars, as PostgreSQL does.
enum TextFunctions {
    /// `nil` where `builtin` is no such function.
    static func apply(
        _ builtin: Builtin, _ arguments: [Value], types: [ValueType]
    ) throws(DatabaseError) -> Value? {
        if builtin == .concatText { return .text(joined(arguments, types: types)) }
        guard let first = arguments.first else { return nil }
        if builtin == .length || builtin == .octetLength, let size = size(builtin, first) {
            return size
        }
        guard case .text(let text) = first else { return nil }
        switch builtin {
        case .lower: return .text(text.lowercased())
        case .upper: return .text(text.uppercased())
        case .initcap: return .text(capitalized(text))
        case .reverse:
            return .text(String(String.UnicodeScalarView(text.unicodeScalars.reversed())))
        case .trim, .leftTrim, .rightTrim:
            return .text(trimmed(builtin, text, of: string(arguments, 1) ?? " "))
        case .substring: return try substring(text, arguments)
        case .replace:
            guard let old = string(arguments, 1), let new = string(arguments, 2) else { return nil }
            return .text(old.isEmpty ? text : replaced(text, old, new))
        case .position:
            guard let wanted = string(arguments, 1) else { return nil }
            return .int(position(of: wanted, in: text))
        case .startsWith: return string(arguments, 1).map { .bool(hasPrefix(text, $0)) }
        case .endsWith:
            return string(arguments, 1).map {
                .bool(text.utf8.reversed().starts(with: $0.utf8.reversed()))
            }
        case .repeatText:
            guard let count = integer(arguments, 1) else { return nil }
            return try repeated(text, count)
        case .left, .right:
            guard let count = integer(arguments, 1) else { return nil }
            return .text(end(builtin, text, count))
        case .splitPart:
            guard let separator = string(arguments, 1), let field = integer(arguments, 2) else {
                return nil
            }
            return try part(text, separator, field)
        case .leftPad, .rightPad:
            guard let count = integer(arguments, 1) else { return nil }
            return try padded(builtin, text, count, with: string(arguments, 2) ?? " ")
        default: return nil
        }
    }

    /// All values as text, one after the other; NULLs are nothing.
    static func joined(_ values: [Value], types: [ValueType]) -> String {
        zip(values, types).map { value, type in
            value.isNull ? "" : ValueText.text(of: value, as: type)
        }.joined()
    }

    static func string(_ arguments: [Value], _ position: Int) -> String? {
        guard position < arguments.count, case .text(let text) = arguments[position] else {
            return nil
        }
        return text
    }

    static func integer(_ arguments: [Value], _ position: Int) -> Int? {
        guard position < arguments.count, case .int(let integer) = arguments[position] else {
            return nil
        }
        return Int(integer)
    }

    private static func size(_ builtin: Builtin, _ value: Value) -> Value? {
        switch value {
        case .text(let text):
            .int(Int64(builtin == .length ? text.unicodeScalars.count : text.utf8.count))
        case .bytes(let bytes): .int(Int64(bytes.count))
        case .bits(let bits): .int(Int64(builtin == .length ? bits.count : bits.bytes.count))
        default: nil
        }
    }

    private static func capitalized(_ text: String) -> String {
        var result = ""
        var atStart = true
        for character in text {
            result += atStart ? character.uppercased() : character.lowercased()
            atStart = !(character.isLetter || character.isNumber)
        }
        return result
    }

    private static func trimmed(_ builtin: Builtin, _ text: String, of set: String) -> String {
        let unwanted = Set(set.unicodeScalars)
        var scalars = text.unicodeScalars[...]
        if builtin != .rightTrim {
            scalars = scalars.drop { unwanted.contains($0) }
        }
        if builtin != .leftTrim {
            while let last = scalars.last, unwanted.contains(last) { scalars.removeLast() }
        }
        return String(scalars)
    }

    private static func substring(
        _ text: String, _ arguments: [Value]
    ) throws(DatabaseError) -> Value? {
        guard let start = integer(arguments, 1) else { return nil }
        var end = Int.max
        if arguments.count > 2 {
            guard let count = integer(arguments, 2) else { return nil }
            guard count >= 0 else {
                throw DatabaseError("22011", "a substring cannot have a negative length: \(count)")
            }
            end = start.addedSaturating(count)
        }
        let scalars = text.unicodeScalars
        let lower = max(start, 1) - 1
        let upper = min(max(end, 1) - 1, scalars.count)
        guard lower < upper else { return .text("") }
        return .text(
            String(String.UnicodeScalarView(scalars.dropFirst(lower).prefix(upper - lower))))
    }

    private static func hasPrefix(_ text: String, _ prefix: String) -> Bool {
        text.utf8.starts(with: prefix.utf8)
    }

    /// Replaces every occurrence of `old`, found from the left by bytes.
    private static func replaced(_ text: String, _ old: String, _ new: String) -> String {
        pieces(of: text, separatedBy: old).joined(separator: new)
    }

    /// The stretches between occurrences of `separator`, which is not empty.
    static func pieces(of text: String, separatedBy separator: String) -> [String] {
        var pieces: [String] = []
        let bytes = Array(text.utf8)
        let wanted = Array(separator.utf8)
        var (start, position) = (0, 0)
        while position + wanted.count <= bytes.count {
            if bytes[position] == wanted[0],
                bytes[position..<position + wanted.count].elementsEqual(wanted)
            {
                pieces.append(String(decoding: bytes[start..<position], as: UTF8.self))
                position += wanted.count
                start = position
            } else {
                position += 1
            }
        }
        pieces.append(String(decoding: bytes[start...], as: UTF8.self))
        return pieces
    }

    private static func position(of wanted: String, in text: String) -> Int64 {
        if wanted.isEmpty { return 1 }
        let pieces = pieces(of: text, separatedBy: wanted)
        return pieces.count > 1 ? Int64(pieces[0].unicodeScalars.count + 1) : 0
    }

    private static func repeated(_ text: String, _ count: Int) throws(DatabaseError) -> Value {
        guard count > 0, !text.isEmpty else { return .text("") }
        try checkSize(text.utf8.count.multipliedClamped(by: count))
        return .text(String(repeating: text, count: count))
    }

    private static func end(_ builtin: Builtin, _ text: String, _ count: Int) -> String {
        let scalars = Array(text.unicodeScalars)
        let kept =
            count >= 0 ? min(count, scalars.count) : max(0, scalars.count.addedSaturating(count))
        let slice = builtin == .left ? scalars.prefix(kept) : scalars.suffix(kept)
        return String(String.UnicodeScalarView(slice))
    }

    private static func part(
        _ text: String, _ separator: String, _ field: Int
    ) throws(DatabaseError) -> Value {
        guard field != 0 else {
            throw DatabaseError(.invalidParameter, "the field of split_part must not be zero")
        }
        let pieces = separator.isEmpty ? [text] : pieces(of: text, separatedBy: separator)
        let position = field > 0 ? field - 1 : pieces.count.addedSaturating(field)
        return .text(pieces.indices.contains(position) ? pieces[position] : "")
    }

    private static func padded(
        _ builtin: Builtin, _ text: String, _ count: Int, with fill: String
    ) throws(DatabaseError) -> Value {
        let scalars = Array(text.unicodeScalars)
        try checkSize(count.multipliedClamped(by: 4))
        if count <= scalars.count || fill.isEmpty {
            return .text(String(String.UnicodeScalarView(scalars.prefix(max(0, count)))))
        }
        let fillScalars = Array(fill.unicodeScalars)
        let missing = count - scalars.count
        let padding = (0..<missing).map { fillScalars[$0 % fillScalars.count] }
        let whole = builtin == .leftPad ? padding + scalars : scalars + padding
        return .text(String(String.UnicodeScalarView(whole)))
    }

    private static func checkSize(_ bytes: Int) throws(DatabaseError) {
        guard bytes <= Limits.valueBytesMax else {
            throw DatabaseError(
                .programLimit, "the result would exceed \(Limits.valueBytesMax) bytes")
        }
    }
}

extension Int {
    /// The sum, or the nearest integer where it would overflow.
    func addedSaturating(_ other: Int) -> Int {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other > 0 ? .max : .min) : sum
    }
}
