/* The tables that every tier of CRC32C reads; filled once, before main. */
#ifndef NEEDLETAIL_CRC_TABLES_H
#define NEEDLETAIL_CRC_TABLES_H

#include <stddef.h>
#include <stdint.h>

/* Bytes per lane of the interleaved loops. */
enum { NT_LONG_LANE = 1024, NT_SHORT_LANE = 128 };

typedef uint32_t nt_shift_table[4][256];

/* Slicing tables: nt_crc_bytes[k][b] is the CRC of byte b followed by k zero bytes. */
extern uint32_t nt_crc_bytes[8][256];
/* What a CRC register becomes after one lane of zero bytes, a byte of the register at a time. */
extern nt_shift_table nt_shift_long, nt_shift_short;

static inline uint32_t nt_shift(const nt_shift_table table, uint32_t crc) {
    return table[0][crc & 0xFF] ^ table[1][(crc >> 8) & 0xFF] ^ table[2][(crc >> 16) & 0xFF] ^
           table[3][crc >> 24];
}

#endif
