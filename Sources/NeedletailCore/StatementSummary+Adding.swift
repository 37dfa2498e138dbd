extension StatementSummary {
    /// The summary of both runs of one statement: counts summed, the tag carrying the new count.
    package func adding(_ next: StatementSummary) -> StatementSummary {
        var sum = next
        sum.rowCount = rowCount &+ next.rowCount
        sum.visited = visited &+ next.visited
        sum.distances = distances &+ next.distances
        sum.elapsedNanoseconds = elapsedNanoseconds &+ next.elapsedNanoseconds
        sum.isExact = isExact && next.isExact
        sum.truncated = truncated ?? next.truncated
        sum.notices = notices + next.notices
        var words = next.tag.split(separator: " ").map(String.init)
        if let last = words.last, Int(last) != nil {
            words[words.count - 1] = String(sum.rowCount)
            sum.tag = words.joined(separator: " ")
        }
        return sum
    }
}
