#include "crc_tables.h"

/* The Castagnoli polynomial, bits reversed. */
#define POLYNOMIAL 0x82F63B78u

uint32_t nt_crc_bytes[8][256];
nt_shift_table nt_shift_long, nt_shift_short;

/* A linear map of 32-bit registers: row i is the image of bit i. */
typedef struct {
    uint32_t row[32];
} map32;

static uint32_t apply(const map32 *map, uint32_t value) {
    uint32_t sum = 0;
    for (int bit = 0; value != 0; bit++, value >>= 1)
        if (value & 1) sum ^= map->row[bit];
    return sum;
}

/* The map of `bytes` zero bytes, a power of two, by repeated squaring. */
static map32 zeros(size_t bytes) {
    map32 map;
    map.row[0] = POLYNOMIAL;
    for (int bit = 1; bit < 32; bit++) map.row[bit] = 1u << (bit - 1);
    for (size_t bits = 1; bits < bytes * 8; bits *= 2) {
        map32 square;
        for (int bit = 0; bit < 32; bit++) square.row[bit] = apply(&map, map.row[bit]);
        map = square;
    }
    return map;
}

static void fill(nt_shift_table table, size_t bytes) {
    const map32 map = zeros(bytes);
    for (int part = 0; part < 4; part++)
        for (uint32_t byte = 0; byte < 256; byte++)
            table[part][byte] = apply(&map, byte << (8 * part));
}

__attribute__((constructor)) static void fill_tables(void) {
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++) crc = (crc >> 1) ^ ((crc & 1) ? POLYNOMIAL : 0);
        nt_crc_bytes[0][byte] = crc;
    }
    for (int zero = 1; zero < 8; zero++)
        for (uint32_t byte = 0; byte < 256; byte++) {
            const uint32_t before = nt_crc_bytes[zero - 1][byte];
            nt_crc_bytes[zero][byte] = (before >> 8) ^ nt_crc_bytes[0][before & 0xFF];
        }
    fill(nt_shift_long, NT_LONG_LANE);
    fill(nt_shift_short, NT_SHORT_LANE);
}
