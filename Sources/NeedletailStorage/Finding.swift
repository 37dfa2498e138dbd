/// Something that a check found wrong.
package struct Finding: Sendable, Hashable {
    package enum Severity: Sendable, Hashable {
        /// Data is lost, wrong or unreachable.
        case damage
        /// Space is lost and nothing else.
        case waste
    }

    package let severity: Severity
    /// One sentence that names the file, table, slot or block.
    package let message: String

    init(_ severity: Severity, _ message: String) {
        self.severity = severity
        self.message = message
    }
}
