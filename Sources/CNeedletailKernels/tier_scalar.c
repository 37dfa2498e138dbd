#include "tiers.h"

#pragma STDC FP_CONTRACT OFF

/* Plain loops with sums in double: the oracle of the other tiers, the tier of machines without any
 * of them, and the refuge for floats whose squares leave the range of a float. */

NT_INLINE double nt_scalar_component(int half, const uint8_t *row, size_t at) {
    if (half) {
        uint16_t bits;
        memcpy(&bits, row + at * 2, sizeof bits);
        return nt_widen_half(bits);
    }
    float value;
    memcpy(&value, row + at * 4, sizeof value);
    return value;
}

NT_INLINE double nt_scalar_squares(
    int half, const float *query, const uint8_t *row, size_t dimension) {
    double sum = 0;
    for (size_t i = 0; i < dimension; i++) {
        double difference = query[i] - nt_scalar_component(half, row, i);
        sum += difference * difference;
    }
    return sum;
}

NT_INLINE double nt_scalar_absolutes(
    int half, const float *query, const uint8_t *row, size_t dimension) {
    double sum = 0;
    for (size_t i = 0; i < dimension; i++)
        sum += __builtin_fabs(query[i] - nt_scalar_component(half, row, i));
    return sum;
}

NT_INLINE double nt_scalar_products(
    int half, const float *query, const uint8_t *row, size_t dimension) {
    double sum = 0;
    for (size_t i = 0; i < dimension; i++) sum += query[i] * nt_scalar_component(half, row, i);
    return sum;
}

NT_INLINE double nt_scalar_norm(int half, const uint8_t *row, size_t dimension) {
    double sum = 0;
    for (size_t i = 0; i < dimension; i++) {
        double component = nt_scalar_component(half, row, i);
        sum += component * component;
    }
    return sum;
}

double nt_exact_l2_f32(const float *query, const uint8_t *row, size_t dimension) {
    return nt_scalar_squares(0, query, row, dimension);
}

double nt_exact_l1_f32(const float *query, const uint8_t *row, size_t dimension) {
    return nt_scalar_absolutes(0, query, row, dimension);
}

double nt_exact_dot_f32(const float *query, const uint8_t *row, size_t dimension) {
    return nt_scalar_products(0, query, row, dimension);
}

double nt_exact_norm_f32(const uint8_t *row, size_t dimension) {
    return nt_scalar_norm(0, row, dimension);
}

NT_INLINE int64_t nt_scalar_bytes(
    nt_metric metric, const int8_t *query, const int8_t *row, size_t dimension) {
    int64_t sum = 0;
    for (size_t i = 0; i < dimension; i++) {
        int32_t difference = query[i] - row[i];
        if (metric == NT_METRIC_IP) {
            sum += query[i] * row[i];
        } else if (metric == NT_METRIC_L2) {
            sum += difference * difference;
        } else {
            sum += difference < 0 ? -difference : difference;
        }
    }
    return sum;
}

NT_INLINE double nt_scalar_bits(nt_metric metric, const nt_query *query, const uint8_t *row) {
    const uint8_t *bits = query->components;
    uint64_t differing = 0, shared = 0, either = 0;
    for (size_t i = 0; i < query->row_bytes; i++) {
        differing += (uint64_t)__builtin_popcount(bits[i] ^ row[i]);
        shared += (uint64_t)__builtin_popcount(bits[i] & row[i]);
        either += (uint64_t)__builtin_popcount(bits[i] | row[i]);
    }
    return metric == NT_METRIC_HAMMING ? (double)differing : nt_jaccard(shared, either);
}

NT_INLINE double nt_scalar_one(
    nt_element element, nt_metric metric, const nt_query *query, const uint8_t *row) {
    const size_t n = query->dimension;
    const void *q = query->components;
    const int half = element == NT_ELEMENT_F16;
    if (element == NT_ELEMENT_BIT) return nt_scalar_bits(metric, query, row);
    if (element == NT_ELEMENT_I8) {
        const int8_t *r = (const int8_t *)row;
        switch (metric) {
        case NT_METRIC_L2: return __builtin_sqrt((double)nt_scalar_bytes(metric, q, r, n));
        case NT_METRIC_IP: return 0 - (double)nt_scalar_bytes(metric, q, r, n);
        case NT_METRIC_COSINE:
            return nt_cosine(
                (double)nt_scalar_bytes(NT_METRIC_IP, q, r, n), query->norm,
                (double)nt_scalar_bytes(NT_METRIC_IP, r, r, n));
        default: return (double)nt_scalar_bytes(metric, q, r, n);
        }
    }
    switch (metric) {
    case NT_METRIC_L2: return __builtin_sqrt(nt_scalar_squares(half, q, row, n));
    case NT_METRIC_IP: return 0 - nt_scalar_products(half, q, row, n);
    case NT_METRIC_COSINE:
        return nt_cosine(
            nt_scalar_products(half, q, row, n), query->norm, nt_scalar_norm(half, row, n));
    default: return nt_scalar_absolutes(half, q, row, n);
    }
}

#define NT_SCALAR_ROWS(name, element, metric)                                                     \
    static void nt_scalar_##name(                                                                 \
        const nt_query *query, const nt_batch *batch, double *out) {                              \
        for (size_t i = 0; i < batch->count; i++)                                                 \
            out[i] = nt_scalar_one(element, metric, query, batch->rows[i]);                       \
    }
NT_SCALAR_ROWS(l2_f32, NT_ELEMENT_F32, NT_METRIC_L2)
NT_SCALAR_ROWS(ip_f32, NT_ELEMENT_F32, NT_METRIC_IP)
NT_SCALAR_ROWS(cosine_f32, NT_ELEMENT_F32, NT_METRIC_COSINE)
NT_SCALAR_ROWS(l1_f32, NT_ELEMENT_F32, NT_METRIC_L1)
NT_SCALAR_ROWS(l2_f16, NT_ELEMENT_F16, NT_METRIC_L2)
NT_SCALAR_ROWS(ip_f16, NT_ELEMENT_F16, NT_METRIC_IP)
NT_SCALAR_ROWS(cosine_f16, NT_ELEMENT_F16, NT_METRIC_COSINE)
NT_SCALAR_ROWS(l1_f16, NT_ELEMENT_F16, NT_METRIC_L1)
NT_SCALAR_ROWS(l2_i8, NT_ELEMENT_I8, NT_METRIC_L2)
NT_SCALAR_ROWS(ip_i8, NT_ELEMENT_I8, NT_METRIC_IP)
NT_SCALAR_ROWS(cosine_i8, NT_ELEMENT_I8, NT_METRIC_COSINE)
NT_SCALAR_ROWS(l1_i8, NT_ELEMENT_I8, NT_METRIC_L1)
NT_SCALAR_ROWS(hamming_bit, NT_ELEMENT_BIT, NT_METRIC_HAMMING)
NT_SCALAR_ROWS(jaccard_bit, NT_ELEMENT_BIT, NT_METRIC_JACCARD)

static double nt_scalar_norm_float(const void *components, size_t dimension) {
    return nt_scalar_norm(0, components, dimension);
}

static double nt_scalar_norm_i8(const void *components, size_t dimension) {
    return (double)nt_scalar_bytes(NT_METRIC_IP, components, components, dimension);
}

static void nt_scalar_widen(const uint16_t *from, float *to, size_t count) {
    for (size_t i = 0; i < count; i++) to[i] = nt_widen_half(from[i]);
}

static size_t nt_scalar_narrow(const float *from, uint16_t *to, size_t count) {
    size_t overflows = 0;
    for (size_t i = 0; i < count; i++) {
        to[i] = nt_narrow_to_half(from[i]);
        overflows += (to[i] & 0x7FFF) == 0x7C00 && !__builtin_isinf(from[i]);
    }
    return overflows;
}

NT_INLINE int64_t nt_scalar_dot(
    nt_code_kind kind, const int16_t *query, const uint8_t *code, size_t padded) {
    int64_t sum = 0;
    for (size_t i = 0; i < padded; i++) {
        int32_t level = (int8_t)code[i];
        if (kind == NT_CODE_INT4)
            level = (code[i / 32 * 16 + i % 16] >> (i % 32 < 16 ? 0 : 4)) & 15;
        sum += query[i] * level;
    }
    return sum;
}

/* By the row as it is decoded. */
NT_INLINE float nt_scalar_walk_floats(
    nt_metric metric, int half, const nt_walk_query *query, const uint8_t *record) {
    const float *components = query->components;
    const double scale = nt_record_scale(record);
    double sum = 0;
    for (size_t i = 0; i < query->padded_dimension; i++) {
        const double row = scale * nt_scalar_component(half, record + NT_RECORD_HEADER_BYTES, i);
        const double difference = components[i] - row;
        sum += metric == NT_METRIC_L2   ? difference * difference
               : metric == NT_METRIC_L1 ? __builtin_fabs(difference)
                                        : -components[i] * row;
    }
    return (float)sum;
}

NT_INLINE float nt_scalar_walk_bits(
    nt_metric metric, const nt_walk_query *query, const uint8_t *record) {
    const nt_query bits = {
        .components = query->components, .row_bytes = query->padded_dimension / 8};
    return (float)nt_scalar_bits(metric, &bits, record + NT_RECORD_HEADER_BYTES);
}

/* Twice the sum of the query's components where the code has a bit. */
NT_INLINE int64_t nt_scalar_signs(const nt_walk_query *query, const uint8_t *code) {
    const uint8_t *planes = query->components;
    int64_t sum = 0;
    for (size_t i = 0; i < query->padded_dimension; i++) {
        if (!(code[i / 8] & 0x80 >> i % 8)) continue;
        uint8_t level = 0;
        for (size_t plane = 0; plane < NT_QUERY_PLANES; plane++) {
            const uint8_t byte = planes[i / 64 * 8 * NT_QUERY_PLANES + plane * 8 + i % 64 / 8];
            if (byte & 0x80 >> i % 8) level |= (uint8_t)(1 << plane);
        }
        sum += (int8_t)level;
    }
    return 2 * sum;
}

#define NT_SCALAR_WALK(name, scored)                                                              \
    static void nt_scalar_walk_##name(                                                            \
        const nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,     \
        float *out) {                                                                             \
        for (size_t i = 0; i < count; i++) {                                                      \
            const uint8_t *record = base + nodes[i] * query->record_bytes;                        \
            out[i] = scored;                                                                      \
        }                                                                                         \
    }
#define NT_SCALAR_INTEGERS(kind)                                                                  \
    nt_walk_distance(                                                                             \
        query, record,                                                                            \
        nt_scalar_dot(                                                                            \
            kind, query->components, record + NT_RECORD_HEADER_BYTES, query->padded_dimension))
NT_SCALAR_WALK(int8, NT_SCALAR_INTEGERS(NT_CODE_INT8))
NT_SCALAR_WALK(int4, NT_SCALAR_INTEGERS(NT_CODE_INT4))
NT_SCALAR_WALK(f32_l2, nt_scalar_walk_floats(NT_METRIC_L2, 0, query, record))
NT_SCALAR_WALK(f32_ip, nt_scalar_walk_floats(NT_METRIC_IP, 0, query, record))
NT_SCALAR_WALK(f32_l1, nt_scalar_walk_floats(NT_METRIC_L1, 0, query, record))
NT_SCALAR_WALK(f16_l2, nt_scalar_walk_floats(NT_METRIC_L2, 1, query, record))
NT_SCALAR_WALK(f16_ip, nt_scalar_walk_floats(NT_METRIC_IP, 1, query, record))
NT_SCALAR_WALK(f16_l1, nt_scalar_walk_floats(NT_METRIC_L1, 1, query, record))
NT_SCALAR_WALK(hamming, nt_scalar_walk_bits(NT_METRIC_HAMMING, query, record))
NT_SCALAR_WALK(jaccard, nt_scalar_walk_bits(NT_METRIC_JACCARD, query, record))
NT_SCALAR_WALK(
    signs,
    nt_walk_distance(query, record, nt_scalar_signs(query, record + NT_RECORD_HEADER_BYTES)))
#undef NT_SCALAR_INTEGERS
#undef NT_SCALAR_WALK

const nt_tier_table nt_scalar_table = {
    .score = {
        [NT_ELEMENT_F32] = {
            [NT_METRIC_L2] = nt_scalar_l2_f32, [NT_METRIC_IP] = nt_scalar_ip_f32,
            [NT_METRIC_COSINE] = nt_scalar_cosine_f32, [NT_METRIC_L1] = nt_scalar_l1_f32,
        },
        [NT_ELEMENT_F16] = {
            [NT_METRIC_L2] = nt_scalar_l2_f16, [NT_METRIC_IP] = nt_scalar_ip_f16,
            [NT_METRIC_COSINE] = nt_scalar_cosine_f16, [NT_METRIC_L1] = nt_scalar_l1_f16,
        },
        [NT_ELEMENT_I8] = {
            [NT_METRIC_L2] = nt_scalar_l2_i8, [NT_METRIC_IP] = nt_scalar_ip_i8,
            [NT_METRIC_COSINE] = nt_scalar_cosine_i8, [NT_METRIC_L1] = nt_scalar_l1_i8,
        },
        [NT_ELEMENT_BIT] = {
            [NT_METRIC_HAMMING] = nt_scalar_hamming_bit,
            [NT_METRIC_JACCARD] = nt_scalar_jaccard_bit,
        },
    },
    .norm = {
        [NT_ELEMENT_F32] = nt_scalar_norm_float, [NT_ELEMENT_F16] = nt_scalar_norm_float,
        [NT_ELEMENT_I8] = nt_scalar_norm_i8,
    },
    .f32_to_f16 = nt_scalar_narrow,
    .f16_to_f32 = nt_scalar_widen,
    .walk = {
        [NT_CODE_INT8] = {
            [NT_METRIC_L2] = nt_scalar_walk_int8, [NT_METRIC_IP] = nt_scalar_walk_int8,
            [NT_METRIC_COSINE] = nt_scalar_walk_int8,
        },
        [NT_CODE_INT4] = {
            [NT_METRIC_L2] = nt_scalar_walk_int4, [NT_METRIC_IP] = nt_scalar_walk_int4,
            [NT_METRIC_COSINE] = nt_scalar_walk_int4,
        },
        [NT_CODE_F32] = {
            [NT_METRIC_L2] = nt_scalar_walk_f32_l2, [NT_METRIC_IP] = nt_scalar_walk_f32_ip,
            [NT_METRIC_COSINE] = nt_scalar_walk_f32_ip, [NT_METRIC_L1] = nt_scalar_walk_f32_l1,
        },
        [NT_CODE_F16] = {
            [NT_METRIC_L2] = nt_scalar_walk_f16_l2, [NT_METRIC_IP] = nt_scalar_walk_f16_ip,
            [NT_METRIC_COSINE] = nt_scalar_walk_f16_ip, [NT_METRIC_L1] = nt_scalar_walk_f16_l1,
        },
        [NT_CODE_BITS] = {
            [NT_METRIC_HAMMING] = nt_scalar_walk_hamming,
            [NT_METRIC_JACCARD] = nt_scalar_walk_jaccard,
        },
        [NT_CODE_SIGNS] = {
            [NT_METRIC_L2] = nt_scalar_walk_signs, [NT_METRIC_IP] = nt_scalar_walk_signs,
            [NT_METRIC_COSINE] = nt_scalar_walk_signs,
        },
    },
    .list = nt_scalar_list,
    .rotate = nt_scalar_rotate_floats,
};
