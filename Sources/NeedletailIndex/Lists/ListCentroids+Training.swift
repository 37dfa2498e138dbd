package import NeedletailCore
import NeedletailKernels

extension ListCentroids {
    /// How many lists suit so many rows.
    package static func lists(forRows rows: Int) -> Int {
        max(1, min(Int(4 * Double(max(0, rows)).squareRoot()), max(1, rows / 8)))
    }

    /// How many rows training should look at.
    package static func sampleRows(lists: Int) -> Int { max(256, lists * 64) }

    /// More lists than this are found in two steps.
    private static let flatMax = 256
    /// How often centroids found in two steps are moved to the means of what is nearest to them:
    /// after so many they are as good as those found in one step.
    private static let refinements = 8

    /// Finds centroids for `lists` lists.
    ///
    /// Many lists are found in two steps: rows are parted among the root of the number, each part
    /// is clustered by itself, and all centroids are moved to the means of their rows a few times.
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
        let training = ListTraining(layout, rows: rows, seed: seed, threads: threads)
        let origin = layout.metric == .l2 ? training.mean(of: 0..<count) : []
        var means: [Float]
        if lists <= flatMax || count < 2 * lists {
            means = try training.flat(rows, lists: lists)
        } else {
            means = try training.parted(lists: lists)
            for step in 0..<refinements {
                guard progress(Double(step + 1) / Double(refinements + 1)) else { return nil }
                means = training.moved(means)
            }
        }
        guard progress(1) else { return nil }
        return ListCentroids(
            layout, ids: (0..<UInt32(lists)).map { $0 }, centroids: means, origin: origin)
    }
}

/// The rows of one training.
private struct ListTraining {
    let layout: ListLayout
    let rows: [Float]
    let seed: UInt64
    let threads: Int

    init(_ layout: ListLayout, rows: [Float], seed: UInt64, threads: Int) {
        // Rows are compared as they are, by L2, whatever the index compares by.
        self.layout = ListLayout(metric: .l2, dimension: layout.dimension, fine: nil)
        self.rows = rows
        self.seed = seed
        self.threads = threads
    }

    private var dimension: Int { layout.dimension }
    private var count: Int { rows.count / dimension }

    private func row(_ number: Int) -> ArraySlice<Float> {
        rows[number * dimension..<(number + 1) * dimension]
    }

    func mean(of numbers: some Collection<Int>) -> [Float] {
        var sums = [Double](repeating: 0, count: dimension)
        rows.withUnsafeBufferPointer { rows in
            for number in numbers {
                for axis in 0..<dimension { sums[axis] += Double(rows[number * dimension + axis]) }
            }
        }
        let count = Double(max(1, numbers.count))
        return sums.map { Float($0 / count) }
    }

    func flat(_ rows: [Float], lists: Int) throws(DatabaseError) -> [Float] {
        try KMeans.train(rows: rows, dimension: dimension, clusters: lists, seed: seed).centroids
    }

    /// Centroids of parts of the rows, each by itself.
    func parted(lists: Int) throws(DatabaseError) -> [Float] {
        let parts = Int(Double(lists).squareRoot().rounded(.up))
        let stride = max(1, count / (parts * 256))
        let some = Swift.stride(from: 0, to: count, by: stride).flatMap { row($0) }
        let members = grouped(by: try flat(some, lists: parts))
        let sizes = shares(of: lists, members.map(\.count))
        let found = ScanPool.shared.map(parts: members.count, threads: threads) { part in
            Result<[Float], DatabaseError> { () throws(DatabaseError) in
                guard sizes[part] > 0 else { return [] }
                return try flat(members[part].flatMap { row($0) }, lists: sizes[part])
            }
        }
        var means: [Float] = []
        for result in found { means += try result.get() }
        return means
    }

    /// The numbers of the rows that are nearest to each centroid, ascending.
    private func grouped(by means: [Float]) -> [[Int]] {
        let size = means.count / dimension
        var members = [[Int]](repeating: [], count: size)
        guard
            let centroids = ListCentroids(
                layout, ids: (0..<UInt32(size)).map { $0 }, centroids: means)
        else { return members }
        let places = centroids.assign(rows, rowCount: count, threads: threads)
        for (number, place) in places.enumerated() { members[Int(place)].append(number) }
        return members
    }

    /// Numbers that add up to `total`, nearly in proportion to `sizes` and none larger.
    private func shares(of total: Int, _ sizes: [Int]) -> [Int] {
        let all = max(1, sizes.reduce(0, +))
        var shares = sizes.map { min($0, max(min(1, $0), $0 * total / all)) }
        var given = shares.reduce(0, +)
        // What is over or missing goes from or to those with most or fewest rows to a centroid.
        while given != total {
            let isOver = given > total
            let candidates = sizes.indices.filter {
                isOver ? shares[$0] > 1 : shares[$0] < sizes[$0]
            }
            let rowsEach = { (part: Int) in
                Double(sizes[part]) / Double(max(1, shares[part]))
            }
            let chosen =
                isOver
                ? candidates.min { rowsEach($0) < rowsEach($1) }
                : candidates.max { rowsEach($0) < rowsEach($1) }
            guard let chosen else { break }
            shares[chosen] += isOver ? -1 : 1
            given += isOver ? -1 : 1
        }
        return shares
    }

    /// Each centroid at the mean of the rows that are nearest to it. One without rows goes to where
    /// they are many.
    func moved(_ means: [Float]) -> [Float] {
        var members = grouped(by: means)
        var bySize = members.indices.sorted {
            (members[$1].count, $0) < (members[$0].count, $1)
        }[...]
        for place in members.indices where members[place].isEmpty {
            guard let largest = bySize.popFirst(), members[largest].count > 1 else { break }
            let half = members[largest].count / 2
            members[place] = Array(members[largest][half...])
            members[largest].removeLast(members[largest].count - half)
        }
        let final = members
        return ScanPool.shared.map(parts: final.count, threads: threads) { place in
            final[place].isEmpty
                ? Array(means[place * dimension..<(place + 1) * dimension])
                : mean(of: final[place])
        }.flatMap(\.self)
    }
}
