#include "tiers.h"

/* By integer arithmetic alone, so that it is the same on every machine and in any rounding mode. */

float nt_widen_half(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000) << 16, bits;
    uint32_t exponent = (half >> 10) & 0x1F, fraction = half & 0x3FF;
    if (exponent == 0x1F) {
        /* Infinity, or a NaN made quiet as the hardware makes it. */
        bits = 0x7F800000 | fraction << 13 | (fraction ? 0x00400000 : 0);
    } else if (exponent != 0) {
        bits = (exponent + 112) << 23 | fraction << 13;
    } else if (fraction == 0) {
        bits = 0;
    } else {
        /* Subnormal: the highest set bit becomes the implicit one. */
        int shift = __builtin_clz(fraction) - 21;
        bits = (uint32_t)(113 - shift) << 23 | ((fraction << shift) & 0x3FF) << 13;
    }
    bits |= sign;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

uint16_t nt_narrow_to_half(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    uint16_t sign = (uint16_t)(bits >> 16 & 0x8000);
    uint32_t magnitude = bits & 0x7FFFFFFF;
    if (magnitude > 0x7F800000)
        return (uint16_t)(sign | 0x7E00 | (magnitude >> 13 & 0x3FF));
    /* 65,520 and above round to infinity. */
    if (magnitude >= 0x477FF000) return sign | 0x7C00;
    /* Up to half of the smallest subnormal, the even neighbour is zero. */
    if (magnitude <= 0x33000000) return sign;
    uint32_t significand, shift;
    uint32_t exponent = magnitude >> 23;
    if (exponent >= 113) {
        significand = magnitude - (112u << 23);
        shift = 13;
    } else {
        significand = (magnitude & 0x7FFFFF) | 0x800000;
        shift = 126 - exponent;
    }
    uint32_t kept = significand >> shift;
    uint32_t rest = significand & ((1u << shift) - 1), tie = 1u << (shift - 1);
    /* A carry out of the fraction is the next exponent, which is what rounding up means. */
    if (rest > tie || (rest == tie && (kept & 1))) kept += 1;
    return (uint16_t)(sign | kept);
}

size_t nt_f32_to_f16(const float *from, uint16_t *to, size_t count) {
    return nt_table(nt_selected_tier())->f32_to_f16(from, to, count);
}

void nt_f16_to_f32(const uint16_t *from, float *to, size_t count) {
    nt_table(nt_selected_tier())->f16_to_f32(from, to, count);
}

size_t nt_first_nonfinite_f32(const float *components, size_t count) {
    enum { block = 64 };
    size_t at = 0;
    for (; at + block <= count; at += block) {
        /* The sign bit of each is set where the exponent is all ones. */
        uint32_t found = 0;
        for (size_t i = at; i < at + block; i++) {
            uint32_t bits;
            memcpy(&bits, components + i, sizeof bits);
            found |= (bits & 0x7FFFFFFF) + 0x00800000;
        }
        if (found >> 31) break;
    }
    for (; at < count; at++)
        if (!__builtin_isfinite(components[at])) return at;
    return count;
}

size_t nt_first_nonfinite_f16(const uint16_t *components, size_t count) {
    enum { block = 16 };
    size_t at = 0;
    for (; at + block <= count; at += block) {
        uint32_t found = 0;
        for (size_t i = at; i < at + block; i++) found |= (components[i] & 0x7C00) == 0x7C00;
        if (found) break;
    }
    for (; at < count; at++)
        if ((components[at] & 0x7C00) == 0x7C00) return at;
    return count;
}
