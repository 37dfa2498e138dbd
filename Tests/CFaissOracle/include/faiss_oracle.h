/* What FAISS answers, to hold our own answers against. */
#ifndef NEEDLETAIL_FAISS_ORACLE_H
#define NEEDLETAIL_FAISS_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct nt_oracle_lists {
    size_t dimension;
    size_t row_count;
    size_t list_count;
    const float *rows;      /* row_count x dimension */
    const float *centroids; /* list_count x dimension */
} nt_oracle_lists;

/* The k nearest rows by L2 to each of query_count queries, among those in the lists that `probed`
 * names (query_count x probes, the places of centroids): ids (query_count x k), -1 where there are
 * fewer. False where FAISS failed, or this build has none. */
bool nt_oracle_search(
    const nt_oracle_lists *lists, const float *queries, size_t query_count, const int64_t *probed,
    size_t probes, size_t k, int64_t *ids);

#ifdef __cplusplus
}
#endif

#endif
