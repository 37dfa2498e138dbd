/* Checked against the scalar tier in an emulator; not yet run or timed on such a machine. */
#if defined(__aarch64__)

#include "tiers.h"

#include <arm_neon.h>

#pragma STDC FP_CONTRACT OFF

#define NT_NAME(name) nt_neon_##name
#define NT_LANES 4
#define NT_TABLE nt_neon_table

#include "rows_float.h"

typedef int16_t NT_NAME(shorts) __attribute__((vector_size(16)));
typedef int32_t NT_NAME(ints) __attribute__((vector_size(16)));

NT_INLINE NT_NAME(ints) NT_NAME(add_products)(
    NT_NAME(ints) sums, NT_NAME(shorts) left, NT_NAME(shorts) right) {
    int16x8_t l = (int16x8_t)left, r = (int16x8_t)right;
    int32x4_t low = vmlal_s16((int32x4_t)sums, vget_low_s16(l), vget_low_s16(r));
    return (NT_NAME(ints))vmlal_high_s16(low, l, r);
}

#include "rows_bits.h"
#include "rows_int8.h"
#include "rows_codes.h"
#include "lists_neon.h"
#include "rotate_floats.h"
#include "tier_table.h"

#endif
