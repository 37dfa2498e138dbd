#include "tiers.h"

#include <stdatomic.h>
#include <stdlib.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* What the processor offers and the kernel saves on a context switch. */
typedef struct nt_features {
    int avx2;
    int avx512;
} nt_features;

static uint64_t nt_enabled_state(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (uint64_t)high << 32 | low;
}

static nt_features nt_detect(void) {
    nt_features found = {0, 0};
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d)) return found;
    const unsigned fma = 1u << 12, popcnt = 1u << 23, osxsave = 1u << 27, avx = 1u << 28,
                   f16c = 1u << 29, first = fma | popcnt | osxsave | avx | f16c;
    if ((c & first) != first) return found;
    const uint64_t state = nt_enabled_state(), ymm = 0x6, zmm = 0xE6;
    if ((state & ymm) != ymm) return found;
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return found;
    found.avx2 = (b & 1u << 5) != 0;
    const unsigned f = 1u << 16, dq = 1u << 17, bw = 1u << 30, vl = 1u << 31;
    const unsigned wide = f | dq | bw | vl;
    const unsigned vnni = 1u << 11, vpopcntdq = 1u << 14, counted = vnni | vpopcntdq;
    found.avx512 = found.avx2 && (state & zmm) == zmm && (b & wide) == wide &&
                   (c & counted) == counted;
    return found;
}

/* Asked once: on a virtual machine every CPUID is a call to its host, tens of microseconds. */
static nt_features nt_known_features(void) {
    static _Atomic int known = -1; /* bit 0: avx2, bit 1: avx512; threads that race find the same */
    int bits = atomic_load_explicit(&known, memory_order_relaxed);
    if (bits < 0) {
        nt_features found = nt_detect();
        bits = found.avx2 | found.avx512 << 1;
        atomic_store_explicit(&known, bits, memory_order_relaxed);
    }
    return (nt_features){bits & 1, bits >> 1};
}
#endif

int nt_tier_available(nt_tier tier) {
    if (tier == NT_TIER_SCALAR) return 1;
#if defined(__x86_64__)
    if (tier == NT_TIER_AVX2) return nt_known_features().avx2;
    if (tier == NT_TIER_AVX512) return nt_known_features().avx512;
#elif defined(__aarch64__)
    if (tier == NT_TIER_NEON) return 1;
#endif
    return 0;
}

static nt_tier nt_choose_tier(void) {
    static const struct { const char *name; nt_tier tier; } named[] = {
        {"scalar", NT_TIER_SCALAR}, {"avx2", NT_TIER_AVX2}, {"avx512", NT_TIER_AVX512},
        {"neon", NT_TIER_NEON},
    };
    const char *wanted = getenv("NEEDLETAIL_KERNEL_TIER");
    for (size_t i = 0; wanted != NULL && i < sizeof named / sizeof named[0]; i++)
        if (strcmp(wanted, named[i].name) == 0 && nt_tier_available(named[i].tier))
            return named[i].tier;
    static const nt_tier best_first[] = {NT_TIER_AVX512, NT_TIER_AVX2, NT_TIER_NEON};
    for (size_t i = 0; i < sizeof best_first / sizeof best_first[0]; i++)
        if (nt_tier_available(best_first[i])) return best_first[i];
    return NT_TIER_SCALAR;
}

nt_tier nt_selected_tier(void) {
    /* Threads that race here choose the same. */
    static _Atomic int chosen = -1;
    int tier = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (tier < 0) {
        tier = (int)nt_choose_tier();
        atomic_store_explicit(&chosen, tier, memory_order_relaxed);
    }
    return (nt_tier)tier;
}

const nt_tier_table *nt_table(nt_tier tier) {
    switch (tier) {
#if defined(__x86_64__)
    case NT_TIER_AVX2: return &nt_avx2_table;
    case NT_TIER_AVX512: return &nt_avx512_table;
#elif defined(__aarch64__)
    case NT_TIER_NEON: return &nt_neon_table;
#endif
    default: return &nt_scalar_table;
    }
}
