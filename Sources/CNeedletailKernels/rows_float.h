/*
 * Float rows for one tier. The including file defines NT_LANES (floats of one register) and
 * NT_NAME (its prefix), and holds the target attribute.
 *
 * Four independent accumulators hide the latency of an addition; they are folded in a fixed order,
 * so that a row's sum does not depend on anything but its components.
 */
typedef float NT_NAME(floats) __attribute__((vector_size(NT_LANES * 4)));
typedef _Float16 NT_NAME(halves) __attribute__((vector_size(NT_LANES * 2)));

enum { NT_NAME(squares), NT_NAME(products), NT_NAME(absolutes) };

NT_INLINE NT_NAME(floats) NT_NAME(load_query)(const float *query, size_t at) {
    NT_NAME(floats) loaded;
    memcpy(&loaded, query + at, sizeof loaded);
    return loaded;
}

/* Components at...at + NT_LANES of a row, as floats. `half` is a constant at every call. */
NT_INLINE NT_NAME(floats) NT_NAME(load_row)(int half, const uint8_t *row, size_t at) {
    if (half) {
        NT_NAME(halves) narrow;
        memcpy(&narrow, row + at * 2, sizeof narrow);
        return __builtin_convertvector(narrow, NT_NAME(floats));
    }
    NT_NAME(floats) loaded;
    memcpy(&loaded, row + at * 4, sizeof loaded);
    return loaded;
}

NT_INLINE float NT_NAME(load_one)(int half, const uint8_t *row, size_t at) {
    if (half) {
        _Float16 narrow;
        memcpy(&narrow, row + at * 2, sizeof narrow);
        return (float)narrow;
    }
    float loaded;
    memcpy(&loaded, row + at * 4, sizeof loaded);
    return loaded;
}

NT_INLINE NT_NAME(floats) NT_NAME(step)(
    int what, NT_NAME(floats) sum, NT_NAME(floats) query, NT_NAME(floats) row) {
    if (what == NT_NAME(products)) return __builtin_elementwise_fma(query, row, sum);
    NT_NAME(floats) difference = query - row;
    if (what == NT_NAME(squares)) return __builtin_elementwise_fma(difference, difference, sum);
    return sum + __builtin_elementwise_abs(difference);
}

NT_INLINE float NT_NAME(step_one)(int what, float sum, float query, float row) {
    if (what == NT_NAME(products)) return __builtin_fmaf(query, row, sum);
    float difference = query - row;
    if (what == NT_NAME(squares)) return __builtin_fmaf(difference, difference, sum);
    return sum + __builtin_fabsf(difference);
}

/* Asks for the components of a later row that lie where the next four registers lie in this one. */
NT_INLINE void NT_NAME(prefetch)(int half, const uint8_t *next, size_t at) {
    const size_t width = half ? 2 : 4;
    for (size_t line = 0; line < 4 * NT_LANES * width; line += 64)
        __builtin_prefetch(next + at * width + line, 0, 3);
}

NT_INLINE float NT_NAME(fold)(
    NT_NAME(floats) a, NT_NAME(floats) b, NT_NAME(floats) c, NT_NAME(floats) d) {
    NT_NAME(floats) all = (a + b) + (c + d);
    float lanes[NT_LANES];
    memcpy(lanes, &all, sizeof lanes);
    for (size_t width = NT_LANES / 2; width > 0; width /= 2)
        for (size_t lane = 0; lane < width; lane++) lanes[lane] += lanes[lane + width];
    return lanes[0];
}

NT_INLINE NT_NAME(floats) NT_NAME(scaled)(int half, const uint8_t *row, float scale, size_t at) {
    return NT_NAME(load_row)(half, row, at) * scale;
}

/* The row is the one that is stored times `scale`, a power of two. */
NT_INLINE float NT_NAME(sum)(
    int what, int half, const float *query, const uint8_t *row, float scale, size_t dimension,
    const uint8_t *next) {
    NT_NAME(floats) a = {0}, b = {0}, c = {0}, d = {0};
    size_t at = 0;
    for (; at + 4 * NT_LANES <= dimension; at += 4 * NT_LANES) {
        NT_NAME(prefetch)(half, next, at);
        a = NT_NAME(step)(
            what, a, NT_NAME(load_query)(query, at), NT_NAME(scaled)(half, row, scale, at));
        size_t second = at + NT_LANES, third = second + NT_LANES, fourth = third + NT_LANES;
        b = NT_NAME(step)(
            what, b, NT_NAME(load_query)(query, second), NT_NAME(scaled)(half, row, scale, second));
        c = NT_NAME(step)(
            what, c, NT_NAME(load_query)(query, third), NT_NAME(scaled)(half, row, scale, third));
        d = NT_NAME(step)(
            what, d, NT_NAME(load_query)(query, fourth), NT_NAME(scaled)(half, row, scale, fourth));
    }
    for (; at + NT_LANES <= dimension; at += NT_LANES) {
        __builtin_prefetch(next + at * (half ? 2 : 4), 0, 3);
        a = NT_NAME(step)(
            what, a, NT_NAME(load_query)(query, at), NT_NAME(scaled)(half, row, scale, at));
    }
    float sum = NT_NAME(fold)(a, b, c, d);
    for (; at < dimension; at++)
        sum = NT_NAME(step_one)(what, sum, query[at], NT_NAME(load_one)(half, row, at) * scale);
    return sum;
}

/* Inner product with the query, and the row's own sum of squares, in one pass. */
NT_INLINE void NT_NAME(dot_and_norm)(
    int half, const float *query, const uint8_t *row, size_t dimension, const uint8_t *next,
    float *dot, float *norm) {
    NT_NAME(floats) a = {0}, b = {0}, c = {0}, d = {0}, e = {0}, f = {0}, g = {0}, h = {0};
    NT_NAME(floats) r;
    size_t at = 0;
    for (; at + 4 * NT_LANES <= dimension; at += 4 * NT_LANES) {
        NT_NAME(prefetch)(half, next, at);
        r = NT_NAME(load_row)(half, row, at);
        a = __builtin_elementwise_fma(NT_NAME(load_query)(query, at), r, a);
        e = __builtin_elementwise_fma(r, r, e);
        r = NT_NAME(load_row)(half, row, at + NT_LANES);
        b = __builtin_elementwise_fma(NT_NAME(load_query)(query, at + NT_LANES), r, b);
        f = __builtin_elementwise_fma(r, r, f);
        r = NT_NAME(load_row)(half, row, at + 2 * NT_LANES);
        c = __builtin_elementwise_fma(NT_NAME(load_query)(query, at + 2 * NT_LANES), r, c);
        g = __builtin_elementwise_fma(r, r, g);
        r = NT_NAME(load_row)(half, row, at + 3 * NT_LANES);
        d = __builtin_elementwise_fma(NT_NAME(load_query)(query, at + 3 * NT_LANES), r, d);
        h = __builtin_elementwise_fma(r, r, h);
    }
    for (; at + NT_LANES <= dimension; at += NT_LANES) {
        __builtin_prefetch(next + at * (half ? 2 : 4), 0, 3);
        r = NT_NAME(load_row)(half, row, at);
        a = __builtin_elementwise_fma(NT_NAME(load_query)(query, at), r, a);
        e = __builtin_elementwise_fma(r, r, e);
    }
    *dot = NT_NAME(fold)(a, b, c, d);
    *norm = NT_NAME(fold)(e, f, g, h);
    for (; at < dimension; at++) {
        float one = NT_NAME(load_one)(half, row, at);
        *dot = __builtin_fmaf(query[at], one, *dot);
        *norm = __builtin_fmaf(one, one, *norm);
    }
}

/* One row each; `next` is the row to prefetch meanwhile, `half` a constant at every call. */
NT_INLINE double NT_NAME(l2_one)(
    int half, const nt_query *query, const uint8_t *row, const uint8_t *next) {
    const float *components = query->components;
    double sum =
        NT_NAME(sum)(NT_NAME(squares), half, components, row, 1, query->dimension, next);
    if (!half && !nt_trusted(sum)) sum = nt_exact_l2_f32(components, row, query->dimension);
    return __builtin_sqrt(sum);
}

NT_INLINE double NT_NAME(ip_one)(
    int half, const nt_query *query, const uint8_t *row, const uint8_t *next) {
    const float *components = query->components;
    double sum =
        NT_NAME(sum)(NT_NAME(products), half, components, row, 1, query->dimension, next);
    if (!half && !__builtin_isfinite(sum))
        sum = nt_exact_dot_f32(components, row, query->dimension);
    return 0 - sum;
}

NT_INLINE double NT_NAME(l1_one)(
    int half, const nt_query *query, const uint8_t *row, const uint8_t *next) {
    const float *components = query->components;
    double sum =
        NT_NAME(sum)(NT_NAME(absolutes), half, components, row, 1, query->dimension, next);
    if (!half && !__builtin_isfinite(sum))
        sum = nt_exact_l1_f32(components, row, query->dimension);
    return sum;
}

NT_INLINE double NT_NAME(cosine_one)(
    int half, const nt_query *query, const uint8_t *row, const uint8_t *next) {
    const float *components = query->components;
    float dot, norm;
    NT_NAME(dot_and_norm)(half, components, row, query->dimension, next, &dot, &norm);
    if (!half && (query->outlying || !nt_trusted(norm)))
        return nt_cosine(
            nt_exact_dot_f32(components, row, query->dimension), query->norm,
            nt_exact_norm_f32(row, query->dimension));
    return nt_cosine(dot, query->norm, norm);
}

#define NT_FLOAT_ROWS(metric, element, half)                                                      \
    static void NT_NAME(metric##_##element)(                                                      \
        const nt_query *query, const nt_batch *batch, double *out) {                              \
        for (size_t i = 0; i < batch->count; i++)                                                 \
            out[i] = NT_NAME(metric##_one)(half, query, batch->rows[i], nt_later_row(batch, i));  \
    }
NT_FLOAT_ROWS(l2, f32, 0)
NT_FLOAT_ROWS(ip, f32, 0)
NT_FLOAT_ROWS(cosine, f32, 0)
NT_FLOAT_ROWS(l1, f32, 0)
NT_FLOAT_ROWS(l2, f16, 1)
NT_FLOAT_ROWS(ip, f16, 1)
NT_FLOAT_ROWS(cosine, f16, 1)
NT_FLOAT_ROWS(l1, f16, 1)
#undef NT_FLOAT_ROWS

static double NT_NAME(norm_float)(const void *components, size_t dimension) {
    float dot, norm;
    NT_NAME(dot_and_norm)(0, components, components, dimension, components, &dot, &norm);
    return norm;
}
