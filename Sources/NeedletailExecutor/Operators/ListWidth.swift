import NeedletailCatalog
import NeedletailCore
import NeedletailPlanner

/// How many lists a search probes: what the statement or the session says, or what the calibration
/// of the index promises for the recall that is wanted.
struct ListWidth {
    private enum Wish {
        case probes(Int)
        case recall(Double)
    }

    private let wish: Wish
    private let k: Int

    /// - Parameter session: `ivf.probes`, where it is set.
    init(_ options: SearchOptions, k: Int, session: Int?) {
        self.k = k
        if let probes = options.probes {
            wish = .probes(probes)
        } else if options.recall == nil, let session {
            wish = .probes(session)
        } else {
            wish = .recall(options.recall ?? SearchOptions.recallDefault)
        }
    }

    /// At least one and at most all; `nil` where only an exact search reaches the recall.
    ///
    /// - Parameter share: of the rows, those that may be in the answer: the nearest of few lie in
    ///   as many more lists.
    func probes(_ lists: ListDirectory, share: Double = 1) -> Int? {
        switch wish {
        case .probes(let probes): return min(probes, lists.listCount)
        case .recall(let recall):
            guard
                let probes = lists.header.calibration.probes(
                    for: recall, listCount: lists.listCount)
            else { return nil }
            // Measured for ten neighbours: more of them lie in more lists.
            let factor = max(1, (Double(k) / Double(ListCalibration.k)).squareRoot())
            let wanted = Double(probes) * factor / min(1, max(share, 1e-6))
            return min(lists.listCount, Int(min(wanted, 1e9).rounded(.up)))
        }
    }
}
