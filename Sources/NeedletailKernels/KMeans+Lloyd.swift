import NeedletailCore

extension KMeans {
    /// Centroids by plain iteration from distinct rows drawn by the seed.
    ///
    /// A cluster that loses its last row starts again at the row that is furthest from its
    /// centroid.
    static func trainByLloyd(_ rows: [Float], _ options: TrainingOptions) -> KMeans {
        var means = KMeans(
            dimension: options.dimension, centroids: drawnRows(rows, options))
        for _ in 0..<options.iterations {
            let assigned = means.assign(rows)
            let moved = means.moved(to: rows, assigned)
            if moved == means { break }
            means = moved
        }
        return means
    }

    /// As many distinct positions as there are clusters: the first steps of a shuffle.
    private static func drawnRows(_ rows: [Float], _ options: TrainingOptions) -> [Float] {
        var random = SplitMix64(seed: options.seed)
        var order = Array(0..<options.rowCount)
        var drawn: [Float] = []
        drawn.reserveCapacity(options.clusters * options.dimension)
        for cluster in 0..<options.clusters {
            order.swapAt(cluster, Int.random(in: cluster..<options.rowCount, using: &random))
            let first = order[cluster] * options.dimension
            drawn.append(contentsOf: rows[first..<first + options.dimension])
        }
        return drawn
    }

    /// Each centroid at the mean of the rows that were assigned to it.
    private func moved(to rows: [Float], _ assigned: [Assignment]) -> KMeans {
        var sums = [Double](repeating: 0, count: centroids.count)
        var sizes = [Int](repeating: 0, count: count)
        for (row, assignment) in assigned.enumerated() {
            let cluster = Int(assignment.cluster)
            sizes[cluster] += 1
            for axis in 0..<dimension {
                sums[cluster * dimension + axis] += Double(rows[row * dimension + axis])
            }
        }
        var furthest: ArraySlice<Int> = []
        if sizes.contains(0) {
            furthest =
                assigned.indices.sorted {
                    (assigned[$1].distance, $0) < (assigned[$0].distance, $1)
                }[...]
        }
        var means = centroids
        for cluster in 0..<count {
            let lost = sizes[cluster] == 0 ? furthest.popFirst() : nil
            for axis in 0..<dimension {
                let position = cluster * dimension + axis
                if let lost {
                    means[position] = rows[lost * dimension + axis]
                } else if sizes[cluster] > 0 {
                    means[position] = Float(sums[position] / Double(sizes[cluster]))
                }
            }
        }
        return KMeans(dimension: dimension, centroids: means)
    }
}
