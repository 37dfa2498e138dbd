import NeedletailIndex

/// Which lists rows go into.
enum ListAssignment {
    /// Of each row the numbers of its lists, the nearest first: as many as `count`, or all.
    static func lists(
        of components: [Float], _ centroids: ListCentroids, _ count: Int
    ) -> [[UInt32]] {
        let rowCount = components.count / centroids.layout.dimension
        guard rowCount > 0 else { return [] }
        return components.withUnsafeBufferPointer { all in
            // SAFETY: there are whole rows, which stay where they are until this returns.
            guard let base = all.baseAddress else { return [] }
            let first = centroids.assign(base, rowCount: rowCount)
            guard count > 1, centroids.count > 1 else {
                return first.map { [centroids.ids[Int($0)]] }
            }
            let second = centroids.assignSecond(base, first: first)
            return zip(first, second).map { first, second in
                let places = first == second ? [first] : [first, second]
                return places.map { centroids.ids[Int($0)] }
            }
        }
    }
}
