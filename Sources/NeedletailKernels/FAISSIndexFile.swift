package import NeedletailCore

#if FAISS
    import CFaiss
#endif

/// Writes index files of FAISS.
package enum FAISSIndexFile {
    /// Makes an index of `rows` and hands its file to `sink`, piece by piece.
    ///
    /// - Parameters:
    ///   - kind: as FAISS's `index_factory` takes it.
    ///   - rows: row by row without padding, all finite.
    ///   - ids: of the rows; their places without.
    /// - Throws: 0A000 where this build has no FAISS; 22023 where FAISS refuses, as it does more
    ///   lists than rows; what `sink` throws.
    package static func write(
        kind: String, metric: Metric, dimension: Int, rows: [Float], ids: [Int64]?,
        to sink: ([UInt8]) throws(DatabaseError) -> Void
    ) throws(DatabaseError) {
        precondition(
            dimension > 0 && rows.count.isMultiple(of: dimension)
                && ids.map { $0.count == rows.count / dimension } ?? true,
            "rows are whole, and each has an id")
        #if FAISS
            try withoutActuallyEscaping(sink) { sink throws(DatabaseError) in
                let pieces = Pieces(sink)
                let status = run(kind, metric, dimension, rows, ids, pieces)
                if let failure = pieces.failure { throw failure }
                guard status.code != NT_FAISS_OK else { return }
                guard status.code == NT_FAISS_FAILED else { throw unavailable }
                throw DatabaseError(
                    .invalidParameter, "FAISS could not make \(kind): \(status.reason)",
                    hint: "Ask for fewer lists than rows, or for 'Flat'.")
            }
        #else
            throw unavailable
        #endif
    }

    private static let unavailable = DatabaseError(
        .notSupported, "this build has no FAISS to write indexes with",
        hint: "Install libfaiss-dev and build again, or write .jsonl.")
}

#if FAISS
    extension FAISSIndexFile {
        /// Where C hands bytes to.
        private final class Pieces {
            private let sink: ([UInt8]) throws(DatabaseError) -> Void
            private(set) var failure: DatabaseError?

            init(_ sink: @escaping ([UInt8]) throws(DatabaseError) -> Void) { self.sink = sink }

            func take(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
                do throws(DatabaseError) {
                    try sink(Array(bytes))
                    return true
                } catch {
                    failure = error
                    return false
                }
            }
        }

        private static func run(
            _ kind: String, _ metric: Metric, _ dimension: Int, _ rows: [Float], _ ids: [Int64]?,
            _ pieces: Pieces
        ) -> (code: nt_faiss_status, reason: String) {
            BLAS.useOneThread()
            var reason = [CChar](repeating: 0, count: 512)
            let code = kind.withCString { kind in
                var file = nt_faiss_index_file(
                    kind: kind, dimension: dimension, row_count: rows.count / dimension,
                    by_inner_product: metric == .innerProduct)
                // SAFETY: the context is alive until the call returns, and the bytes are copied
                // before the callback does.
                let context = Unmanaged.passUnretained(pieces).toOpaque()
                let sink: nt_faiss_sink = { context, bytes, count in
                    guard let context, let bytes else { return false }
                    return Unmanaged<Pieces>.fromOpaque(context).takeUnretainedValue()
                        .take(UnsafeBufferPointer(start: bytes, count: count))
                }
                guard let ids else {
                    return nt_faiss_write_index(
                        &file, rows, nil, sink, context, &reason, reason.count)
                }
                return nt_faiss_write_index(
                    &file, rows, ids, sink, context, &reason, reason.count)
            }
            let text = reason.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            return (code, String(decoding: text, as: UTF8.self))
        }
    }
#endif
