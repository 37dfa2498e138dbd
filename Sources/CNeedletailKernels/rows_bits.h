/* Bit strings for one tier. The including file defines NT_LANES and NT_NAME. */
typedef uint64_t NT_NAME(words) __attribute__((vector_size(NT_LANES * 4)));

NT_INLINE NT_NAME(words) NT_NAME(load_words)(const uint8_t *bytes) {
    NT_NAME(words) loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return loaded;
}

NT_INLINE double NT_NAME(hamming_one)(const uint8_t *bits, const uint8_t *row, size_t size) {
    const size_t width = sizeof(NT_NAME(words));
    NT_NAME(words) counts = {0};
    size_t at = 0;
    for (; at + width <= size; at += width)
        counts += __builtin_elementwise_popcount(
            NT_NAME(load_words)(bits + at) ^ NT_NAME(load_words)(row + at));
    uint64_t count = __builtin_reduce_add(counts);
    for (; at + 8 <= size; at += 8)
        count += (uint64_t)__builtin_popcountll(nt_load_word(bits + at) ^ nt_load_word(row + at));
    if (at < size)
        count += (uint64_t)__builtin_popcountll(
            nt_load_tail(bits + at, size - at) ^ nt_load_tail(row + at, size - at));
    return (double)count;
}

NT_INLINE double NT_NAME(jaccard_one)(const uint8_t *bits, const uint8_t *row, size_t size) {
    const size_t width = sizeof(NT_NAME(words));
    NT_NAME(words) both = {0}, any = {0};
    size_t at = 0;
    for (; at + width <= size; at += width) {
        NT_NAME(words) q = NT_NAME(load_words)(bits + at), r = NT_NAME(load_words)(row + at);
        both += __builtin_elementwise_popcount(q & r);
        any += __builtin_elementwise_popcount(q | r);
    }
    uint64_t shared = __builtin_reduce_add(both), either = __builtin_reduce_add(any);
    for (; at < size; at += 8) {
        size_t left = size - at;
        uint64_t q = left < 8 ? nt_load_tail(bits + at, left) : nt_load_word(bits + at);
        uint64_t r = left < 8 ? nt_load_tail(row + at, left) : nt_load_word(row + at);
        shared += (uint64_t)__builtin_popcountll(q & r);
        either += (uint64_t)__builtin_popcountll(q | r);
    }
    return nt_jaccard(shared, either);
}

#define NT_BIT_ROWS(metric)                                                                       \
    static void NT_NAME(metric##_bit)(                                                            \
        const nt_query *query, const nt_batch *batch, double *out) {                              \
        for (size_t i = 0; i < batch->count; i++) {                                               \
            const uint8_t *next = nt_later_row(batch, i);                                         \
            for (size_t line = 0; line < query->row_bytes; line += 64)                            \
                __builtin_prefetch(next + line, 0, 3);                                            \
            out[i] = NT_NAME(metric##_one)(query->components, batch->rows[i], query->row_bytes);  \
        }                                                                                         \
    }
NT_BIT_ROWS(hamming)
NT_BIT_ROWS(jaccard)
#undef NT_BIT_ROWS
