package import NeedletailCore

extension ValueText {
    /// `value` as a cast to text gives it, so that ``parse(_:as:)`` with the same type reads it
    /// back.
    ///
    /// - Parameter type: tells `real` from `double`; without it the value's natural type holds.
    /// - Returns: an empty string for NULL, whose spelling is the caller's.
    package static func text(of value: Value, as type: ValueType? = nil) -> String {
        if case .text(let text) = value { return text }
        var out: [UInt8] = []
        append(value, as: type, into: &out)
        return String(decoding: out, as: UTF8.self)
    }

    /// Appends what ``text(of:as:)`` returns.
    package static func append(
        _ value: Value, as type: ValueType? = nil, into out: inout [UInt8]
    ) {
        switch value {
        case .null: break
        case .bool(let flag): out.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let value): NumberText.append(value, into: &out)
        case .double(let value):
            if type == .real {
                NumberText.append(Float(value), into: &out)
            } else {
                NumberText.append(value, into: &out)
            }
        case .text(let text): out.append(contentsOf: text.utf8)
        case .bytes(let bytes): BytesText.append(bytes, into: &out)
        case .timestamp(let moment): DateTimeText.append(moment, style: .sql, into: &out)
        case .date(let date): DateTimeText.append(date, into: &out)
        case .uuid(let uuid): UUIDText.append(uuid, into: &out)
        case .json(let json): JSONPrinter.append(json, style: .spaced, into: &out)
        case .array(let elements): ArrayText.append(elements, as: type, into: &out)
        case .vector(let components): VectorText.append(components, into: &out)
        case .halfvec(let half): VectorText.append(half, into: &out)
        case .bits(let bits): VectorText.append(bits, into: &out)
        }
    }
}
