/*
 * Signed bytes for one tier. The including file defines NT_LANES, NT_NAME and
 * NT_NAME(add_products)(sums, left, right): adds the products of 16-bit lanes to 32-bit sums, in
 * any order, for integer sums are exact in every order.
 */
typedef int8_t NT_NAME(bytes) __attribute__((vector_size(NT_LANES * 2)));

NT_INLINE NT_NAME(shorts) NT_NAME(load_bytes)(const int8_t *bytes) {
    NT_NAME(bytes) loaded;
    memcpy(&loaded, bytes, sizeof loaded);
    return __builtin_convertvector(loaded, NT_NAME(shorts));
}

NT_INLINE int64_t NT_NAME(fold_ints)(NT_NAME(ints) a, NT_NAME(ints) b) {
    return __builtin_reduce_add(a + b);
}

/* One term of a sum: `what` is a constant at every call. */
NT_INLINE NT_NAME(ints) NT_NAME(step_bytes)(
    int what, NT_NAME(ints) sums, const int8_t *query, const int8_t *row) {
    NT_NAME(shorts) q = NT_NAME(load_bytes)(query), r = NT_NAME(load_bytes)(row);
    if (what == NT_NAME(products)) return NT_NAME(add_products)(sums, q, r);
    NT_NAME(shorts) difference = q - r;
    if (what == NT_NAME(squares)) return NT_NAME(add_products)(sums, difference, difference);
    NT_NAME(shorts) ones = (NT_NAME(shorts)){0} + 1;
    return NT_NAME(add_products)(sums, __builtin_elementwise_abs(difference), ones);
}

NT_INLINE int64_t NT_NAME(sum_bytes)(
    int what, const int8_t *query, const int8_t *row, size_t dimension, const uint8_t *next) {
    NT_NAME(ints) a = {0}, b = {0}, c = {0}, d = {0};
    const size_t width = NT_LANES * 2;
    size_t at = 0;
    for (; at + 4 * width <= dimension; at += 4 * width) {
        for (size_t line = 0; line < 4 * width; line += 64)
            __builtin_prefetch(next + at + line, 0, 3);
        const int8_t *q = query + at, *r = row + at;
        a = NT_NAME(step_bytes)(what, a, q, r);
        b = NT_NAME(step_bytes)(what, b, q + width, r + width);
        c = NT_NAME(step_bytes)(what, c, q + 2 * width, r + 2 * width);
        d = NT_NAME(step_bytes)(what, d, q + 3 * width, r + 3 * width);
    }
    __builtin_prefetch(next + at, 0, 3);
    for (; at + width <= dimension; at += width)
        a = NT_NAME(step_bytes)(what, a, query + at, row + at);
    int64_t sum = NT_NAME(fold_ints)(a + b, c + d);
    for (; at < dimension; at++) {
        int32_t q = query[at], r = row[at], difference = q - r;
        if (what == NT_NAME(products)) {
            sum += q * r;
        } else if (what == NT_NAME(squares)) {
            sum += difference * difference;
        } else {
            sum += difference < 0 ? -difference : difference;
        }
    }
    return sum;
}

/* Inner product with the query, and the row's own sum of squares, in one pass. */
NT_INLINE void NT_NAME(dot_and_norm_bytes)(
    const int8_t *query, const int8_t *row, size_t dimension, const uint8_t *next, int64_t *dot,
    int64_t *norm) {
    NT_NAME(ints) a = {0}, b = {0}, c = {0}, d = {0};
    const size_t width = NT_LANES * 2;
    size_t at = 0;
    for (; at + 2 * width <= dimension; at += 2 * width) {
        __builtin_prefetch(next + at, 0, 3);
        NT_NAME(shorts) r = NT_NAME(load_bytes)(row + at);
        a = NT_NAME(add_products)(a, NT_NAME(load_bytes)(query + at), r);
        c = NT_NAME(add_products)(c, r, r);
        r = NT_NAME(load_bytes)(row + at + width);
        b = NT_NAME(add_products)(b, NT_NAME(load_bytes)(query + at + width), r);
        d = NT_NAME(add_products)(d, r, r);
    }
    __builtin_prefetch(next + at, 0, 3);
    *dot = NT_NAME(fold_ints)(a, b);
    *norm = NT_NAME(fold_ints)(c, d);
    for (; at < dimension; at++) {
        *dot += query[at] * row[at];
        *norm += row[at] * row[at];
    }
}

/* One row each; `next` is the row to prefetch meanwhile. */
NT_INLINE double NT_NAME(l2_bytes)(
    const nt_query *query, const int8_t *row, const uint8_t *next) {
    return __builtin_sqrt((double)NT_NAME(sum_bytes)(
        NT_NAME(squares), query->components, row, query->dimension, next));
}

NT_INLINE double NT_NAME(ip_bytes)(
    const nt_query *query, const int8_t *row, const uint8_t *next) {
    return 0 - (double)NT_NAME(sum_bytes)(
                   NT_NAME(products), query->components, row, query->dimension, next);
}

NT_INLINE double NT_NAME(cosine_bytes)(
    const nt_query *query, const int8_t *row, const uint8_t *next) {
    int64_t dot, norm;
    NT_NAME(dot_and_norm_bytes)(
        query->components, row, query->dimension, next, &dot, &norm);
    return nt_cosine((double)dot, query->norm, (double)norm);
}

NT_INLINE double NT_NAME(l1_bytes)(
    const nt_query *query, const int8_t *row, const uint8_t *next) {
    return (double)NT_NAME(sum_bytes)(
        NT_NAME(absolutes), query->components, row, query->dimension, next);
}

#define NT_BYTE_ROWS(metric)                                                                      \
    static void NT_NAME(metric##_i8)(                                                             \
        const nt_query *query, const nt_batch *batch, double *out) {                              \
        for (size_t i = 0; i < batch->count; i++)                                                 \
            out[i] = NT_NAME(metric##_bytes)(                                                     \
                query, (const int8_t *)batch->rows[i], nt_later_row(batch, i));                   \
    }
NT_BYTE_ROWS(l2)
NT_BYTE_ROWS(ip)
NT_BYTE_ROWS(cosine)
NT_BYTE_ROWS(l1)
#undef NT_BYTE_ROWS

static double NT_NAME(norm_i8)(const void *components, size_t dimension) {
    return (double)NT_NAME(sum_bytes)(
        NT_NAME(products), components, components, dimension, components);
}
