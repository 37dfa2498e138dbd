#include "tiers.h"

#include <math.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

/*
 * A random rotation without a matrix: rounds of random signs and a fast Hadamard transform, with a
 * step that mixes both halves where the length is no power of two (Ailon and Chazelle 2009; Kac's
 * walk as in the RaBitQ library). Additions, subtractions and products in one order only.
 */

static void nt_flip_signs(double *vector, size_t count, uint64_t round) {
    for (size_t at = 0; at < count; at += 64) {
        const uint64_t signs = nt_random_signs(round << 32 | at);
        for (size_t i = 0; i < 64; i++) vector[at + i] *= signs >> i & 1 ? -1.0 : 1.0;
    }
}

/* Of `count` components, a power of two. Keeps the length. */
static void nt_hadamard(double *vector, size_t count) {
    for (size_t half = 1; half < count; half *= 2)
        for (size_t at = 0; at < count; at += 2 * half)
            for (size_t i = at; i < at + half; i++) {
                const double sum = vector[i] + vector[i + half];
                vector[i + half] = vector[i] - vector[i + half];
                vector[i] = sum;
            }
    const double scale = 1 / sqrt((double)count);
    for (size_t i = 0; i < count; i++) vector[i] *= scale;
}

static void nt_mix_halves(double *vector, size_t count) {
    const double scale = sqrt(0.5);
    for (size_t i = 0; i < count / 2; i++) {
        const double left = vector[i], right = vector[i + count / 2];
        vector[i] = (left + right) * scale;
        vector[i + count / 2] = (left - right) * scale;
    }
}

void nt_rotate(const float *vector, size_t dimension, double *rotated) {
    const size_t padded = nt_padded_dimension(NT_CODE_SIGNS, dimension);
    size_t power = 64;
    while (power * 2 <= padded) power *= 2;
    for (size_t i = 0; i < padded; i++) rotated[i] = i < dimension ? vector[i] : 0;
    for (uint64_t round = 0; round < NT_ROTATION_ROUNDS; round++) {
        nt_flip_signs(rotated, padded, round);
        nt_hadamard(rotated + (round % 2 == 0 ? 0 : padded - power), power);
        if (power < padded) nt_mix_halves(rotated, padded);
    }
}

#define NT_NAME(name) nt_scalar_##name
#include "rotate_floats.h"

void nt_scalar_rotate_floats(const float *vector, size_t dimension, float *rotated) {
    nt_scalar_rotate(vector, dimension, rotated);
}

void nt_rotate_floats(const float *vector, size_t dimension, float *rotated, nt_tier tier) {
    nt_table(tier)->rotate(vector, dimension, rotated);
}
