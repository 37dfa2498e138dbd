/* Conversions by vector registers, and the table of one tier: included last, with NT_NAME,
 * NT_LANES, NT_TABLE (the name of the table) and NT_LIST_SCAN defined. */

static void NT_NAME(widen)(const uint16_t *from, float *to, size_t count) {
    size_t at = 0;
    for (; at + NT_LANES <= count; at += NT_LANES) {
        NT_NAME(floats) wide = NT_NAME(load_row)(1, (const uint8_t *)from, at);
        memcpy(to + at, &wide, sizeof wide);
    }
    for (; at < count; at++) to[at] = nt_widen_half(from[at]);
}

static size_t NT_NAME(narrow)(const float *from, uint16_t *to, size_t count) {
    size_t overflows = 0, at = 0;
    for (; at + NT_LANES <= count; at += NT_LANES) {
        NT_NAME(floats) wide = NT_NAME(load_query)(from, at);
        NT_NAME(halves) narrow = __builtin_convertvector(wide, NT_NAME(halves));
        memcpy(to + at, &narrow, sizeof narrow);
    }
    for (size_t end = at; end < count; end++) to[end] = nt_narrow_to_half(from[end]);
    for (at = 0; at < count; at++)
        overflows += (to[at] & 0x7FFF) == 0x7C00 && !__builtin_isinf(from[at]);
    return overflows;
}

const nt_tier_table NT_TABLE = {
    .score = {
        [NT_ELEMENT_F32] = {
            [NT_METRIC_L2] = NT_NAME(l2_f32), [NT_METRIC_IP] = NT_NAME(ip_f32),
            [NT_METRIC_COSINE] = NT_NAME(cosine_f32), [NT_METRIC_L1] = NT_NAME(l1_f32),
        },
        [NT_ELEMENT_F16] = {
            [NT_METRIC_L2] = NT_NAME(l2_f16), [NT_METRIC_IP] = NT_NAME(ip_f16),
            [NT_METRIC_COSINE] = NT_NAME(cosine_f16), [NT_METRIC_L1] = NT_NAME(l1_f16),
        },
        [NT_ELEMENT_I8] = {
            [NT_METRIC_L2] = NT_NAME(l2_i8), [NT_METRIC_IP] = NT_NAME(ip_i8),
            [NT_METRIC_COSINE] = NT_NAME(cosine_i8), [NT_METRIC_L1] = NT_NAME(l1_i8),
        },
        [NT_ELEMENT_BIT] = {
            [NT_METRIC_HAMMING] = NT_NAME(hamming_bit),
            [NT_METRIC_JACCARD] = NT_NAME(jaccard_bit),
        },
    },
    .norm = {
        [NT_ELEMENT_F32] = NT_NAME(norm_float), [NT_ELEMENT_F16] = NT_NAME(norm_float),
        [NT_ELEMENT_I8] = NT_NAME(norm_i8),
    },
    .f32_to_f16 = NT_NAME(narrow),
    .f16_to_f32 = NT_NAME(widen),
    .walk = {
        [NT_CODE_INT8] = {
            [NT_METRIC_L2] = NT_NAME(walk_int8), [NT_METRIC_IP] = NT_NAME(walk_int8),
            [NT_METRIC_COSINE] = NT_NAME(walk_int8),
        },
        [NT_CODE_INT4] = {
            [NT_METRIC_L2] = NT_NAME(walk_int4), [NT_METRIC_IP] = NT_NAME(walk_int4),
            [NT_METRIC_COSINE] = NT_NAME(walk_int4),
        },
        [NT_CODE_F32] = {
            [NT_METRIC_L2] = NT_NAME(walk_f32_l2), [NT_METRIC_IP] = NT_NAME(walk_f32_ip),
            [NT_METRIC_COSINE] = NT_NAME(walk_f32_ip), [NT_METRIC_L1] = NT_NAME(walk_f32_l1),
        },
        [NT_CODE_F16] = {
            [NT_METRIC_L2] = NT_NAME(walk_f16_l2), [NT_METRIC_IP] = NT_NAME(walk_f16_ip),
            [NT_METRIC_COSINE] = NT_NAME(walk_f16_ip), [NT_METRIC_L1] = NT_NAME(walk_f16_l1),
        },
        [NT_CODE_BITS] = {
            [NT_METRIC_HAMMING] = NT_NAME(walk_hamming),
            [NT_METRIC_JACCARD] = NT_NAME(walk_jaccard),
        },
        [NT_CODE_SIGNS] = {
            [NT_METRIC_L2] = NT_NAME(walk_signs), [NT_METRIC_IP] = NT_NAME(walk_signs),
            [NT_METRIC_COSINE] = NT_NAME(walk_signs),
        },
    },
    .list = NT_LIST_SCAN,
    .rotate = NT_NAME(rotate),
};
