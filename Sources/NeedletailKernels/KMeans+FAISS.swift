#if FAISS
    import CFaiss
    import NeedletailCore

    extension KMeans {
        /// Centroids by FAISS, or `nil` where the build found no FAISS.
        static func trainByFAISS(
            _ rows: [Float], _ options: TrainingOptions
        ) throws(DatabaseError) -> [Float]? {
            // FAISS calls the same OpenBLAS, whose threads would wait for each other here.
            BLAS.useOneThread()
            var request = nt_faiss_kmeans(
                dimension: options.dimension, row_count: options.rowCount,
                cluster_count: options.clusters, iterations: Int32(options.iterations),
                seed: Int32(truncatingIfNeeded: options.seed ^ (options.seed >> 32)) & .max)
            var centroids = [Float](repeating: 0, count: options.clusters * options.dimension)
            var objective = 0.0
            var reason = [CChar](repeating: 0, count: 512)
            let status = nt_faiss_kmeans_train(
                &request, rows, &centroids, &objective, &reason, reason.count)
            switch status {
            case NT_FAISS_OK:
                return centroids
            case NT_FAISS_UNAVAILABLE:
                return nil
            default:
                let text = String(
                    decoding: reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self
                )
                throw DatabaseError(
                    .internalError, "FAISS could not cluster \(options.rowCount) rows: \(text)",
                    hint: "Report this with the shape of the data; a build without FAISS avoids it."
                )
            }
        }
    }
#endif
