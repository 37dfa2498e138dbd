#include "needletail_faiss.h"

#include "message.h"

#include <cstring>

#if __has_include(<faiss/Clustering.h>)
#define NT_HAVE_FAISS 1
#include <faiss/Clustering.h>
#include <faiss/IndexFlat.h>
#endif

namespace {

#if NT_HAVE_FAISS

// The two calls of the OpenMP runtime that are needed here, declared so that its header is not.
extern "C" int omp_get_max_threads(void);
extern "C" void omp_set_num_threads(int);

// One OpenMP thread for what the calling thread starts, put back at the end.
class SingleThread {
public:
    SingleThread() : before_(omp_get_max_threads()) { omp_set_num_threads(1); }
    ~SingleThread() { omp_set_num_threads(before_); }
    SingleThread(const SingleThread &) = delete;
    SingleThread &operator=(const SingleThread &) = delete;

private:
    int before_;
};

void train(
    const nt_faiss_kmeans &options, const float *rows, float *centroids, double *objective) {
    SingleThread single;
    faiss::ClusteringParameters parameters;
    parameters.niter = options.iterations;
    parameters.seed = options.seed;
    parameters.verbose = false;
    // Train on every row: the caller has sampled already.
    parameters.min_points_per_centroid = 1;
    parameters.max_points_per_centroid =
        static_cast<int>(options.row_count / options.cluster_count + 1);
    faiss::Clustering clustering(
        static_cast<int>(options.dimension), static_cast<int>(options.cluster_count), parameters);
    faiss::IndexFlatL2 index(static_cast<int64_t>(options.dimension));
    clustering.train(static_cast<int64_t>(options.row_count), rows, index);
    std::memcpy(centroids, clustering.centroids.data(),
                options.cluster_count * options.dimension * sizeof(float));
    *objective =
        clustering.iteration_stats.empty() ? 0 : clustering.iteration_stats.back().obj;
}

#endif

} // namespace

extern "C" nt_faiss_status nt_faiss_kmeans_train(
    const nt_faiss_kmeans *options, const float *rows, float *centroids, double *objective,
    char *message, size_t message_capacity) {
#if NT_HAVE_FAISS
    return nt_guarded(
        [&] { train(*options, rows, centroids, objective); }, message, message_capacity);
#else
    (void)options, (void)rows, (void)centroids, (void)objective;
    nt_copy_message("built without FAISS", message, message_capacity);
    return NT_FAISS_UNAVAILABLE;
#endif
}
