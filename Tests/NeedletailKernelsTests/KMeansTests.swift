import NeedletailCore
import NeedletailKernels
import Testing

@Suite("k-means")
struct KMeansTests {
    /// Rows around well separated centres, and noise without any structure where `spread` is large.
    private func rows(
        count: Int, dimension: Int, centres: Int, spread: Float, seed: UInt64
    ) -> [Float] {
        var random = SplitMix64(seed: seed)
        let middles = (0..<centres * dimension).map { _ in
            Float.random(in: -10...10, using: &random)
        }
        return (0..<count).flatMap { row in
            (0..<dimension).map { axis in
                middles[row % centres * dimension + axis]
                    + Float.random(in: -spread...spread, using: &random)
            }
        }
    }

    struct Scanned: Hashable {
        let cluster: UInt32
        let distance: Double
    }

    /// The nearest centroid by scanning all of them with the kernel.
    private func scanned(_ means: KMeans, _ rows: [Float]) throws -> [Scanned] {
        let kernel = try Pairing(metric: .l2, element: .f32).kernel(means.dimension)
        return try stride(from: 0, to: rows.count, by: means.dimension).map { first in
            let query = try #require(kernel.prepare(Array(rows[first..<first + means.dimension])))
            var distances = [Double](repeating: 0, count: means.count)
            kernel.scan(
                query, base: means.centroids, stride: kernel.rowBytes, count: means.count,
                into: &distances)
            var top = TopK(k: 1)
            top.offer(distances, count: means.count, firstSlot: 0)
            let best = try #require(top.candidates().first)
            return Scanned(cluster: best.slot, distance: best.distance)
        }
    }

    private func means(
        of rows: [Float], _ assigned: [KMeans.Assignment], like means: KMeans
    ) -> [Float] {
        var sums = [Double](repeating: 0, count: means.centroids.count)
        var sizes = [Double](repeating: 0, count: means.count)
        for (row, assignment) in assigned.enumerated() {
            let cluster = Int(assignment.cluster)
            sizes[cluster] += 1
            for axis in 0..<means.dimension {
                sums[cluster * means.dimension + axis] += Double(rows[row * means.dimension + axis])
            }
        }
        return sums.indices.map { Float(sums[$0] / max(sizes[$0 / means.dimension], 1)) }
    }

    @Test(
        "assignment is what scanning all centroids gives, ties and duplicates included",
        arguments: [1, 2, 17, 96])
    func exactAssignment(dimension: Int) throws {
        let rows = rows(count: 700, dimension: dimension, centres: 5, spread: 9, seed: 1)
        var centroids = Array(rows[..<(40 * dimension)])
        // Every centroid twice, so that each row has a tie to decide.
        centroids += centroids
        let means = KMeans(dimension: dimension, centroids: centroids)
        let assigned = means.assign(rows).map {
            Scanned(cluster: $0.cluster, distance: $0.distance)
        }
        #expect(try assigned == scanned(means, rows))
    }

    @Test("assignment survives floats whose products overflow")
    func hugeRows() throws {
        let rows: [Float] = [1e25, 2e25, -1e25, 3e25, 1e-30, 0, 2e38, -2e38]
        let means = KMeans(dimension: 2, centroids: [1e25, 1e25, -3e25, 0, 0, 0, 3e38, -3e38])
        let assigned = means.assign(rows).map {
            Scanned(cluster: $0.cluster, distance: $0.distance)
        }
        #expect(try assigned == scanned(means, rows))
    }

    @Test(
        "centroids are the means of the rows nearest to them, and far better than chance",
        arguments: KMeans.Trainer.allCases)
    func fixedPoint(trainer: KMeans.Trainer) throws {
        let dimension = 24
        let rows = rows(count: 2_000, dimension: dimension, centres: 8, spread: 0.5, seed: 3)
        let trained = try KMeans.train(
            rows: rows, dimension: dimension, clusters: 8, iterations: 60, seed: 5,
            trainer: trainer)
        #expect(trained.count == 8)
        let assigned = trained.assign(rows)
        let settled = means(of: rows, assigned, like: trained)
        for (found, expected) in zip(trained.centroids, settled) {
            #expect(abs(found - expected) <= 1e-3, "\(found) is not the mean \(expected)")
        }
        let again = KMeans(dimension: dimension, centroids: settled).assign(rows)
        #expect(again.map(\.cluster) == assigned.map(\.cluster))

        let noise = KMeans(
            dimension: dimension,
            centroids: self.rows(count: 8, dimension: dimension, centres: 1, spread: 10, seed: 9))
        #expect(KMeans.objective(assigned) < KMeans.objective(noise.assign(rows)) / 2)
    }

    @Test(
        "the same seed gives the same bits, another seed others",
        arguments: KMeans.Trainer.allCases)
    func deterministic(trainer: KMeans.Trainer) throws {
        let rows = rows(count: 3_000, dimension: 16, centres: 3, spread: 8, seed: 7)
        func train(_ seed: UInt64) throws -> KMeans {
            try KMeans.train(
                rows: rows, dimension: 16, clusters: 50, iterations: 5, seed: seed, trainer: trainer
            )
        }
        #expect(try train(1) == train(1))
        #expect(try train(1) != train(2))
    }

    @Test("FAISS and plain iteration end about equally well")
    func trainersAgree() throws {
        let rows = rows(count: 3_000, dimension: 16, centres: 30, spread: 3, seed: 11)
        let objectives = try KMeans.Trainer.allCases.map { trainer in
            let means = try KMeans.train(
                rows: rows, dimension: 16, clusters: 60, iterations: 25, seed: 13,
                trainer: trainer)
            return KMeans.objective(means.assign(rows))
        }
        let best = objectives.min() ?? 0
        #expect(objectives.allSatisfy { $0 <= best * 1.5 }, "\(objectives)")
    }

    @Test(
        "as many clusters as rows, all rows equal, and one cluster all work",
        arguments: KMeans.Trainer.allCases)
    func edges(trainer: KMeans.Trainer) throws {
        let distinct = (0..<20).map { Float($0 * $0) }
        let each = try KMeans.train(
            rows: distinct, dimension: 1, clusters: 20, seed: 1, trainer: trainer)
        #expect(each.centroids.sorted() == distinct)
        let equal = try KMeans.train(
            rows: [Float](repeating: 2, count: 90), dimension: 3, clusters: 4, seed: 1,
            trainer: trainer)
        #expect(equal.assign([2, 2, 2]).first?.distance ?? 1 < 1e-2)
        let one = try KMeans.train(
            rows: [1, 2, 3, 6], dimension: 1, clusters: 1, seed: 1, trainer: trainer)
        #expect(one.centroids == [3])
    }

    @Test(
        "what cannot be clustered is refused with its reason",
        arguments: KMeans.Trainer.allCases)
    func refusals(trainer: KMeans.Trainer) {
        func code(_ rows: [Float], _ dimension: Int, _ clusters: Int) -> DatabaseError.Code? {
            do throws(DatabaseError) {
                _ = try KMeans.train(
                    rows: rows, dimension: dimension, clusters: clusters, seed: 1,
                    trainer: trainer)
            } catch { return error.code }
            return nil
        }
        #expect(code([1, 2, 3], 2, 1) == .invalidParameter)
        #expect(code([1, 2], 0, 1) == .invalidParameter)
        #expect(code([1, 2], 1, 3) == .invalidParameter)
        #expect(code([1, 2], 1, 0) == .invalidParameter)
        #expect(code([], 1, 1) == .invalidParameter)
        #expect(code([1, .nan], 1, 1) == .dataException)
    }
}
