#include "needletail_walk.h"
#include "tiers.h"

#include <math.h>

#pragma STDC FP_CONTRACT OFF

enum { NT_BLOCK_DIMENSIONS = 32 };

static const int32_t nt_code_max[NT_CODE_KIND_COUNT] = {127, 7};
/* Largest magnitude stored: int4 codes are stored plus 8. */
static const int32_t nt_stored_max[NT_CODE_KIND_COUNT] = {127, 15};

size_t nt_padded_dimension(size_t dimension) {
    return (dimension + NT_BLOCK_DIMENSIONS - 1) / NT_BLOCK_DIMENSIONS * NT_BLOCK_DIMENSIONS;
}

static size_t nt_code_bytes(nt_code_kind kind, size_t dimension) {
    return nt_padded_dimension(dimension) / (kind == NT_CODE_INT4 ? 2 : 1);
}

size_t nt_record_bytes(nt_code_kind kind, size_t dimension) {
    return NT_RECORD_HEADER_BYTES + nt_code_bytes(kind, dimension);
}

int32_t nt_query_component_max(nt_code_kind kind, size_t dimension) {
    int64_t most = INT32_MAX / ((int64_t)nt_padded_dimension(dimension) * nt_stored_max[kind]);
    return most > 8191 ? 8191 : (int32_t)most;
}

/* Where dimension `at` of an int4 code is: its byte, and how far to shift. */
static size_t nt_nibble_byte(size_t at) { return at / 32 * 16 + at % 16; }
static int nt_nibble_shift(size_t at) { return at % 32 < 16 ? 0 : 4; }

void nt_encode(nt_code_kind kind, const float *vector, size_t dimension, uint8_t *record) {
    float largest = 0;
    for (size_t i = 0; i < dimension; i++) largest = fmaxf(largest, fabsf(vector[i]));
    const float most = (float)nt_code_max[kind];
    const float scale = largest / most;
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
    const float residual = nextafterf((float)sqrt(lost), INFINITY);
    memcpy(record, &scale, sizeof scale);
    memcpy(record + 8, &residual, sizeof residual);
}

void nt_decode(nt_code_kind kind, const uint8_t *record, size_t dimension, int16_t *components) {
    const uint8_t *code = record + NT_RECORD_HEADER_BYTES;
    const size_t padded = nt_padded_dimension(dimension);
    if (kind == NT_CODE_INT8) {
        for (size_t i = 0; i < padded; i++) components[i] = (int8_t)code[i];
        return;
    }
    for (size_t at = 0; at < padded; at += NT_BLOCK_DIMENSIONS, code += 16, components += 32)
        for (size_t i = 0; i < 16; i++) {
            components[i] = (int16_t)((code[i] & 15) - 8);
            components[i + 16] = (int16_t)((code[i] >> 4) - 8);
        }
}

void nt_walk_prepare(nt_walk_query *query, nt_code_kind kind, nt_tier tier) {
    query->score = nt_table(tier)->walk[kind];
    query->bias = 0;
    if (kind != NT_CODE_INT4) return;
    for (size_t i = 0; i < query->padded_dimension; i++)
        query->bias += 8 * (int64_t)query->components[i];
}
