/*
 * Approximate distances between one query and quantised vectors, for walking a graph.
 *
 * A record holds four constants and a code:
 *
 *     bytes 0-3    scale: the vector is about scale * code                        (float)
 *     bytes 4-7    term: what the vector alone adds to its distance               (float)
 *     bytes 8-11   residual: the length of vector - scale * code, rounded up      (float)
 *     bytes 12-15  the row's slot                                                 (uint32)
 *     bytes 16-    the code, padded with zeros to whole blocks of dimensions
 *
 * Of int8, int4 and sign codes the distance is term * term_weight + factor * scale * (query . code)
 * with an exact integer for the inner product: it is the same on every tier, and so is the
 * distance, bit for bit. So it is with the counts of bit codes. Distances of f32 and f16 codes are
 * sums of floats, which tiers round differently; on one tier they depend on the two vectors alone.
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
    NT_CODE_F32 = 2, /* the components; scale is 1 */
    NT_CODE_F16 = 3, /* halves; scale is a power of two, 1 wherever the components are in range */
    NT_CODE_BITS = 4, /* the bits of a bit string, the first the highest of its byte */
    /* One bit a dimension, the sign of the rotated vector's component (RaBitQ, Gao and Long 2024);
     * residual is that of the estimate of an inner product. */
    NT_CODE_SIGNS = 5,
    NT_CODE_KIND_COUNT = 6
} nt_code_kind;

#define NT_RECORD_HEADER_BYTES ((size_t)16)

/* Bits of a component of a query of sign codes. */
#define NT_QUERY_PLANES 8

struct nt_walk_query;

typedef void (*nt_walk_function)(
    const struct nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,
    float *out);

/* A query made ready for walking. Read-only once prepared. */
typedef struct nt_walk_query {
    nt_walk_function score;
    /* 64-byte aligned and padded with zeros like the codes: int16 for int8 and int4 codes, floats
     * for f32 and f16, bits for bit codes, and for sign codes, of every 64 dimensions, one word for
     * each bit of the components in two's complement. */
    const void *components;
    size_t padded_dimension; /* whole blocks of dimensions */
    size_t record_bytes;     /* from one record to the next */
    int64_t bias;            /* what is subtracted from every inner product of integers */
    float factor;
    float term_weight;
} nt_walk_query;

/* Whether codes of a kind can be walked by a metric. */
int nt_code_serves(nt_code_kind kind, nt_metric metric);
/* The dimension in whole blocks. */
size_t nt_padded_dimension(nt_code_kind kind, size_t dimension);
/* Bytes of a record: header and code. A multiple of 16. */
size_t nt_record_bytes(nt_code_kind kind, size_t dimension);
/* Bytes of a query's components. */
size_t nt_query_bytes(nt_code_kind kind, size_t dimension);
/* Of int8 and int4 codes, the largest magnitude of a query component at which no sum overflows. */
int32_t nt_query_component_max(nt_code_kind kind, size_t dimension);
/* The largest magnitude of finite components. */
float nt_largest(const float *vector, size_t dimension);
/* The same bits on every machine. */
double nt_sum_of_squares(const float *vector, size_t dimension);
/* Components times factor, rounded to the nearest integer and halves away from zero. All are in the
 * range of int16. */
void nt_write_levels(const float *vector, size_t dimension, double factor, int16_t *levels);

/* Writes scale, residual and code of a vector; term and slot are the caller's. A vector of zeros
 * has scale 0 by int8 and int4. Bits are set where components are above 0. Not for sign codes. */
void nt_encode(nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record);
/* Reads a code back as a query's components, padded. Not for sign codes. */
void nt_decode(nt_code_kind kind, const uint8_t *record, size_t dimension, void *components);

/* Rotates a vector into one of nt_padded_dimension components: always the same way, and to the same
 * bits on every machine. */
void nt_rotate(const float *vector, size_t dimension, double *rotated);
/* As nt_rotate, on floats: another rotation by rounding alone, to the same bits on every machine
 * and tier. */
void nt_rotate_floats(const float *vector, size_t dimension, float *rotated, nt_tier tier);
/* nt_encode of sign codes: takes the rotated vector. */
void nt_encode_signs(const double *rotated, size_t dimension, uint8_t *record);
/* Writes components, and fills bias and factor: the step of the components. */
void nt_prepare_signs(
    nt_walk_query *query, const double *rotated, size_t dimension, uint8_t *components);

/* Fills score, and for int8 and int4 codes bias; the other fields are the caller's, the components
 * among them. */
void nt_walk_prepare(nt_walk_query *query, nt_code_kind kind, nt_metric metric, nt_tier tier);

/* The distances of the records that nodes lists into out. Prefetches as it goes. */
static inline void nt_walk_score(
    const nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,
    float *out) {
    query->score(query, base, nodes, count, out);
}

/*
 * Lists of nodes that are found when they are first wanted, by whichever thread wants them. The
 * first number of a list tells how it stands.
 */

/* `count` zeros; of the operating system's zeroed pages where they are many. Ends the process where
 * there is no memory, as Swift's allocations do. */
uint32_t *nt_zeroed_lists(size_t count);
void nt_free_lists(uint32_t *lists);

#define NT_LIST_UNKNOWN 0u
#define NT_LIST_CLAIMED 1u
/* Of a list that may be read, how many nodes follow is this less. */
#define NT_LIST_KNOWN 2u

/* How a list stands. Where it is known, its nodes may be read. */
static inline uint32_t nt_list_state(const uint32_t *list) {
    return __atomic_load_n(list, __ATOMIC_ACQUIRE);
}

/* Whether the caller, and nobody else, may write the list's nodes. */
static inline bool nt_claim_list(uint32_t *list) {
    uint32_t unknown = NT_LIST_UNKNOWN;
    return __atomic_compare_exchange_n(
        list, &unknown, NT_LIST_CLAIMED, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* Lets everybody read the `count` nodes that the caller has written. */
static inline void nt_publish_list(uint32_t *list, uint32_t count) {
    __atomic_store_n(list, NT_LIST_KNOWN + count, __ATOMIC_RELEASE);
}

/* Asks for a list of links that will be read soon. */
static inline void nt_prefetch_links(const uint32_t *links, size_t count) {
    for (size_t at = 0; at < count; at += 16) __builtin_prefetch(links + at, 0, 3);
}

#ifdef __cplusplus
}
#endif

#endif
