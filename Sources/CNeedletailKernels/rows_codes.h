/*
 * Quantised records for one tier. The including file defines NT_LANES, NT_NAME and
 * NT_NAME(add_products), as for signed bytes.
 */

/* Rows that are asked for before the one that is being scored. */
#define NT_WALK_AHEAD 6

NT_INLINE void NT_NAME(prefetch_record)(const uint8_t *record, size_t bytes) {
    for (size_t line = 0; line < bytes; line += 64) __builtin_prefetch(record + line, 0, 3);
    __builtin_prefetch(record + bytes - 1, 0, 3);
}

NT_INLINE NT_NAME(shorts) NT_NAME(load_shorts)(const int16_t *components) {
    NT_NAME(shorts) loaded;
    memcpy(&loaded, components, sizeof loaded);
    return loaded;
}

NT_INLINE int64_t NT_NAME(dot_int8)(const int16_t *query, const uint8_t *code, size_t padded) {
    NT_NAME(ints) a = {0}, b = {0};
    const size_t width = NT_LANES * 2;
    const int8_t *row = (const int8_t *)code;
    size_t at = 0;
    for (; at + 2 * width <= padded; at += 2 * width) {
        a = NT_NAME(add_products)(
            a, NT_NAME(load_shorts)(query + at), NT_NAME(load_bytes)(row + at));
        b = NT_NAME(add_products)(
            b, NT_NAME(load_shorts)(query + at + width), NT_NAME(load_bytes)(row + at + width));
    }
    for (; at < padded; at += width)
        a = NT_NAME(add_products)(
            a, NT_NAME(load_shorts)(query + at), NT_NAME(load_bytes)(row + at));
    return __builtin_reduce_add(a + b);
}

typedef uint8_t NT_NAME(nibbles) __attribute__((vector_size(16)));
typedef int16_t NT_NAME(sixteen) __attribute__((vector_size(32)));

NT_INLINE int64_t NT_NAME(dot_int4)(const int16_t *query, const uint8_t *code, size_t padded) {
    NT_NAME(ints) sums = {0};
    const size_t width = NT_LANES * 2;
    for (size_t at = 0; at < padded; at += 32, code += 16) {
        NT_NAME(nibbles) both;
        memcpy(&both, code, sizeof both);
        const NT_NAME(nibbles) mask = (NT_NAME(nibbles)){0} + 15;
        int16_t wide[32] __attribute__((aligned(64)));
        NT_NAME(sixteen) low = __builtin_convertvector(both & mask, NT_NAME(sixteen));
        NT_NAME(sixteen) high = __builtin_convertvector(both >> 4, NT_NAME(sixteen));
        memcpy(wide, &low, sizeof low);
        memcpy(wide + 16, &high, sizeof high);
        for (size_t part = 0; part < 32; part += width)
            sums = NT_NAME(add_products)(
                sums, NT_NAME(load_shorts)(query + at + part),
                NT_NAME(load_shorts)(wide + part));
    }
    return __builtin_reduce_add(sums);
}

#define NT_WALK(kind)                                                                             \
    static void NT_NAME(walk_##kind)(                                                             \
        const nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,     \
        float *out) {                                                                             \
        const size_t bytes = query->record_bytes, padded = query->padded_dimension;               \
        for (size_t i = 0; i < count && i < NT_WALK_AHEAD; i++)                                   \
            NT_NAME(prefetch_record)(base + nodes[i] * bytes, bytes);                             \
        for (size_t i = 0; i < count; i++) {                                                      \
            if (i + NT_WALK_AHEAD < count)                                                        \
                NT_NAME(prefetch_record)(base + nodes[i + NT_WALK_AHEAD] * bytes, bytes);         \
            const uint8_t *record = base + nodes[i] * bytes;                                      \
            const int64_t dot =                                                                   \
                NT_NAME(dot_##kind)(query->components, record + NT_RECORD_HEADER_BYTES, padded);  \
            out[i] = nt_walk_distance(query, record, dot);                                        \
        }                                                                                         \
    }
NT_WALK(int8)
NT_WALK(int4)
#undef NT_WALK
