#include "needletail_walk.h"
#include "tiers.h"

#include <math.h>
#include <stdlib.h>

#pragma STDC FP_CONTRACT OFF

/* How many bits a dimension takes, and of how many dimensions a block consists: as many as fill
 * whole registers of the widest tier, or make records multiples of 16 bytes. */
static const struct { size_t bits, block; } nt_code_forms[NT_CODE_KIND_COUNT] = {
    [NT_CODE_INT8] = {8, 32},  [NT_CODE_INT4] = {4, 32},  [NT_CODE_F32] = {32, 16},
    [NT_CODE_F16] = {16, 16},  [NT_CODE_BITS] = {1, 128}, [NT_CODE_SIGNS] = {1, 128},
};

static const int32_t nt_code_max[] = {[NT_CODE_INT8] = 127, [NT_CODE_INT4] = 7};
/* Largest magnitude stored: int4 codes are stored plus 8. */
static const int32_t nt_stored_max[] = {[NT_CODE_INT8] = 127, [NT_CODE_INT4] = 15};

int nt_code_serves(nt_code_kind kind, nt_metric metric) {
    return (unsigned)kind < NT_CODE_KIND_COUNT && (unsigned)metric < NT_METRIC_COUNT &&
           nt_table(NT_TIER_SCALAR)->walk[kind][metric] != NULL;
}

size_t nt_padded_dimension(nt_code_kind kind, size_t dimension) {
    const size_t block = nt_code_forms[kind].block;
    return (dimension + block - 1) / block * block;
}

static size_t nt_code_bytes(nt_code_kind kind, size_t dimension) {
    return nt_padded_dimension(kind, dimension) * nt_code_forms[kind].bits / 8;
}

size_t nt_record_bytes(nt_code_kind kind, size_t dimension) {
    return NT_RECORD_HEADER_BYTES + nt_code_bytes(kind, dimension);
}

size_t nt_query_bytes(nt_code_kind kind, size_t dimension) {
    const size_t padded = nt_padded_dimension(kind, dimension);
    switch (kind) {
    case NT_CODE_INT8:
    case NT_CODE_INT4: return padded * sizeof(int16_t);
    case NT_CODE_F32:
    case NT_CODE_F16: return padded * sizeof(float);
    case NT_CODE_SIGNS: return padded / 8 * NT_QUERY_PLANES;
    default: return padded / 8;
    }
}

int32_t nt_query_component_max(nt_code_kind kind, size_t dimension) {
    const int64_t padded = (int64_t)nt_padded_dimension(kind, dimension);
    const int64_t most = INT32_MAX / (padded * nt_stored_max[kind]);
    return most > 8191 ? 8191 : (int32_t)most;
}

/* Where dimension `at` of an int4 code is: its byte, and how far to shift. */
static size_t nt_nibble_byte(size_t at) { return at / 32 * 16 + at % 16; }
static int nt_nibble_shift(size_t at) { return at % 32 < 16 ? 0 : 4; }

static void nt_write_constants(uint8_t *record, float scale, double residual) {
    const float above = nextafterf((float)residual, INFINITY);
    memcpy(record, &scale, sizeof scale);
    memcpy(record + 8, &above, sizeof above);
}

/* Several at a time, so that none has to wait for the one before it; in this order everywhere. */
enum { NT_LANES = 4 };

float nt_largest(const float *vector, size_t dimension) {
    float lanes[NT_LANES] = {0};
    for (size_t i = 0; i + NT_LANES <= dimension; i += NT_LANES)
        for (size_t lane = 0; lane < NT_LANES; lane++) {
            const float size = fabsf(vector[i + lane]);
            lanes[lane] = size > lanes[lane] ? size : lanes[lane];
        }
    float largest = 0;
    for (size_t lane = 0; lane < NT_LANES; lane++) largest = fmaxf(largest, lanes[lane]);
    for (size_t i = dimension / NT_LANES * NT_LANES; i < dimension; i++)
        largest = fmaxf(largest, fabsf(vector[i]));
    return largest;
}

double nt_sum_of_squares(const float *vector, size_t dimension) {
    double lanes[NT_LANES] = {0};
    for (size_t i = 0; i + NT_LANES <= dimension; i += NT_LANES)
        for (size_t lane = 0; lane < NT_LANES; lane++)
            lanes[lane] += (double)vector[i + lane] * (double)vector[i + lane];
    double squares = (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]);
    for (size_t i = dimension / NT_LANES * NT_LANES; i < dimension; i++)
        squares += (double)vector[i] * (double)vector[i];
    return squares;
}

void nt_write_levels(const float *vector, size_t dimension, double factor, int16_t *levels) {
    for (size_t i = 0; i < dimension; i++) {
        const double exact = vector[i] * factor;
        /* The greatest number below 1/2: what is cut off then is what rounding would take away. */
        levels[i] = (int16_t)(int32_t)(exact + copysign(0x1.fffffffffffffp-2, exact));
    }
}

static void nt_encode_integers(
    nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record) {
    const float most = (float)nt_code_max[kind];
    const float scale = nt_largest(vector, dimension) / most;
    const double inverse = scale > 0 ? 1 / (double)scale : 0;
    uint8_t *code = record + NT_RECORD_HEADER_BYTES;
    memset(code, kind == NT_CODE_INT4 ? 0x88 : 0, nt_code_bytes(kind, dimension));
    double lost = 0;
    for (size_t i = 0; i < dimension; i++) {
        double exact = nearbyint(vector[i] * inverse);
        int32_t level = (int32_t)(exact > most ? most : exact < -most ? -most : exact);
        double difference = vector[i] - (double)scale * level;
        lost += difference * difference;
        if (kind == NT_CODE_INT8) {
            code[i] = (uint8_t)(int8_t)level;
        } else {
            uint8_t *byte = &code[nt_nibble_byte(i)];
            const int shift = nt_nibble_shift(i);
            *byte = (uint8_t)((*byte & ~(15 << shift)) | ((level + 8) << shift));
        }
    }
    nt_write_constants(record, scale, sqrt(lost));
}

/* A power of two that brings components into the range of halves; 1 where they are in it, so that
 * what was a half stays what it was. */
static float nt_half_scale(float largest) {
    if (largest == 0 || (largest >= 0x1p-8f && largest < 65504)) return 1;
    int exponent;
    frexpf(largest, &exponent);
    return ldexpf(1, exponent < -125 ? -125 : exponent - 1);
}

static void nt_encode_floats(
    nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record) {
    const float scale =
        kind == NT_CODE_F16 ? nt_half_scale(nt_largest(vector, dimension)) : 1;
    uint8_t *code = record + NT_RECORD_HEADER_BYTES;
    memset(code, 0, nt_code_bytes(kind, dimension));
    double lost = 0;
    if (kind == NT_CODE_F32) {
        memcpy(code, vector, dimension * sizeof *vector);
    } else {
        for (size_t i = 0; i < dimension; i++) {
            const uint16_t half = nt_narrow_to_half(vector[i] / scale);
            const double difference = vector[i] - (double)scale * nt_widen_half(half);
            lost += difference * difference;
            memcpy(code + i * sizeof half, &half, sizeof half);
        }
    }
    nt_write_constants(record, scale, sqrt(lost));
}

/* Sets bits where components are above 0. */
#define NT_PACK(vector, dimension, bits)                                                          \
    for (size_t i = 0; i < (dimension); i++)                                                      \
        if ((vector)[i] > 0) (bits)[i / 8] |= (uint8_t)(0x80 >> i % 8)

void nt_encode(nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record) {
    uint8_t *code = record + NT_RECORD_HEADER_BYTES;
    switch (kind) {
    case NT_CODE_INT8:
    case NT_CODE_INT4: nt_encode_integers(kind, vector, dimension, record); break;
    case NT_CODE_F32:
    case NT_CODE_F16: nt_encode_floats(kind, vector, dimension, record); break;
    default:
        memset(record, 0, nt_record_bytes(kind, dimension));
        NT_PACK(vector, dimension, code);
    }
}

void nt_decode(nt_code_kind kind, const uint8_t *record, size_t dimension, void *components) {
    const uint8_t *code = record + NT_RECORD_HEADER_BYTES;
    const size_t padded = nt_padded_dimension(kind, dimension);
    int16_t *shorts = components;
    switch (kind) {
    case NT_CODE_INT8:
        for (size_t i = 0; i < padded; i++) shorts[i] = (int8_t)code[i];
        break;
    case NT_CODE_INT4:
        for (size_t at = 0; at < padded; at += 32, code += 16, shorts += 32)
            for (size_t i = 0; i < 16; i++) {
                shorts[i] = (int16_t)((code[i] & 15) - 8);
                shorts[i + 16] = (int16_t)((code[i] >> 4) - 8);
            }
        break;
    case NT_CODE_F16: {
        const float scale = nt_record_scale(record);
        float *floats = components;
        for (size_t i = 0; i < padded; i++) {
            uint16_t half;
            memcpy(&half, code + i * sizeof half, sizeof half);
            floats[i] = nt_widen_half(half) * scale;
        }
        break;
    }
    default: memcpy(components, code, nt_code_bytes(kind, dimension));
    }
}

void nt_walk_prepare(nt_walk_query *query, nt_code_kind kind, nt_metric metric, nt_tier tier) {
    query->score = nt_table(tier)->walk[kind][metric];
    if (kind != NT_CODE_INT8 && kind != NT_CODE_INT4) return;
    query->bias = 0;
    if (kind != NT_CODE_INT4) return;
    const int16_t *components = query->components;
    for (size_t i = 0; i < query->padded_dimension; i++)
        query->bias += 8 * (int64_t)components[i];
}

void nt_encode_signs(const double *rotated, size_t dimension, uint8_t *record) {
    const size_t padded = nt_padded_dimension(NT_CODE_SIGNS, dimension);
    double absolutes = 0, squares = 0;
    for (size_t i = 0; i < padded; i++) {
        absolutes += fabs(rotated[i]);
        squares += rotated[i] * rotated[i];
    }
    memset(record, 0, nt_record_bytes(NT_CODE_SIGNS, dimension));
    NT_PACK(rotated, padded, record + NT_RECORD_HEADER_BYTES);
    if (absolutes == 0) return;
    /* The signs point nearly where the vector does: scaled so that the inner product of both is
     * the vector's own square, the estimate of any other has no bias. */
    const double scale = squares / absolutes;
    const double lost = scale * scale * (double)padded - squares;
    nt_write_constants(record, (float)scale, lost > 0 ? sqrt(lost) : 0);
}

void nt_prepare_signs(
    nt_walk_query *query, const double *rotated, size_t dimension, uint8_t *components) {
    const size_t padded = nt_padded_dimension(NT_CODE_SIGNS, dimension);
    const double most = (1 << (NT_QUERY_PLANES - 1)) - 1;
    double largest = 0;
    for (size_t i = 0; i < padded; i++) largest = fmax(largest, fabs(rotated[i]));
    const double inverse = largest > 0 ? most / largest : 0;
    memset(components, 0, nt_query_bytes(NT_CODE_SIGNS, dimension));
    query->bias = 0;
    for (size_t i = 0; i < padded; i++) {
        const double exact = nearbyint(rotated[i] * inverse);
        const int32_t level = (int32_t)(exact > most ? most : exact < -most ? -most : exact);
        query->bias += level;
        uint8_t *byte = components + i / 64 * 8 * NT_QUERY_PLANES + i % 64 / 8;
        for (size_t plane = 0; plane < NT_QUERY_PLANES; plane++)
            if ((uint32_t)level >> plane & 1) byte[plane * 8] |= (uint8_t)(0x80 >> i % 8);
    }
    query->factor = (float)(largest / most);
}

uint32_t *nt_zeroed_lists(size_t count) {
    uint32_t *lists = calloc(count, sizeof *lists);
    if (!lists) abort();
    return lists;
}

void nt_free_lists(uint32_t *lists) { free(lists); }
