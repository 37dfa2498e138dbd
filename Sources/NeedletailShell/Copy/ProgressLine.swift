package import NeedletailCore

/// One line that says how far a long statement has come.
package struct ProgressLine: Sendable {
    private static let barColumns = 10

    package let label: String

    package init(label: String) { self.label = label }

    /// `COPY packages  ██████░░░░  62 %  39,412 rows  24,310 rows/s  ETA 0:01`, cut to `columns`.
    ///
    /// - Parameter seconds: since the statement started.
    package func text(_ progress: StatementProgress, seconds: Double, columns: Int) -> String {
        var parts = [label]
        let share = fraction(progress)
        if let share {
            let filled = Int((share * Double(Self.barColumns)).rounded(.down))
            let bar =
                String(repeating: "█", count: filled)
                + String(repeating: "░", count: Self.barColumns - filled)
            parts.append(bar)
            parts.append("\(Int((share * 100).rounded(.down))) %")
        }
        parts.append("\(DecimalText.grouped(progress.rowsDone)) rows")
        if seconds > 0 {
            let rate = Double(progress.rowsDone) / seconds
            if rate < 1e15 { parts.append("\(DecimalText.grouped(Int(rate))) rows/s") }
        }
        if let share, share > 0, share < 1, seconds > 0 {
            let left = seconds * (1 - share) / share
            if left < 360_000 {
                parts.append("ETA \(DecimalText.clock(seconds: Int(left.rounded(.up))))")
            }
        }
        return String(DisplayWidth.prefix(of: parts.joined(separator: "  "), columns: columns))
    }

    private func fraction(_ progress: StatementProgress) -> Double? {
        if let fraction = progress.fraction, fraction.isFinite { return min(max(fraction, 0), 1) }
        guard let total = progress.rowsTotal, total > 0 else { return nil }
        return min(max(Double(progress.rowsDone) / Double(total), 0), 1)
    }
}
