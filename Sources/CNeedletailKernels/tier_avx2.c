#if defined(__x86_64__)

#include "tiers.h"

#include <immintrin.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang attribute push(                                                                     \
    __attribute__((target("avx2,fma,f16c,popcnt"))), apply_to = function)

#define NT_NAME(name) nt_avx2_##name
#define NT_LANES 8
#define NT_TABLE nt_avx2_table

#include "rows_float.h"

typedef int16_t NT_NAME(shorts) __attribute__((vector_size(32)));
typedef int32_t NT_NAME(ints) __attribute__((vector_size(32)));

NT_INLINE NT_NAME(ints) NT_NAME(add_products)(
    NT_NAME(ints) sums, NT_NAME(shorts) left, NT_NAME(shorts) right) {
    return sums + (NT_NAME(ints))_mm256_madd_epi16((__m256i)left, (__m256i)right);
}

#include "rows_bits.h"
#include "rows_int8.h"
#include "rows_codes.h"
#include "lists_avx2.h"
#include "rotate_floats.h"
#include "tier_table.h"

#pragma clang attribute pop

#endif
