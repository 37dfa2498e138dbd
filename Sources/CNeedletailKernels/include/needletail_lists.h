/*
 * Entries of an inverted list as one bit a dimension, 32 to a block, compared with a query by
 * looking sums of four dimensions up (RaBitQ, Gao and Long 2024; fast scan, André, Kermarrec and
 * Le Scouarnec 2015).
 *
 * An entry is its residual r from the list's centroid c, rotated: the signs s of its components and
 *
 *     term       what the entry alone adds to its distance                        (float)
 *     scale      of the signs, so that scale * (y . s) estimates weight * (y . r)  (16 bits)
 *     deviation  the standard deviation of that estimate for a y of length 1       (16 bits)
 *     slot       the row                                                           (uint32)
 *
 * where weight is 2 by L2 and 1 by inner products. Numbers of 16 bits are the upper halves of
 * floats. A block is
 *
 *     16 bytes for every four dimensions: byte i holds four signs of entry i in its low half and of
 *     entry i + 16 in its high half, the first dimension in the lowest bit
 *     32 terms, 32 words of scale (upper half) and deviation (lower half), 32 slots
 *
 * Sums of signs are exact integers, and distances are floats in one fixed order: the same on every
 * tier, bit for bit.
 */
#ifndef NEEDLETAIL_LISTS_H
#define NEEDLETAIL_LISTS_H

#include "needletail_walk.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NT_LIST_BLOCK ((size_t)32)

struct nt_list_query;
struct nt_list_view;

typedef size_t (*nt_list_function)(
    const struct nt_list_query *query, const struct nt_list_view *list, const uint8_t *blocks,
    size_t count, uint32_t *places, float *lows);

/* A query made ready for lists. Read-only once prepared. */
typedef struct nt_list_query {
    nt_list_function scan;
    const uint8_t *table; /* 16 sums for every four dimensions; 64-byte aligned */
    size_t groups;        /* of four dimensions: a multiple of 32 */
    float step, base;     /* y . s is about step * (sum of what was looked up) + base */
    float noise;          /* the standard deviation of what the table has lost of it */
} nt_list_query;

/* How one list lies to a query. */
typedef struct nt_list_view {
    float distance; /* what the centroid adds to distances */
    float weight;   /* of the terms */
    float radius;   /* how many deviations an entry's distance may be less than estimated */
    float noise;    /* as much for the table: a multiple of the query's noise */
    float limit;    /* entries that are certainly farther are passed over */
} nt_list_view;

/* Bytes of a block of entries. */
size_t nt_list_block_bytes(size_t dimension);
/* Bytes of a query's table. */
size_t nt_list_table_bytes(size_t dimension);

/* Writes an entry but for its slot.
 * rotated: the residual, rotated; center: the rotated point that lists' tables are for, subtracted
 * from the query; term: what the entry adds besides. */
void nt_list_encode(
    const float *rotated, const float *center, size_t dimension, double term, double weight,
    uint8_t *block, size_t place);
/* Copies an entry with its slot. */
void nt_list_move(
    const uint8_t *from, size_t from_place, uint8_t *to, size_t to_place, size_t dimension);
/* Fills all of query from a rotated vector; table takes nt_list_table_bytes. */
void nt_list_prepare(
    nt_list_query *query, const float *rotated, size_t dimension, uint8_t *table, nt_tier tier);

/* The entries of count whose distance may be below the list's limit: their places ascending, and
 * the least that their distances may be. Both take count numbers. Returns how many. */
static inline size_t nt_list_scan(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *blocks, size_t count,
    uint32_t *places, float *lows) {
    return query->scan(query, list, blocks, count, places, lows);
}

/* The slots of a block of entries. */
static inline const uint32_t *nt_list_slots(const uint8_t *block, size_t block_bytes) {
    return (const uint32_t *)(const void *)(block + block_bytes) - NT_LIST_BLOCK;
}

/* Of squares[i] + factor * products[i], the least and its place plus first, where it is below
 * *least: the first of equal ones. */
void nt_find_least(
    const float *products, const float *squares, float factor, size_t count, uint32_t first,
    float *least, uint32_t *place);

/* As nt_find_least of squares[i] - 2 * products[i] + weight * (along - residuals[i])^2, without the
 * place `skipped`: how far a row is from each centroid, and how much what is left of it there
 * points along what its first centroid left. `along` is the row's inner product with that, and
 * residuals are those of the centroids. SOAR, Sun et al. 2023. */
void nt_find_second(
    const float *products, const float *residuals, const float *squares, float along, float weight,
    size_t count, uint32_t first, uint32_t skipped, float *least, uint32_t *place);

/* Asks for bytes that will be read soon, one after the other. */
static inline void nt_prefetch_bytes(const void *start, size_t bytes) {
    for (size_t at = 0; at < bytes; at += 64)
        __builtin_prefetch((const uint8_t *)start + at, 0, 3);
}

#ifdef __cplusplus
}
#endif

#endif
