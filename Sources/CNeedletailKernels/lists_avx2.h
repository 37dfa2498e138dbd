/* Lists by 256-bit registers, for the tiers of x86 that have them. The including file defines
 * NT_NAME, and allows AVX2. */

/* Sums of 16 bits do not overflow with so many groups. */
#define NT_LIST_GROUPS ((size_t)256)

/* Adds what the tables have for the codes of 32 entries to their sums, eight to a register. */
NT_INLINE void NT_NAME(add_sums)(
    const uint8_t *table, const uint8_t *codes, size_t groups, __m256i sums[4]) {
    const __m256i half = _mm256_set1_epi8(15);
    __m256i low = _mm256_setzero_si256(), low_odd = low, high = low, high_odd = low;
    for (size_t at = 0; at < groups * 16; at += 32) {
        const __m256i sixteen = _mm256_load_si256((const __m256i *)(table + at));
        const __m256i code = _mm256_loadu_si256((const __m256i *)(codes + at));
        const __m256i first = _mm256_shuffle_epi8(sixteen, _mm256_and_si256(code, half));
        const __m256i second = _mm256_shuffle_epi8(
            sixteen, _mm256_and_si256(_mm256_srli_epi16(code, 4), half));
        /* Even bytes are what is left once the odd ones are taken away. */
        low = _mm256_add_epi16(low, first);
        low_odd = _mm256_add_epi16(low_odd, _mm256_srli_epi16(first, 8));
        high = _mm256_add_epi16(high, second);
        high_odd = _mm256_add_epi16(high_odd, _mm256_srli_epi16(second, 8));
    }
    low = _mm256_sub_epi16(low, _mm256_slli_epi16(low_odd, 8));
    high = _mm256_sub_epi16(high, _mm256_slli_epi16(high_odd, 8));
    const __m256i pairs[2][2] = {{low, low_odd}, {high, high_odd}};
    for (size_t i = 0; i < 2; i++) {
        __m128i both[2];
        for (size_t odd = 0; odd < 2; odd++)
            both[odd] = _mm_add_epi16(
                _mm256_castsi256_si128(pairs[i][odd]),
                _mm256_extracti128_si256(pairs[i][odd], 1));
        sums[2 * i] = _mm256_add_epi32(
            sums[2 * i], _mm256_cvtepu16_epi32(_mm_unpacklo_epi16(both[0], both[1])));
        sums[2 * i + 1] = _mm256_add_epi32(
            sums[2 * i + 1], _mm256_cvtepu16_epi32(_mm_unpackhi_epi16(both[0], both[1])));
    }
}

/* Writes the least that distances of 32 entries may be. A bit for each that is not too far. */
NT_INLINE uint32_t NT_NAME(bound_block)(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *block, float lows[32]) {
    __m256i sums[4] = {0};
    for (size_t done = 0; done < query->groups; done += NT_LIST_GROUPS) {
        const size_t left = query->groups - done;
        NT_NAME(add_sums)(
            query->table + done * 16, block + done * 16,
            left < NT_LIST_GROUPS ? left : NT_LIST_GROUPS, sums);
    }
    const float *constants = (const float *)(const void *)(block + query->groups * 16);
    const __m256 step = _mm256_set1_ps(query->step), limit = _mm256_set1_ps(list->limit);
    const __m256 base = _mm256_set1_ps(query->base + list->noise);
    const __m256 weight = _mm256_set1_ps(list->weight), radius = _mm256_set1_ps(list->radius);
    const __m256 distance = _mm256_set1_ps(list->distance);
    uint32_t near = 0;
    for (size_t i = 0; i < 4; i++) {
        const __m256 term = _mm256_loadu_ps(constants + i * 8);
        const __m256i word =
            _mm256_loadu_si256((const __m256i *)(constants + NT_LIST_BLOCK + i * 8));
        const __m256 scale =
            _mm256_castsi256_ps(_mm256_and_si256(word, _mm256_set1_epi32((int)0xFFFF0000)));
        const __m256 deviation = _mm256_castsi256_ps(_mm256_slli_epi32(word, 16));
        const __m256 product =
            _mm256_add_ps(_mm256_mul_ps(step, _mm256_cvtepi32_ps(sums[i])), base);
        const __m256 middle = _mm256_sub_ps(
            _mm256_add_ps(distance, _mm256_mul_ps(weight, term)), _mm256_mul_ps(scale, product));
        const __m256 low = _mm256_sub_ps(middle, _mm256_mul_ps(deviation, radius));
        _mm256_storeu_ps(lows + i * 8, low);
        near |= (uint32_t)_mm256_movemask_ps(_mm256_cmp_ps(low, limit, _CMP_NGE_UQ)) << i * 8;
    }
    return near;
}

static size_t NT_NAME(list)(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *blocks, size_t count,
    uint32_t *places, float *lows) {
    const size_t block_bytes = query->groups * 16 + NT_LIST_CONSTANTS * sizeof(float);
    size_t found = 0;
    for (size_t first = 0; first < count; first += NT_LIST_BLOCK, blocks += block_bytes) {
        float all[32];
        uint32_t near = NT_NAME(bound_block)(query, list, blocks, all);
        if (count - first < NT_LIST_BLOCK) near &= ((uint32_t)1 << (count - first)) - 1;
        for (; near != 0; near &= near - 1) {
            const uint32_t place = (uint32_t)__builtin_ctz(near);
            places[found] = (uint32_t)first + place;
            lows[found++] = all[place];
        }
    }
    return found;
}

#define NT_LIST_SCAN NT_NAME(list)
