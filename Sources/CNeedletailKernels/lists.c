#include "needletail_lists.h"
#include "tiers.h"

#include <float.h>
#include <math.h>

#pragma STDC FP_CONTRACT OFF

static size_t nt_list_code_bytes(size_t dimension) {
    return nt_padded_dimension(NT_CODE_SIGNS, dimension) / 4 * 16;
}

size_t nt_list_block_bytes(size_t dimension) {
    return nt_list_code_bytes(dimension) + NT_LIST_CONSTANTS * sizeof(float);
}

size_t nt_list_table_bytes(size_t dimension) { return nt_list_code_bytes(dimension); }

/* Finite, so that no sum of it and another is no number. */
static float nt_finite(double value) {
    const float most = FLT_MAX / 4;
    return value > most ? most : value < -most ? -most : value == value ? (float)value : 0;
}

/* The upper half of a positive float, rounded to the nearest. */
static uint32_t nt_upper_half(double value) {
    const float finite = nt_finite(value);
    uint32_t bits;
    memcpy(&bits, &finite, sizeof bits);
    return (bits + 0x8000) >> 16;
}

static void nt_put_signs(uint8_t *byte, size_t place, uint32_t signs) {
    const int shift = place < 16 ? 0 : 4;
    *byte = (uint8_t)((*byte & ~(15 << shift)) | signs << shift);
}

void nt_list_encode(
    const float *rotated, const float *center, size_t dimension, double term, double weight,
    uint8_t *block, size_t place) {
    const size_t padded = nt_padded_dimension(NT_CODE_SIGNS, dimension);
    double sizes = 0, squares = 0, towards = 0;
    for (size_t at = 0; at < padded; at += 4) {
        uint32_t signs = 0;
        for (size_t i = 0; i < 4; i++) {
            const double component = rotated[at + i];
            const int above = component > 0;
            signs |= (uint32_t)above << i;
            sizes += fabs(component);
            squares += component * component;
            towards += above ? center[at + i] : -center[at + i];
        }
        nt_put_signs(block + at * 4 + place % 16, place, signs);
    }
    const double scale = sizes > 0 ? squares / sizes : 0;
    const uint32_t kept_scale = nt_upper_half(scale * weight);
    const double lost = scale * scale * (double)padded - squares;
    const double deviation = lost > 0 ? sqrt(lost / (double)(padded - 1)) * weight : 0;
    const uint32_t word = kept_scale << 16 | nt_upper_half(deviation * (1 + 0x1p-8));
    const uint32_t bits = kept_scale << 16;
    float kept;
    memcpy(&kept, &bits, sizeof kept);
    const float terms = nt_finite(term + (double)kept * towards);
    uint8_t *constants = block + padded * 4;
    memcpy(constants + place * 4, &terms, sizeof terms);
    memcpy(constants + 4 * NT_LIST_BLOCK + place * 4, &word, sizeof word);
}

void nt_list_move(
    const uint8_t *from, size_t from_place, uint8_t *to, size_t to_place, size_t dimension) {
    const size_t codes = nt_list_code_bytes(dimension);
    for (size_t at = 0; at < codes; at += 16) {
        const uint32_t byte = from[at + from_place % 16];
        nt_put_signs(to + at + to_place % 16, to_place, byte >> (from_place < 16 ? 0 : 4) & 15);
    }
    for (size_t at = codes; at < nt_list_block_bytes(dimension); at += 4 * NT_LIST_BLOCK)
        memmove(to + at + to_place * 4, from + at + from_place * 4, 4);
}

typedef float nt_sixteen __attribute__((vector_size(64)));
typedef int32_t nt_sixteen_ints __attribute__((vector_size(64)));
typedef uint8_t nt_sixteen_bytes __attribute__((vector_size(16)));

/* Sums of four components with the signs of each pattern, plus the sum of their sizes: in steps, as
 * bytes. */
static void nt_write_sums(const float *four, float inverse, uint8_t *table) {
    static const nt_sixteen signs[4] = {
        {-1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1, -1, 1},
        {-1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1, -1, -1, 1, 1},
        {-1, -1, -1, -1, 1, 1, 1, 1, -1, -1, -1, -1, 1, 1, 1, 1},
        {-1, -1, -1, -1, -1, -1, -1, -1, 1, 1, 1, 1, 1, 1, 1, 1},
    };
    const float a = four[0] * inverse, b = four[1] * inverse;
    const float c = four[2] * inverse, d = four[3] * inverse;
    /* Below 256 by a margin: the largest is 255 but for rounding. */
    const float middle = ((fabsf(a) + fabsf(b)) + (fabsf(c) + fabsf(d))) + 0.49f;
    const nt_sixteen sums =
        ((signs[0] * a + signs[1] * b) + (signs[2] * c + signs[3] * d)) + middle;
    const nt_sixteen_bytes bytes = __builtin_convertvector(
        __builtin_convertvector(sums, nt_sixteen_ints), nt_sixteen_bytes);
    memcpy(table, &bytes, sizeof bytes);
}

void nt_list_prepare(
    nt_list_query *query, const float *rotated, size_t dimension, uint8_t *table, nt_tier tier) {
    const size_t groups = nt_padded_dimension(NT_CODE_SIGNS, dimension) / 4;
    float largest = 0;
    double base = 0;
    for (size_t group = 0; group < groups; group++) {
        const float *four = rotated + group * 4;
        const float size = (fabsf(four[0]) + fabsf(four[1])) + (fabsf(four[2]) + fabsf(four[3]));
        largest = size > largest ? size : largest;
        base -= size;
    }
    const float step = nt_finite(largest * 2 / 255);
    const float inverse = step > 0 ? 1 / step : 0;
    for (size_t group = 0; group < groups; group++)
        nt_write_sums(rotated + group * 4, inverse, table + group * 16);
    *query = (nt_list_query){
        .scan = nt_table(tier)->list, .table = table, .groups = groups, .step = step,
        .base = nt_finite(base), .noise = step * sqrtf((float)groups / 12),
    };
}

size_t nt_scalar_list(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *blocks, size_t count,
    uint32_t *places, float *lows) {
    const size_t block_bytes = query->groups * 16 + NT_LIST_CONSTANTS * sizeof(float);
    size_t found = 0;
    for (size_t entry = 0; entry < count; entry++) {
        const size_t place = entry % NT_LIST_BLOCK;
        const uint8_t *block = blocks + entry / NT_LIST_BLOCK * block_bytes;
        uint32_t sum = 0;
        for (size_t group = 0; group < query->groups; group++) {
            const uint32_t byte = block[group * 16 + place % 16];
            sum += query->table[group * 16 + (byte >> (place < 16 ? 0 : 4) & 15)];
        }
        const float low =
            nt_list_low(query, list, block + query->groups * 16, place, (int32_t)sum);
        if (low >= list->limit) continue;
        places[found] = (uint32_t)entry;
        lows[found++] = low;
    }
    return found;
}

void nt_find_least(
    const float *products, const float *squares, float factor, size_t count, uint32_t first,
    float *least, uint32_t *place) {
    enum { lanes = 8 };
    float best[lanes];
    uint32_t places[lanes];
    for (size_t i = 0; i < lanes; i++) {
        best[i] = INFINITY;
        places[i] = 0;
    }
    size_t at = 0;
    for (; at + lanes <= count; at += lanes)
        for (size_t i = 0; i < lanes; i++) {
            const float value = squares[at + i] + factor * products[at + i];
            places[i] = value < best[i] ? (uint32_t)at : places[i];
            best[i] = value < best[i] ? value : best[i];
        }
    for (size_t i = 0; i < lanes; i++) places[i] += (uint32_t)i;
    for (; at < count; at++) {
        const float value = squares[at] + factor * products[at];
        if (value < best[0]) best[0] = value, places[0] = (uint32_t)at;
    }
    size_t found = 0;
    for (size_t i = 1; i < lanes; i++)
        if (best[i] < best[found] || (best[i] == best[found] && places[i] < places[found]))
            found = i;
    if (best[found] >= *least) return;
    *least = best[found];
    *place = first + places[found];
}

void nt_find_second(
    const float *products, const float *residuals, const float *squares, float along, float weight,
    size_t count, uint32_t first, uint32_t skipped, float *least, uint32_t *place) {
    enum { lanes = 8 };
    const size_t whole = count / lanes * lanes;
    for (size_t at = 0; at < count; at += at < whole ? lanes : 1) {
        const size_t some = at < whole ? lanes : 1;
        float values[lanes];
        int below = 0;
        for (size_t i = 0; i < some; i++) {
            const float shared = along - residuals[at + i];
            values[i] = squares[at + i] - 2 * products[at + i] + weight * shared * shared;
            below |= values[i] < *least;
        }
        for (size_t i = 0; below && i < some; i++) {
            if (values[i] >= *least || first + (uint32_t)(at + i) == skipped) continue;
            *least = values[i];
            *place = first + (uint32_t)(at + i);
        }
    }
}
