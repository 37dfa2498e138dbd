/*
 * The rotation of nt_rotate on floats, for one tier. The including file defines NT_NAME.
 *
 * Every component is made by the same additions and products in the same order on every tier,
 * whatever the width of registers: the same bits everywhere.
 */
typedef float NT_NAME(eight) __attribute__((vector_size(32), aligned(4)));

/* Sums and differences of components that are 1, 2 or 4 apart, within eight. */
#define NT_BUTTERFLY(v, a, b, c, d, e, f, g, h, ...)                                              \
    (__builtin_shufflevector(v, v, a, b, c, d, e, f, g, h) + (v) * (NT_NAME(eight)){__VA_ARGS__})

NT_INLINE void NT_NAME(hadamard)(float *vector, size_t count) {
    const float scale = 1 / __builtin_sqrtf((float)count);
    NT_NAME(eight) *parts = (NT_NAME(eight) *)(void *)vector;
    for (size_t i = 0; i < count / 8; i++) {
        NT_NAME(eight) v = parts[i] * scale;
        v = NT_BUTTERFLY(v, 1, 0, 3, 2, 5, 4, 7, 6, 1, -1, 1, -1, 1, -1, 1, -1);
        v = NT_BUTTERFLY(v, 2, 3, 0, 1, 6, 7, 4, 5, 1, 1, -1, -1, 1, 1, -1, -1);
        parts[i] = NT_BUTTERFLY(v, 4, 5, 6, 7, 0, 1, 2, 3, 1, 1, 1, 1, -1, -1, -1, -1);
    }
    for (size_t half = 1; half < count / 8; half *= 2)
        for (size_t at = 0; at < count / 8; at += 2 * half)
            for (size_t i = at; i < at + half; i++) {
                const NT_NAME(eight) left = parts[i], right = parts[i + half];
                parts[i] = left + right;
                parts[i + half] = left - right;
            }
}

static void NT_NAME(rotate)(const float *vector, size_t dimension, float *rotated) {
    const size_t padded = nt_padded_dimension(NT_CODE_SIGNS, dimension);
    size_t power = 64;
    while (power * 2 <= padded) power *= 2;
    memcpy(rotated, vector, dimension * sizeof *rotated);
    for (size_t i = dimension; i < padded; i++) rotated[i] = 0;
    const float mixed = __builtin_sqrtf(0.5f);
    for (uint64_t round = 0; round < NT_ROTATION_ROUNDS; round++) {
        for (size_t at = 0; at < padded; at += 32) {
            const uint64_t both = nt_random_signs(round << 32 | (at & ~(size_t)63));
            const uint32_t signs = (uint32_t)(both >> at % 64);
            for (size_t i = 0; i < 32; i++) {
                uint32_t bits;
                memcpy(&bits, rotated + at + i, sizeof bits);
                bits ^= (signs >> i & 1) << 31;
                memcpy(rotated + at + i, &bits, sizeof bits);
            }
        }
        NT_NAME(hadamard)(rotated + (round % 2 == 0 ? 0 : padded - power), power);
        if (power == padded) continue;
        for (size_t i = 0; i < padded / 2; i++) {
            const float left = rotated[i] * mixed, right = rotated[i + padded / 2] * mixed;
            rotated[i] = left + right;
            rotated[i + padded / 2] = left - right;
        }
    }
}
#undef NT_BUTTERFLY
