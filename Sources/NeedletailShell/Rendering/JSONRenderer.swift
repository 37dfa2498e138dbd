package import NeedletailCore
import NeedletailText

/// Rows as JSON objects in column order: one array, or one object to a line.
///
/// Integers and doubles are numbers (NaN and infinities are texts), vectors are arrays in full,
/// `jsonb` is itself, everything else is its SQL text.
package struct JSONRenderer: ResultRenderer {
    package enum Style: Sendable { case array, lines }

    private let style: Style
    private var columns: [Column] = []
    private var keys: [[UInt8]] = []
    private var rowCount = 0

    package init(style: Style) { self.style = style }

    package mutating func begin(_ columns: [Column], to output: any TextOutput) {
        self.columns = columns
        let separator = style == .array ? ": " : ":"
        keys = columns.map { column in
            var bytes: [UInt8] = []
            JSONPrinter.append(column.name, into: &bytes)
            bytes.append(contentsOf: separator.utf8)
            return bytes
        }
    }

    package mutating func add(_ values: [Value], to output: any TextOutput) {
        var bytes: [UInt8] = []
        if style == .array { bytes.append(contentsOf: (rowCount == 0 ? "[\n  " : ",\n  ").utf8) }
        bytes.append(UInt8(ascii: "{"))
        for (index, value) in values.enumerated() where index < keys.count {
            if index > 0 { bytes.append(contentsOf: (style == .array ? ", " : ",").utf8) }
            bytes.append(contentsOf: keys[index])
            append(value, columns[index].type, to: &bytes)
        }
        bytes.append(UInt8(ascii: "}"))
        if style == .lines { bytes.append(UInt8(ascii: "\n")) }
        rowCount += 1
        output.write(String(decoding: bytes, as: UTF8.self))
    }

    package mutating func end(to output: any TextOutput) {
        if style == .array { output.write(rowCount == 0 ? "[]\n" : "\n]\n") }
    }

    package mutating func abandon(to output: any TextOutput) {
        if style == .array, rowCount > 0 { output.write("\n]\n") }
    }

    private func append(_ value: Value, _ type: ValueType, to bytes: inout [UInt8]) {
        switch value {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let flag): bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        case .int(let number): NumberText.append(number, into: &bytes)
        case .double(let number) where number.isFinite:
            if type == .real {
                NumberText.append(Float(number), into: &bytes)
            } else {
                NumberText.append(number, into: &bytes)
            }
        case .json(let json): JSONPrinter.append(json, style: .compact, into: &bytes)
        case .array(let elements):
            var inner = ValueType.unknown
            if case .array(let element) = type { inner = element }
            appendList(elements, to: &bytes) { append($0, inner, to: &$1) }
        case .vector(let components):
            appendList(components, to: &bytes) { NumberText.append($0, into: &$1) }
        case .halfvec(let half):
            appendList(HalfFloat.floats(half), to: &bytes) { NumberText.append($0, into: &$1) }
        default: JSONPrinter.append(ValueText.text(of: value, as: type), into: &bytes)
        }
    }

    private func appendList<Element>(
        _ elements: [Element], to bytes: inout [UInt8],
        _ body: (Element, inout [UInt8]) -> Void
    ) {
        bytes.append(UInt8(ascii: "["))
        for (index, element) in elements.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            body(element, &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
    }
}
