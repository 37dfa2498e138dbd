/// A binary heap of distances, the largest first.
package struct DistanceHeap: Sendable {
    private var distances: [Double] = []

    package init() {}

    package var count: Int { distances.count }

    package mutating func reserve(_ count: Int) { distances.reserveCapacity(count) }

    /// There is at least one.
    package var largest: Double { distances[0] }

    package mutating func push(_ distance: Double) {
        var hole = distances.count
        distances.append(distance)
        while hole > 0 {
            let parent = (hole - 1) / 2
            guard distances[parent] < distance else { break }
            distances[hole] = distances[parent]
            hole = parent
        }
        distances[hole] = distance
    }

    /// There is at least one.
    package mutating func replaceLargest(with distance: Double) {
        var hole = 0
        while true {
            var child = 2 * hole + 1
            guard child < distances.count else { break }
            if child + 1 < distances.count, distances[child + 1] > distances[child] { child += 1 }
            guard distances[child] > distance else { break }
            distances[hole] = distances[child]
            hole = child
        }
        distances[hole] = distance
    }
}
