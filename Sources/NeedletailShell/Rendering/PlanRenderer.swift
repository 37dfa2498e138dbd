package import NeedletailCore
import NeedletailText

/// Plans of `EXPLAIN`: their lines as they are, never cut.
package struct PlanRenderer: ResultRenderer {
    package init() {}

    package mutating func begin(_ columns: [Column], to output: any TextOutput) {}

    package mutating func add(_ values: [Value], to output: any TextOutput) {
        let text = values.first.map { ValueText.text(of: $0) } ?? ""
        output.write(ControlSigns.visible(text, breaks: .kept) + "\n")
    }

    package mutating func end(to output: any TextOutput) {}
}
