import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailPlanner

/// How wide a walk is to be: what the statement or the session says, or what the calibration of the
/// index promises for the recall that is wanted.
enum SearchWidth {
    /// Candidates to keep; `nil` where only an exact search reaches the recall.
    static func candidates(
        _ options: SearchOptions, _ state: VectorIndexState, k: Int, session: Int?
    ) -> Int? {
        if let ef = options.efSearch { return max(k, ef) }
        if options.recall == nil, let session { return max(k, session) }
        let wanted = options.recall ?? SearchOptions.recallDefault
        var widest = 1
        for segment in state.segments {
            guard let ef = segment.calibration.width(for: wanted) else { return nil }
            widest = max(widest, ef)
        }
        // Measured for ten neighbours: for more, as much wider.
        let factor = max(1, (k + Calibration.k - 1) / Calibration.k)
        return min(max(k, widest.multipliedClamped(by: factor)), 1 << 16)
    }
}
