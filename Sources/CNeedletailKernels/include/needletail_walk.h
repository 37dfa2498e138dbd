/*
 * Approximate distances between one query and quantised vectors, for walking a graph.
 *
 * A record holds four constants and a code:
 *
 *     bytes 0-3    scale: the vector is about scale * code                        (float)
 *     bytes 4-7    term: what the vector alone adds to its distance               (float)
 *     bytes 8-11   residual: the length of vector - scale * code, rounded up      (float)
 *     bytes 12-15  the row's slot                                                 (uint32)
 *     bytes 16-    the code, padded with zeros to a multiple of 32 dimensions
 *
 * The distance is term * term_weight + factor * scale * (query . code), where the inner product is
 * an exact integer: it is the same on every tier, and so is the distance, bit for bit.
 */
#ifndef NEEDLETAIL_WALK_H
#define NEEDLETAIL_WALK_H

#include "needletail_kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nt_code_kind {
    NT_CODE_INT8 = 0, /* one signed byte a dimension */
    /* Four bits a dimension, -7...7 stored plus 8; of every 32 dimensions the first 16 are the low
     * halves of 16 bytes and the last 16 the high halves. */
    NT_CODE_INT4 = 1,
    NT_CODE_KIND_COUNT = 2
} nt_code_kind;

#define NT_RECORD_HEADER_BYTES ((size_t)16)

struct nt_walk_query;

typedef void (*nt_walk_function)(
    const struct nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,
    float *out);

/* A query made ready for walking. Read-only once prepared. */
typedef struct nt_walk_query {
    nt_walk_function score;
    const int16_t *components; /* padded with zeros like the codes; 64-byte aligned */
    size_t padded_dimension;   /* a multiple of 32 */
    size_t record_bytes;       /* from one record to the next */
    int64_t bias;              /* what the offset of int4 codes adds to every inner product */
    float factor;
    float term_weight;
} nt_walk_query;

size_t nt_padded_dimension(size_t dimension);
/* Bytes of a record: header and code. A multiple of 16. */
size_t nt_record_bytes(nt_code_kind kind, size_t dimension);
/* The largest magnitude of a query component at which no sum overflows. */
int32_t nt_query_component_max(nt_code_kind kind, size_t dimension);

/* Writes scale, residual and code of a vector; term and slot are the caller's. A vector of zeros
 * has scale 0. */
void nt_encode(nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record);
/* Reads a code back as a query's components, padded. */
void nt_decode(nt_code_kind kind, const uint8_t *record, size_t dimension, int16_t *components);

/* Fills score and bias; the other fields are the caller's, the components among them. */
void nt_walk_prepare(nt_walk_query *query, nt_code_kind kind, nt_tier tier);

/* The distances of the records that nodes lists into out. Prefetches as it goes. */
static inline void nt_walk_score(
    const nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,
    float *out) {
    query->score(query, base, nodes, count, out);
}

/* Asks for a list of links that will be read soon. */
static inline void nt_prefetch_links(const uint32_t *links, size_t count) {
    for (size_t at = 0; at < count; at += 16) __builtin_prefetch(links + at, 0, 3);
}

#ifdef __cplusplus
}
#endif

#endif
