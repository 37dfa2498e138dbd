/// One JSON object on one line, its members in the order in which they were added.
struct ReportLine: CustomStringConvertible {
    private var members: [String] = []

    var description: String { "{" + members.joined(separator: ", ") + "}" }

    mutating func add(_ name: String, _ value: Int?) {
        append(name, value.map { "\($0)" })
    }

    /// Rounded to so many digits after the point.
    mutating func add(_ name: String, _ value: Double?, digits: Int = 3) {
        append(name, value.map { "\(Measure.rounded($0, digits))" })
    }

    mutating func add(_ name: String, _ value: String?) {
        append(name, value.map(Self.quoted))
    }

    private mutating func append(_ name: String, _ json: String?) {
        members.append(Self.quoted(name) + ": " + (json ?? "null"))
    }

    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\" + String(scalar)
            case "\n": quoted += "\\n"
            case "\t": quoted += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
