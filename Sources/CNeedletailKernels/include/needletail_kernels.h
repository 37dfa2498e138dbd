/*
 * Distances between one query and many rows.
 *
 * A score is final (smaller is nearer) and depends on the two vectors, the dimension and the tier
 * alone: not on alignment, on the position in a batch, or on the rows beside it. Integer and bit
 * scores are identical on every tier; float scores differ between tiers by rounding.
 *
 * Rows and queries may sit at any address. Nothing is read outside the bytes of a row. Functions
 * keep no state and may be called from any thread.
 */
#ifndef NEEDLETAIL_KERNELS_H
#define NEEDLETAIL_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum nt_metric {
    NT_METRIC_L2 = 0,      /* square root of the sum of squared differences */
    NT_METRIC_IP = 1,      /* minus the inner product */
    NT_METRIC_COSINE = 2,  /* 1 - cosine, in 0...2; NaN where either norm is zero */
    NT_METRIC_L1 = 3,      /* sum of absolute differences */
    NT_METRIC_HAMMING = 4, /* number of differing bits */
    NT_METRIC_JACCARD = 5, /* 1 - intersection / union of set bits; 0 where both are empty */
    NT_METRIC_COUNT = 6
} nt_metric;

typedef enum nt_element {
    NT_ELEMENT_F32 = 0,
    NT_ELEMENT_F16 = 1, /* IEEE 754 binary16 bit patterns */
    NT_ELEMENT_I8 = 2,
    NT_ELEMENT_BIT = 3, /* (dimension + 7) / 8 bytes; bits past the dimension are zero */
    NT_ELEMENT_COUNT = 4
} nt_element;

typedef enum nt_tier {
    NT_TIER_SCALAR = 0, /* accumulates floats in double: the oracle of the others */
    NT_TIER_AVX2 = 1,   /* AVX2, FMA, F16C, POPCNT */
    NT_TIER_AVX512 = 2, /* the above with AVX-512 F, BW, DQ, VL, VNNI and VPOPCNTDQ */
    NT_TIER_NEON = 3,
    NT_TIER_COUNT = 4
} nt_tier;

/* Largest dimension: 32-bit sums of squared int8 differences stay exact up to here. */
#define NT_DIMENSION_MAX ((size_t)32768)

/* Rows to score, and some to prefetch meanwhile. */
typedef struct nt_batch {
    const uint8_t *const *rows;
    size_t count; /* rows[0..<count] are scored */
    size_t known; /* rows[count..<known] will be scored next */
    size_t ahead; /* while row i is scored, row i + ahead is prefetched */
} nt_batch;

struct nt_query;

/* Scores the rows of a batch into out. */
typedef void (*nt_rows_function)(
    const struct nt_query *query, const nt_batch *batch, double *out);

/* How to score one kind of row. Plain data: copy it, share it. */
typedef struct nt_kernel {
    nt_rows_function score;
    nt_metric metric;
    nt_element element;
    nt_tier tier;
    size_t dimension;
    size_t row_bytes; /* bytes of one row without padding */
} nt_kernel;

/* A query made ready for one kernel. Read-only once prepared. */
typedef struct nt_query {
    const void *components; /* f32 for f32 and f16 rows; otherwise as in the rows */
    size_t dimension;
    size_t row_bytes;
    double norm;  /* sum of squares, summed as a row's is; for cosine alone */
    int outlying; /* the norm is too large or too small for float sums */
} nt_query;

/* The best tier of this machine, or the one NEEDLETAIL_KERNEL_TIER names
 * (scalar, avx2, avx512, neon) where the machine offers it. Decided once. */
nt_tier nt_selected_tier(void);
/* Whether this machine can run the tier. */
int nt_tier_available(nt_tier tier);

/* Fills kernel. Returns 0, or -1 where metric and element do not go together, the dimension exceeds
 * NT_DIMENSION_MAX or the tier is not available. */
int nt_kernel_make(
    nt_kernel *kernel, nt_metric metric, nt_element element, size_t dimension, nt_tier tier);
/* Bytes of storage that a prepared query of this kernel needs. */
size_t nt_query_storage_bytes(const nt_kernel *kernel);
/* Copies the vector at raw (one row in the kernel's format) into storage and fills query, which
 * points into storage from then on. */
void nt_query_prepare(
    const nt_kernel *kernel, nt_query *query, const void *raw, void *storage);

/* Scores row_count rows that lie stride_bytes apart. */
void nt_scan(
    const nt_kernel *kernel, const nt_query *query, const void *base, size_t stride_bytes,
    size_t row_count, double *out);
/* Scores the listed rows of a block: row rows[i] into out[i]. */
void nt_gather(
    const nt_kernel *kernel, const nt_query *query, const void *base, size_t stride_bytes,
    const uint32_t *rows, size_t count, double *out);
/* Scores rows that lie anywhere: the one at rows[i] into out[i]. */
void nt_score(
    const nt_kernel *kernel, const nt_query *query, const uint8_t *const *rows, size_t count,
    double *out);
/* Has a row of bytes bytes brought near that nt_score will be called with soon. */
static inline void nt_prefetch_row(const void *row, size_t bytes) {
    const size_t most = bytes < 4096 ? bytes : 4096;
    for (size_t line = 0; line < most; line += 64)
        __builtin_prefetch((const uint8_t *)row + line, 0, 3);
}

/* Writes the positions whose distance is at most threshold, ascending; NaN is never among them.
 * Returns how many. positions must hold count entries. */
size_t nt_select_within(
    const double *distances, size_t count, double threshold, uint32_t *positions);

/* Rounds to nearest even. Returns how many finite inputs became infinite. */
size_t nt_f32_to_f16(const float *from, uint16_t *to, size_t count);
/* Exact; signalling NaN becomes quiet. */
void nt_f16_to_f32(const uint16_t *from, float *to, size_t count);
/* The position of the first infinity or NaN, or count where all are finite. */
size_t nt_first_nonfinite_f32(const float *components, size_t count);
size_t nt_first_nonfinite_f16(const uint16_t *components, size_t count);

#ifdef __cplusplus
}
#endif

#endif
