/* A 128-bit hash of two lanes, each fed both words of a 16-byte chunk through a folded
   64 x 64 -> 128 multiplication and rotated, so that no word can cancel what came before it. */
#include <string.h>

#include "needletail_checksum.h"

#define K0 0x9E3779B97F4A7C15ull
#define K1 0xD1B54A32D192ED03ull
#define K2 0xABC98388FB8FAC03ull
#define K3 0x8CB92BA72F3D8DD7ull

static inline uint64_t load64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

static inline uint64_t fold(uint64_t left, uint64_t right) {
    const unsigned __int128 product = (unsigned __int128)left * right;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static inline uint64_t rotate(uint64_t word, int bits) {
    return (word << bits) | (word >> (64 - bits));
}

static inline uint64_t finish(uint64_t word) {
    word = (word ^ (word >> 30)) * 0xBF58476D1CE4E5B9ull;
    word = (word ^ (word >> 27)) * 0x94D049BB133111EBull;
    return word ^ (word >> 31);
}

nt_hash128_t nt_hash128(const void *bytes, size_t length, uint64_t seed) {
    const uint8_t *next = bytes;
    uint64_t first = seed ^ K0, second = finish(seed + K1);
    size_t left = length;
    while (left > 0) {
        uint8_t tail[16] = {0};
        const uint8_t *chunk = next;
        const size_t taken = left < 16 ? left : 16;
        if (taken < 16) {
            memcpy(tail, next, taken);
            chunk = tail;
        }
        const uint64_t low = load64(chunk), high = load64(chunk + 8);
        first = rotate(first, 29) * K2 + (low ^ fold(low ^ K0 ^ second, high ^ K1));
        second = rotate(second, 31) * K3 + (high ^ fold(high ^ K2 ^ first, low ^ K3));
        next += taken;
        left -= taken;
    }
    first = finish(first ^ (uint64_t)length);
    second = finish(second + first);
    nt_hash128_t hash = {first + second, finish(second ^ rotate(first, 32))};
    return hash;
}
