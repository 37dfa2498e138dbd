import NeedletailCatalog
import NeedletailCore
import NeedletailIndex
import NeedletailPlanner

/// How wide a walk is to be: what the statement or the session says, or what the calibration of a
/// segment promises for the recall that is wanted, by how hard the query is.
struct SearchWidth {
    private enum Wish {
        case width(Int)
        case recall(Double)
    }

    private let wish: Wish
    private let k: Int
    /// Calibrations are measured for ten neighbours: for more, as much wider.
    private let factor: Int
    private static let most = 1 << 16

    /// - Parameter session: `hnsw.ef_search`, where it is set.
    init(_ options: SearchOptions, k: Int, session: Int?) {
        self.k = k
        factor = max(1, (k + Calibration.k - 1) / Calibration.k)
        if let ef = options.efSearch {
            wish = .width(ef)
        } else if options.recall == nil, let session {
            wish = .width(session)
        } else {
            wish = .recall(options.recall ?? SearchOptions.recallDefault)
        }
    }

    /// How many times wider a walk must be among the rows that pass a filter than among all, for
    /// the same recall: fewer ways lead from match to match.
    ///
    /// - Parameters:
    ///   - share: of the rows, those that pass.
    ///   - isOpposed: whether these are farther from the query than others.
    func factor(share: Double, isOpposed: Bool) -> Double {
        guard case .recall = wish else { return 1 }
        let factor =
            switch share {
            case 0.5...: 1.5
            case 0.15...: 1.75
            case 0.075...: 2.25
            case 0.03...: 3.0
            default: 4.0
            }
        return isOpposed ? 2.6 * factor : factor
    }

    /// For the first walk of `segment`; `nil` where only an exact search reaches the recall.
    func first(of segment: Segment) -> Int? {
        switch wish {
        case .width(let ef): max(k, ef)
        case .recall(let recall): scaled(segment.calibration.firstWidth(for: recall))
        }
    }

    /// What a walk needed that found the query this hard; `nil` as for ``first(of:)``.
    func needed(of segment: Segment, difficulty: Float) -> Int? {
        switch wish {
        case .width(let ef): max(k, ef)
        case .recall(let recall):
            scaled(segment.calibration.width(for: recall, difficulty: difficulty))
        }
    }

    private func scaled(_ width: Int?) -> Int? {
        width.map { min(max(k, $0.multipliedClamped(by: factor)), Self.most) }
    }
}
