import CNeedletailKernels
import NeedletailKernels

extension ListQuery {
    /// Centroids that are compared by their second codes beyond half again as many as are wanted.
    private static let moreCentroids = 64

    /// The lists whose centroids are nearest: by coarse codes of centroids, and then by second
    /// ones.
    ///
    /// - Parameter vector: as seen from the index's origin; the table is made of it.
    func findProbes(_ centroids: ListCentroids, count: Int, vector: UnsafePointer<Float>) {
        let (codes, dimension) = (centroids.codes, centroids.layout.dimension)
        let layout = codes.list.layout
        let wanted = min(max(1, count), centroids.count)
        var (square, toCenter) = (0.0, 0.0)
        for axis in 0..<dimension {
            let component = Double(vector[axis])
            let origin = centroids.origin.isEmpty ? 0 : Double(centroids.origin[axis])
            let away = component + origin - Double(codes.center[axis])
            square += component * component
            toCenter += away * away
        }
        let few = nearCentroids
        few.reset(wanted: min(wanted + wanted / 2 + Self.moreCentroids, centroids.count))
        var list = nt_list_view(
            distance: Float(toCenter), weight: 1, radius: 0, noise: 0, limit: .infinity)
        codes.list.coarse.withUnsafeBufferPointer { coarse in
            // SAFETY: the list has whole blocks; a turn has room for its entries.
            guard let base = coarse.baseAddress else { return }
            for first in stride(from: 0, to: codes.list.count, by: Self.turn) {
                list.limit = few.limit
                let near = scanBlocks(
                    &list, base + first / ListLayout.blockEntries * layout.blockBytes,
                    min(Self.turn, codes.list.count - first))
                for at in 0..<near where lows[at] < few.limit {
                    few.add(lows[at], places[at] + UInt32(first))
                }
            }
        }
        rank(few.nearest(), codes.list, vector, wanted)
        var found = probes
        probes = []
        found.removeAll(keepingCapacity: true)
        for bits in ranked.sorted() {
            let near = Candidate(bits: bits)
            found.append(
                centroids.probe(
                    near.node, distance: near.distance + Float(toCenter), square: Float(square)))
        }
        probes = found
    }

    /// Orders centroids by their second codes.
    private func rank(
        _ found: UnsafeMutableBufferPointer<UInt64>, _ list: ListBuffer,
        _ vector: UnsafePointer<Float>, _ wanted: Int
    ) {
        centroidQuery.prepare(vector)
        ranked.reset(wanted: wanted)
        list.fine.withUnsafeBufferPointer { fine in
            // SAFETY: every place is that of an entry, which has a record.
            guard let base = fine.baseAddress else { return }
            for first in stride(from: 0, to: found.count, by: Self.turn) {
                let size = min(Self.turn, found.count - first)
                for at in 0..<size {
                    places[at] = UInt32(Candidate(bits: found[first + at]).node)
                }
                walkScore(
                    centroidQuery.raw, base: base, nodes: places, count: size, into: distances)
                for at in 0..<size { ranked.add(distances[at], places[at]) }
            }
        }
    }
}
