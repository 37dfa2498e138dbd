import NeedletailCatalog
import NeedletailCore
import NeedletailKernels

/// The rows within a distance.
///
/// A search by rank answers it: for the nearest few at first, and for four times as many as long as
/// the last of them is within the distance. So it finds as much of what is there as any search of
/// the same contract. Where so many rows are near that asking for them costs more than comparing
/// all, all are compared.
extension ExactSearchRun {
    private static let rowsAtFirst = 32
    private static let growth = 4

    /// The distance that rows are wanted within, infinite where they are wanted at any; `nil` where
    /// no row can be within it.
    func radius() throws(DatabaseError) -> Double? {
        guard let radius = search.radius else { return .infinity }
        guard case .double(let distance) = try radius(run, []), !distance.isNaN else { return nil }
        return distance
    }

    /// The nearest rows, all that are found within `radius` among them; `nil` where all are to be
    /// compared.
    func within(
        _ radius: Double, _ question: Question, _ state: VectorIndexState?
    ) throws(DatabaseError) -> TopK? {
        guard let state, state.proposes else { return try narrowed(question) }
        let before = (isExact: run.counters.isExact, search: run.counters.search)
        var question = question
        question.k = Self.rowsAtFirst
        while question.k <= state.rowCount / 8 {
            guard let found = try nearest(question, state, narrows: false) else { break }
            if !found.isFull || found.threshold > radius || run.counters.truncated != nil {
                return found
            }
            (run.counters.isExact, run.counters.search) = before
            question.k *= Self.growth
        }
        return nil
    }
}
