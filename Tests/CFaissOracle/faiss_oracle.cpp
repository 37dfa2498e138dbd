#include "faiss_oracle.h"

#include <vector>

#if __has_include(<faiss/IndexIVFFlat.h>)
#define NT_HAVE_FAISS 1
#include <faiss/IndexFlat.h>
#include <faiss/IndexIVFFlat.h>
#endif

extern "C" bool nt_oracle_search(
    const nt_oracle_lists *lists, const float *queries, size_t query_count, const int64_t *probed,
    size_t probes, size_t k, int64_t *ids) {
#if NT_HAVE_FAISS
    try {
        faiss::IndexFlatL2 quantizer(static_cast<int64_t>(lists->dimension));
        quantizer.add(static_cast<int64_t>(lists->list_count), lists->centroids);
        faiss::IndexIVFFlat index(&quantizer, lists->dimension, lists->list_count);
        index.is_trained = true;
        index.add(static_cast<int64_t>(lists->row_count), lists->rows);
        index.nprobe = probes;
        std::vector<float> distances(query_count * k), away(query_count * probes);
        index.search_preassigned(
            static_cast<int64_t>(query_count), queries, static_cast<int64_t>(k), probed,
            away.data(), distances.data(), ids, false);
        return true;
    } catch (...) {
        return false;
    }
#else
    (void)lists, (void)queries, (void)query_count, (void)probed, (void)probes, (void)k, (void)ids;
    return false;
#endif
}
