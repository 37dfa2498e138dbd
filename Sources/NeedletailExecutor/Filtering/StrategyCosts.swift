import NeedletailIndex

/// What ways through one segment cost, in nanoseconds on this machine.
struct StrategyCosts {
    /// To compare the query with a record, one of many that are asked for at once.
    let perCode: Double
    /// To compare it with a stored vector, and to look that up.
    let perVector: Double
    /// To read the links of a node and to look its neighbours up in the mask.
    private static let perList = 70.0
    /// Of the links of nodes that do not pass, those that a walk has to follow where the ways from
    /// match to match are kept: others under the same filter have been there.
    private static let unknownShare = 0.125
    /// On top of comparing it, to come to a node by its links and to put it among the candidates.
    private static let perVisit = 50.0
    /// On top of comparing them, to tell the matches that may be among the nearest.
    private static let perMatch = 4.0
    /// To read a row and test a condition.
    private static let perRow = 700.0
    private static let bytesPerNanosecond = 12.0
    /// Nodes that a walk compares before it is where the query is.
    private static let descentNodes = 120.0
    /// Of the links of a node, those that lead to nodes not seen before: where all are followed,
    /// and of those two steps away.
    private static let freshShare = 0.55
    private static let freshShareBeyond = 0.28
    /// A walk may have missed some of the nearest, and may have to be made again, wider; comparing
    /// all matches has neither.
    private static let preference = 1.5

    /// All matches compared by their codes, and those near enough by their vectors.
    func matches(_ matches: Int, nodes: Int, k: Int) -> Double {
        Double(matches) * (perCode + Self.perMatch) + Double(nodes) / 64
            + Double(min(matches, 2 * k + 32)) * perVector
    }

    /// A walk of width `ef` where `share` of the nodes pass.
    ///
    /// - Parameter keepsLinks: whether the ways from match to match are kept.
    func walk(ef: Int, share: Double, degree: Int, k: Int, keepsLinks: Bool = false) -> Double {
        let share = max(share, 1e-9)
        let degree = Double(degree)
        let expansions: Double
        let codes: Double
        let lists: Double
        if share >= 0.5 {
            expansions = Double(ef) / share
            codes = degree * Self.freshShare
            lists = 1
        } else if keepsLinks {
            expansions = Double(ef)
            let known = max(Double(MatchLinks.degreeWanted), degree * degree * share)
            codes = min(Double(MatchLinks.degree), known) * Self.freshShare
            lists = 1 + Self.unknownShare * min(2 * degree, 1 / share)
        } else {
            expansions = Double(ef)
            codes = min(max(degree, 32), degree * degree * share * Self.freshShareBeyond)
            lists = 1 + min(degree, 1 / share)
        }
        return expansions * (codes * (perCode + Self.perVisit) + lists * Self.perList)
            + Self.descentNodes * (perCode + Self.perVisit)
            + Double(min(ef, 2 * k)) * perVector
    }

    /// A walk among all rows, so wide that a share of its candidates suffices, each of which is
    /// tested by its row.
    func post(ef: Int, share: Double, degree: Int, k: Int) -> Double {
        let wider = Double(ef) / max(share, 1e-3)
        return walk(ef: Int(wider), share: 1, degree: degree, k: k) + wider * Self.perRow
    }

    /// All vectors, one after the other.
    static func scan(_ rows: Int, bytes: Int) -> Double {
        Double(rows) * Double(bytes) / bytesPerNanosecond
    }

    /// As many vectors, which lie anywhere.
    static func vectors(_ rows: Int, bytes: Int) -> Double {
        Double(rows) * (60 + Double(bytes) / bytesPerNanosecond)
    }

    /// To find out which of as many rows pass, where only they themselves can tell.
    static func reading(rows: Double) -> Double { rows * perRow }

    /// Whether a walk is worth its risk.
    func prefersWalk(_ walk: Double, over matches: Double) -> Bool {
        walk * Self.preference < matches
    }
}
