/* What a tier consists of, and what all of them share. Private to this target. */
#ifndef NT_TIERS_H
#define NT_TIERS_H

#include "needletail_kernels.h"
#include "needletail_lists.h"
#include "needletail_walk.h"

#include <string.h>

#define NT_INLINE static inline __attribute__((always_inline))

typedef struct nt_tier_table {
    /* NULL where metric and element do not go together. */
    nt_rows_function score[NT_ELEMENT_COUNT][NT_METRIC_COUNT];
    /* Sum of squares of one vector, added up exactly as cosine adds up a row's. For f16 the vector
     * is given widened to f32. NULL for bits. */
    double (*norm[NT_ELEMENT_COUNT])(const void *components, size_t dimension);
    size_t (*f32_to_f16)(const float *from, uint16_t *to, size_t count);
    void (*f16_to_f32)(const uint16_t *from, float *to, size_t count);
    /* NULL where code and metric do not go together. */
    nt_walk_function walk[NT_CODE_KIND_COUNT][NT_METRIC_COUNT];
    nt_list_function list;
    void (*rotate)(const float *vector, size_t dimension, float *rotated);
} nt_tier_table;

extern const nt_tier_table nt_scalar_table;
#if defined(__x86_64__)
extern const nt_tier_table nt_avx2_table;
extern const nt_tier_table nt_avx512_table;
#elif defined(__aarch64__)
extern const nt_tier_table nt_neon_table;
#endif

/* The table of an available tier. */
const nt_tier_table *nt_table(nt_tier tier);

/* Sums in double, for vectors whose float sums left the range below. */
double nt_exact_l2_f32(const float *query, const uint8_t *row, size_t dimension);
double nt_exact_l1_f32(const float *query, const uint8_t *row, size_t dimension);
double nt_exact_dot_f32(const float *query, const uint8_t *row, size_t dimension);
double nt_exact_norm_f32(const uint8_t *row, size_t dimension);

/* Float sums of squares are trusted between these: below, squares may have vanished; above, they
 * may have overflowed. Halves never leave the range. */
#define NT_SUM_MIN 1e-20
#define NT_SUM_MAX 1e30

NT_INLINE int nt_trusted(double sum) { return sum >= NT_SUM_MIN && sum <= NT_SUM_MAX; }

/* The row to prefetch while row `position` is scored. At the end, that row itself: asking again for
 * lines that are there costs next to nothing, and spares the kernel a branch. */
NT_INLINE const uint8_t *nt_later_row(const nt_batch *batch, size_t position) {
    size_t later = position + batch->ahead;
    return batch->rows[later < batch->known ? later : position];
}

/* The square root of norm * norm is norm exactly, so equal vectors are at distance 0. */
NT_INLINE double nt_cosine(double dot, double query_norm, double row_norm) {
    if (query_norm == 0 || row_norm == 0) return __builtin_nan("");
    double distance = 1 - dot / __builtin_sqrt(query_norm * row_norm);
    if (distance < 0) return 0;
    return distance > 2 ? 2 : distance;
}

NT_INLINE double nt_jaccard(uint64_t shared, uint64_t either) {
    return either == 0 ? 0 : 1 - (double)shared / (double)either;
}

NT_INLINE float nt_record_scale(const uint8_t *record) {
    float scale;
    memcpy(&scale, record, sizeof scale);
    return scale;
}

/* Floats in one fixed order, so that every tier comes to the same. */
NT_INLINE float nt_walk_distance(const nt_walk_query *query, const uint8_t *record, int64_t dot) {
    float term;
    memcpy(&term, record + 4, sizeof term);
    const float product = query->factor * nt_record_scale(record);
    return term * query->term_weight + product * (float)(dot - query->bias);
}

NT_INLINE uint64_t nt_load_word(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
    return word;
}

/* The last count < 8 bytes of a row. */
NT_INLINE uint64_t nt_load_tail(const uint8_t *bytes, size_t count) {
    uint64_t word = 0;
    for (size_t i = 0; i < count; i++) word |= (uint64_t)bytes[i] << (8 * i);
    return word;
}

/* Terms, scales with deviations, and slots of a block. */
#define NT_LIST_CONSTANTS (3 * NT_LIST_BLOCK)

/* The scalar tier's scan of lists, which serves tiers that have none of their own. */
size_t nt_scalar_list(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *blocks, size_t count,
    uint32_t *places, float *lows);

/* The least that the distance of an entry may be. Floats in one fixed order, as every tier has
 * them. */
NT_INLINE float nt_list_low(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *constants, size_t place,
    int32_t sum) {
    float term, scale, deviation;
    uint32_t word;
    memcpy(&term, constants + place * 4, sizeof term);
    memcpy(&word, constants + 4 * NT_LIST_BLOCK + place * 4, sizeof word);
    const uint32_t upper = word & 0xFFFF0000, lower = word << 16;
    memcpy(&scale, &upper, sizeof scale);
    memcpy(&deviation, &lower, sizeof deviation);
    const float product = query->step * (float)sum + (query->base + list->noise);
    const float near = (list->distance + list->weight * term) - scale * product;
    return near - deviation * list->radius;
}

enum { NT_ROTATION_ROUNDS = 4 };

/* SplitMix64 (Steele, Lea and Flood 2014): the signs of 64 dimensions in one round. */
NT_INLINE uint64_t nt_random_signs(uint64_t place) {
    uint64_t mixed = (place + 1) * 0x9E3779B97F4A7C15;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EB;
    return mixed ^ mixed >> 31;
}

/* The scalar tier's rotation. */
void nt_scalar_rotate_floats(const float *vector, size_t dimension, float *rotated);

/* One conversion in software, for the scalar tier and the ends of vectors. */
float nt_widen_half(uint16_t half);
uint16_t nt_narrow_to_half(float value);

#endif
