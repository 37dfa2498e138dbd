/* CRC32C: three lanes of the hardware instruction, joined by table; tables alone elsewhere.

   The instruction takes three cycles and one may start each cycle, so one lane uses a third of
   the unit. Gopal et al., "Fast CRC computation for iSCSI polynomial using CRC32 instruction",
   2011. */
#include <string.h>

#include "crc_tables.h"
#include "needletail_checksum.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#define HARDWARE "sse4.2"
#define TIER __attribute__((target("sse4.2")))
#define STEP64(crc, word) ((uint32_t)_mm_crc32_u64((crc), (word)))
#define STEP8(crc, byte) _mm_crc32_u8((crc), (byte))
static int has_hardware(void) { return __builtin_cpu_supports("sse4.2"); }
#elif defined(__aarch64__)
#include <arm_acle.h>
#define HARDWARE "armv8"
#define STEP64(crc, word) __crc32cd((crc), (word))
#define STEP8(crc, byte) __crc32cb((crc), (byte))
#if defined(__APPLE__)
#define TIER
static int has_hardware(void) { return 1; }
#else
#include <asm/hwcap.h>
#include <sys/auxv.h>
#define TIER __attribute__((target("crc")))
static int has_hardware(void) { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }
#endif
#endif

static inline uint64_t load64(const uint8_t *bytes) {
    uint64_t word;
    memcpy(&word, bytes, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

uint32_t nt_crc32c_portable(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *next = bytes;
    crc = ~crc;
    for (; length >= 8; next += 8, length -= 8) {
        const uint64_t word = load64(next) ^ crc;
        crc = 0;
        for (int byte = 0; byte < 8; byte++)
            crc ^= nt_crc_bytes[7 - byte][(word >> (8 * byte)) & 0xFF];
    }
    for (; length > 0; next++, length--) crc = (crc >> 8) ^ nt_crc_bytes[0][(crc ^ *next) & 0xFF];
    return ~crc;
}

#if defined(HARDWARE)
/* Takes as many groups of three lanes as there are, and moves `next` and `length` past them. */
TIER static inline uint32_t three_lanes(
    uint32_t crc, const uint8_t **next, size_t *length, size_t lane, const nt_shift_table shift) {
    while (*length >= 3 * lane) {
        const uint8_t *at = *next;
        uint32_t first = crc, second = 0, third = 0;
        for (size_t offset = 0; offset < lane; offset += 8) {
            first = STEP64(first, load64(at + offset));
            second = STEP64(second, load64(at + lane + offset));
            third = STEP64(third, load64(at + 2 * lane + offset));
        }
        crc = nt_shift(shift, nt_shift(shift, first) ^ second) ^ third;
        *next += 3 * lane;
        *length -= 3 * lane;
    }
    return crc;
}

TIER static uint32_t crc32c_hardware(uint32_t crc, const void *bytes, size_t length) {
    const uint8_t *next = bytes;
    crc = ~crc;
    crc = three_lanes(crc, &next, &length, NT_LONG_LANE, nt_shift_long);
    crc = three_lanes(crc, &next, &length, NT_SHORT_LANE, nt_shift_short);
    for (; length >= 8; next += 8, length -= 8) crc = STEP64(crc, load64(next));
    for (; length > 0; next++, length--) crc = STEP8(crc, *next);
    return ~crc;
}
#endif

static uint32_t (*chosen)(uint32_t, const void *, size_t) = nt_crc32c_portable;

__attribute__((constructor)) static void choose(void) {
#if defined(HARDWARE)
    if (has_hardware()) chosen = crc32c_hardware;
#endif
}

uint32_t nt_crc32c(uint32_t crc, const void *bytes, size_t length) {
    return chosen(crc, bytes, length);
}

const char *nt_crc32c_tier(void) {
#if defined(HARDWARE)
    if (chosen == crc32c_hardware) return HARDWARE;
#endif
    return "portable";
}
