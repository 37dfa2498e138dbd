/* CRC32C with the fastest instructions at hand, and a 128-bit hash for long keys. */
#ifndef NEEDLETAIL_CHECKSUM_H
#define NEEDLETAIL_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* CRC32C (Castagnoli, RFC 3720 B.4) of `length` bytes, continuing from `crc`: 0 at the start,
   or what an earlier call returned. The same on every tier. */
uint32_t nt_crc32c(uint32_t crc, const void *bytes, size_t length);

/* The same by tables alone; the oracle of the others. */
uint32_t nt_crc32c_portable(uint32_t crc, const void *bytes, size_t length);

/* Which code nt_crc32c runs: "sse4.2", "armv8" or "portable". */
const char *nt_crc32c_tier(void);

typedef struct {
    uint64_t high;
    uint64_t low;
} nt_hash128_t;

/* A well-mixed 128-bit hash, the same on every machine. Not cryptographic: whoever chooses the
   bytes can make two strings collide. */
nt_hash128_t nt_hash128(const void *bytes, size_t length, uint64_t seed);

#endif
