package import NeedletailCore
import NeedletailKernels

extension ListCentroids {
    /// How many lists suit so many rows.
    package static func lists(forRows rows: Int) -> Int {
        max(1, min(Int(4 * Double(max(0, rows)).squareRoot()), max(1, rows / 8)))
    }

    /// How many rows training should look at.
    package static func sampleRows(lists: Int) -> Int { lists * 64 }

    /// Finds centroids for `lists` lists.
    ///
    /// The same sample, seed and number of lists give the same centroids, whatever the threads.
    ///
    /// - Parameters:
    ///   - sample: whole rows of finite components, at least one; by cosine of any length.
    ///   - lists: at most as many as there are rows in the sample.
    ///   - progress: called now and then with the share that is done; returns whether to go on.
    /// - Returns: `nil` where it was stopped. The lists have the numbers 0..<`lists`.
    /// - Throws: 22023 where there are fewer rows than lists; 22000 where a component is not
    ///   finite; XX000 where FAISS fails.
    package static func train(
        _ layout: ListLayout, sample: [Float], lists: Int, seed: UInt64, threads: Int = .max,
        progress: (Double) -> Bool = { _ in true }
    ) throws(DatabaseError) -> ListCentroids? {
        var rows = sample
        let count = rows.count / layout.dimension
        rows.withUnsafeMutableBufferPointer { rows in
            // SAFETY: there are `count` whole rows.
            guard let base = rows.baseAddress else { return }
            for row in 0..<count { normalize(base + row * layout.dimension, layout) }
        }
        guard progress(0) else { return nil }
        let means = try KMeans.train(
            rows: rows, dimension: layout.dimension, clusters: lists, seed: seed)
        guard progress(1) else { return nil }
        let origin = layout.metric == .l2 ? Self.mean(of: rows, layout.dimension) : []
        return ListCentroids(
            layout, ids: (0..<UInt32(lists)).map { $0 }, centroids: means.centroids,
            origin: origin)
    }

    private static func mean(of rows: [Float], _ dimension: Int) -> [Float] {
        var sums = [Double](repeating: 0, count: dimension)
        var place = 0
        for component in rows {
            sums[place] += Double(component)
            place = place + 1 == dimension ? 0 : place + 1
        }
        let count = Double(max(1, rows.count / dimension))
        return sums.map { Float($0 / count) }
    }
}
