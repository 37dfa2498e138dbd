/* Lists by the registers of 64-bit Arm. The including file defines NT_NAME. */

/* Sums of 16 bits do not overflow with so many groups. */
#define NT_LIST_GROUPS ((size_t)256)

/* Adds what the tables have for the codes of 32 entries to their sums. */
NT_INLINE void NT_NAME(add_sums)(
    const uint8_t *table, const uint8_t *codes, size_t groups, uint32_t sums[32]) {
    uint16x8_t parts[4] = {vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0), vdupq_n_u16(0)};
    for (size_t at = 0; at < groups * 16; at += 16) {
        const uint8x16_t sixteen = vld1q_u8(table + at), code = vld1q_u8(codes + at);
        const uint8x16_t low = vqtbl1q_u8(sixteen, vandq_u8(code, vdupq_n_u8(15)));
        const uint8x16_t high = vqtbl1q_u8(sixteen, vshrq_n_u8(code, 4));
        parts[0] = vaddw_u8(parts[0], vget_low_u8(low));
        parts[1] = vaddw_high_u8(parts[1], low);
        parts[2] = vaddw_u8(parts[2], vget_low_u8(high));
        parts[3] = vaddw_high_u8(parts[3], high);
    }
    for (size_t i = 0; i < 4; i++) {
        uint32_t *eight = sums + i * 8;
        vst1q_u32(eight, vaddw_u16(vld1q_u32(eight), vget_low_u16(parts[i])));
        vst1q_u32(eight + 4, vaddw_high_u16(vld1q_u32(eight + 4), parts[i]));
    }
}

static size_t NT_NAME(list)(
    const nt_list_query *query, const nt_list_view *list, const uint8_t *blocks, size_t count,
    uint32_t *places, float *lows) {
    const size_t block_bytes = query->groups * 16 + NT_LIST_CONSTANTS * sizeof(float);
    size_t found = 0;
    for (size_t first = 0; first < count; first += NT_LIST_BLOCK, blocks += block_bytes) {
        uint32_t sums[32] = {0};
        for (size_t done = 0; done < query->groups; done += NT_LIST_GROUPS) {
            const size_t left = query->groups - done;
            NT_NAME(add_sums)(
                query->table + done * 16, blocks + done * 16,
                left < NT_LIST_GROUPS ? left : NT_LIST_GROUPS, sums);
        }
        const size_t left = count - first;
        for (size_t place = 0; place < NT_LIST_BLOCK && place < left; place++) {
            const float low = nt_list_low(
                query, list, blocks + query->groups * 16, place, (int32_t)sums[place]);
            if (low >= list->limit) continue;
            places[found] = (uint32_t)(first + place);
            lows[found++] = low;
        }
    }
    return found;
}

#define NT_LIST_SCAN NT_NAME(list)
