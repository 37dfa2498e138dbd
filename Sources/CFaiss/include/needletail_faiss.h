/* What FAISS is used for, with a C face: no exception leaves these functions. */
#ifndef NEEDLETAIL_FAISS_H
#define NEEDLETAIL_FAISS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nt_faiss_status {
    NT_FAISS_OK = 0,
    /* This build found no FAISS headers. */
    NT_FAISS_UNAVAILABLE = 1,
    /* FAISS refused or failed; the message says why. */
    NT_FAISS_FAILED = 2
} nt_faiss_status;

typedef struct nt_faiss_kmeans {
    size_t dimension;
    size_t row_count;     /* at least cluster_count */
    size_t cluster_count; /* at least 1 */
    int32_t iterations;
    int32_t seed;
} nt_faiss_kmeans;

/* Trains on all rows (row_count x dimension floats, all finite), on the calling thread alone.
 * Fills centroids (cluster_count x dimension) and objective, the sum of squared distances in the
 * last iteration. The same input and seed give the same centroids. On failure, message holds a
 * zero-terminated reason, cut to message_capacity bytes. */
nt_faiss_status nt_faiss_kmeans_train(
    const nt_faiss_kmeans *options, const float *rows, float *centroids, double *objective,
    char *message, size_t message_capacity);

typedef struct nt_faiss_index_file {
    const char *kind; /* as index_factory takes it, such as "IVF1024,Flat" */
    size_t dimension;
    size_t row_count;
    bool by_inner_product; /* else by L2 */
} nt_faiss_index_file;

/* Takes bytes, in their order; false ends the writing. */
typedef bool (*nt_faiss_sink)(void *context, const uint8_t *bytes, size_t count);

/* Makes an index of all rows (row_count x dimension floats, all finite), trained on them, with
 * ids of row_count numbers or, where it is NULL, places; and hands its file to sink. On failure,
 * message holds a zero-terminated reason, cut to message_capacity bytes. */
nt_faiss_status nt_faiss_write_index(
    const nt_faiss_index_file *file, const float *rows, const int64_t *ids, nt_faiss_sink sink,
    void *context, char *message, size_t message_capacity);

#ifdef __cplusplus
}
#endif

#endif
