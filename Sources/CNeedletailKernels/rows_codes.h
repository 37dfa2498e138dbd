/*
 * Quantised records for one tier. The including file defines NT_LANES, NT_NAME and
 * NT_NAME(add_products), as for signed bytes.
 */

/* Rows that are asked for before the one that is being scored. */
#define NT_WALK_AHEAD 6
#define NT_FLOATS_AHEAD 3

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

/* Twice the sum of the query's components where the code has a bit: the planes of 64 dimensions lie
 * side by side, and one register counts as many of them as it has words. */
NT_INLINE int64_t NT_NAME(dot_signs)(const uint8_t *planes, const uint8_t *code, size_t padded) {
    enum { words = sizeof(NT_NAME(words)) / 8, parts = NT_QUERY_PLANES / words };
    NT_NAME(words) counts[parts] = {0};
    for (size_t at = 0; at < padded / 8; at += 8) {
        const NT_NAME(words) bits = (NT_NAME(words)){0} + nt_load_word(code + at);
        for (size_t part = 0; part < parts; part++)
            counts[part] += __builtin_elementwise_popcount(
                bits & NT_NAME(load_words)(
                           planes + at * NT_QUERY_PLANES + part * sizeof(NT_NAME(words))));
    }
    int64_t sum = 0;
    for (size_t plane = 0; plane < NT_QUERY_PLANES; plane++) {
        const int64_t worth = (int64_t)counts[plane / words][plane % words] << plane;
        sum += plane == NT_QUERY_PLANES - 1 ? -worth : worth;
    }
    return 2 * sum;
}

/* `ahead` rows are asked for before the one that is being scored: each at once where `whole`, and
 * by `scored` as it goes where not. */
#define NT_WALK(name, whole, ahead, scored)                                                       \
    static void NT_NAME(walk_##name)(                                                             \
        const nt_walk_query *query, const uint8_t *base, const uint32_t *nodes, size_t count,     \
        float *out) {                                                                             \
        const size_t bytes = query->record_bytes, padded = query->padded_dimension;               \
        for (size_t i = 0; i < count && i < (ahead); i++)                                         \
            NT_NAME(prefetch_record)(base + nodes[i] * bytes, bytes);                             \
        for (size_t i = 0; i < count; i++) {                                                      \
            if ((whole) && i + (ahead) < count)                                                   \
                NT_NAME(prefetch_record)(base + nodes[i + (ahead)] * bytes, bytes);               \
            const uint8_t *record = base + nodes[i] * bytes;                                      \
            const uint8_t *code = record + NT_RECORD_HEADER_BYTES;                                \
            out[i] = scored;                                                                      \
        }                                                                                         \
    }
#define NT_WALK_FLOATS(name, what, half, sign, scale)                                             \
    NT_WALK(                                                                                      \
        name, 0, NT_FLOATS_AHEAD,                                                                 \
        sign NT_NAME(sum)(                                                                        \
            NT_NAME(what), half, query->components, code, scale, padded,                          \
            base + nodes[i + NT_FLOATS_AHEAD < count ? i + NT_FLOATS_AHEAD : i] * bytes +         \
                NT_RECORD_HEADER_BYTES))
#define NT_WALK_INTEGERS(name)                                                                    \
    NT_WALK(                                                                                      \
        name, 1, NT_WALK_AHEAD,                                                                   \
        nt_walk_distance(                                                                         \
            query, record, NT_NAME(dot_##name)(query->components, code, padded)))
NT_WALK_INTEGERS(int8)
NT_WALK_INTEGERS(int4)
NT_WALK_INTEGERS(signs)
NT_WALK(
    hamming, 1, NT_WALK_AHEAD,
    (float)NT_NAME(hamming_one)(query->components, code, padded / 8))
NT_WALK(
    jaccard, 1, NT_WALK_AHEAD,
    (float)NT_NAME(jaccard_one)(query->components, code, padded / 8))
NT_WALK_FLOATS(f32_l2, squares, 0, +, 1)
NT_WALK_FLOATS(f32_ip, products, 0, -, 1)
NT_WALK_FLOATS(f32_l1, absolutes, 0, +, 1)
NT_WALK_FLOATS(f16_l2, squares, 1, +, nt_record_scale(record))
NT_WALK_FLOATS(f16_ip, products, 1, -, nt_record_scale(record))
NT_WALK_FLOATS(f16_l1, absolutes, 1, +, nt_record_scale(record))
#undef NT_WALK_INTEGERS
#undef NT_WALK_FLOATS
#undef NT_WALK
