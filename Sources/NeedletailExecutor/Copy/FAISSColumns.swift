import NeedletailCore
import NeedletailPlanner

/// Which columns an index of FAISS has to do with: one vector and, for its ids, one integer.
struct FAISSColumns {
    let vector: Int
    let id: Int?

    /// Errors: 42804 where `columns` are others.
    ///
    /// - Parameter hint: how to name the right ones.
    init(_ columns: [Column], hint: String) throws(DatabaseError) {
        let vectors = columns.indices.filter { columns[$0].type.isFloatVector }
        let others = columns.indices.filter { !columns[$0].type.isFloatVector }
        guard vectors.count == 1, let vector = vectors.first, others.count <= 1,
            others.allSatisfy({ columns[$0].type.isInteger })
        else {
            let names = columns.map { "\"\($0.name)\"" }.joined(separator: ", ")
            throw DatabaseError(
                .datatypeMismatch,
                "an index of FAISS has one vector and, as its id, one integer a row; not \(names)",
                hint: hint)
        }
        self.vector = vector
        id = others.first
    }
}
