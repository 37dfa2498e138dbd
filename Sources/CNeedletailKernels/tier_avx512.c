/* The shared source was checked at this width; the compiled instructions have not yet run on a
 * machine that has them. The tests run them wherever the machine does. */
#if defined(__x86_64__)

#include "tiers.h"

#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(                                                                     \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni,avx512vpopcntdq,avx2,"   \
                          "fma,f16c,popcnt"))),                                                   \
    apply_to = function)

#define NT_NAME(name) nt_avx512_##name
#define NT_LANES 16
#define NT_TABLE nt_avx512_table

#include "rows_float.h"

typedef int16_t NT_NAME(shorts) __attribute__((vector_size(64)));
typedef int32_t NT_NAME(ints) __attribute__((vector_size(64)));

NT_INLINE NT_NAME(ints) NT_NAME(add_products)(
    NT_NAME(ints) sums, NT_NAME(shorts) left, NT_NAME(shorts) right) {
    return (NT_NAME(ints))_mm512_dpwssd_epi32((__m512i)sums, (__m512i)left, (__m512i)right);
}

#include "rows_bits.h"
#include "rows_int8.h"
#include "rows_codes.h"
#include "lists_avx2.h"
#include "rotate_floats.h"
#include "tier_table.h"

#pragma clang attribute pop

#endif
