import NeedletailBitmap
import NeedletailCore

/// What a check finds wrong with a vector index, in sentences that name the place and the remedy.
struct IndexFindings {
    private let index: String
    /// What is looked at, with a comma before it; nothing where that is the index.
    var place = ""
    private(set) var sentences: [String] = []
    /// Sentences about one index.
    private static let sentencesMax = 40

    init(_ index: IndexDefinition) { self.index = index.name }

    mutating func note(_ problem: String) {
        guard sentences.count < Self.sentencesMax else { return }
        sentences.append(
            "index \"\(index)\"\(place): \(problem) (XX002; REINDEX INDEX \(index) "
                + "rebuilds it, and no row is lost)")
    }

    /// One sentence about `slots`, unless there are none.
    mutating func note(_ slots: SlotBitmap, _ problem: String) {
        guard let first = slots.first(atLeast: 0) else { return }
        note("\(slots.count) rows \(problem), the first at slot \(first)")
    }

    /// Notes what an error of damage says, and throws any other.
    mutating func note(_ error: DatabaseError) throws(DatabaseError) {
        guard error.code == .dataCorrupted else { throw error }
        note(error.message)
    }
}
