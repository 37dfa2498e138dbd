package import NeedletailCore

/// Centroids that stand for many vectors, by squared Euclidean distance.
///
/// Lloyd, "Least squares quantization in PCM", 1982. The same rows, seed and trainer give the same
/// centroids, on one thread.
package struct KMeans: Sendable, Hashable {
    /// Who searches for the centroids.
    package enum Trainer: Sendable, Hashable, CaseIterable {
        /// FAISS, the default where this build has it.
        case faiss
        /// Our own plain iteration, for builds without FAISS.
        case lloyd

        package static var preferred: Trainer {
            #if FAISS
                .faiss
            #else
                .lloyd
            #endif
        }
    }

    package let dimension: Int
    /// ``count`` rows of ``dimension`` floats.
    package let centroids: [Float]

    package var count: Int { centroids.count / dimension }

    /// Takes centroids that are there already, such as those read from disk.
    package init(dimension: Int, centroids: [Float]) {
        precondition(
            dimension > 0 && centroids.count.isMultiple(of: dimension),
            "centroids are whole rows of at least one component")
        self.dimension = dimension
        self.centroids = centroids
    }

    /// Searches for `clusters` centroids of `rows`, which are row by row without padding.
    ///
    /// - Parameter iterations: how often rows are assigned and centroids moved.
    /// - Throws: 22023 where the dimension is not in 1...``Limits/dimensionMax``, or there are
    ///   fewer rows than clusters; 22000 where a component is not finite; XX000 where FAISS fails.
    package static func train(
        rows: [Float], dimension: Int, clusters: Int, iterations: Int = 10, seed: UInt64,
        trainer: Trainer = .preferred
    ) throws(DatabaseError) -> KMeans {
        let rowCount = try validate(rows: rows, dimension: dimension, clusters: clusters)
        let options = TrainingOptions(
            dimension: dimension, rowCount: rowCount, clusters: clusters,
            iterations: max(1, min(iterations, 1_000)), seed: seed)
        #if FAISS
            if trainer == .faiss, let centroids = try trainByFAISS(rows, options) {
                return KMeans(dimension: dimension, centroids: centroids)
            }
        #endif
        return trainByLloyd(rows, options)
    }

    /// What both trainers need to know.
    struct TrainingOptions {
        let dimension: Int
        let rowCount: Int
        let clusters: Int
        let iterations: Int
        let seed: UInt64
    }

    private static func validate(
        rows: [Float], dimension: Int, clusters: Int
    ) throws(DatabaseError) -> Int {
        guard (1...Limits.dimensionMax).contains(dimension), rows.count.isMultiple(of: dimension)
        else {
            throw DatabaseError(
                .invalidParameter, "\(rows.count) components are not whole rows of \(dimension)",
                hint: "Pass rows of 1 to \(Limits.dimensionMax) components.")
        }
        let rowCount = rows.count / dimension
        guard clusters >= 1, clusters <= rowCount else {
            throw DatabaseError(
                .invalidParameter, "\(rowCount) rows cannot form \(clusters) clusters",
                hint: "Ask for 1 to \(rowCount) clusters, or pass more rows.")
        }
        if let position = firstNonfinite(in: rows) {
            throw DatabaseError(
                .dataException, "row \(position / dimension) holds \(rows[position])",
                hint: "Pass finite components.")
        }
        return rowCount
    }
}
