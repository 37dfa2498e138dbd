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
    int what, const int8_t *query, const int8_t *row, size_t dimension) {
    NT_NAME(ints) a = {0}, b = {0};
    const size_t width = NT_LANES * 2;
    size_t at = 0;
    for (; at + 2 * width <= dimension; at += 2 * width) {
        a = NT_NAME(step_bytes)(what, a, query + at, row + at);
        b = NT_NAME(step_bytes)(what, b, query + at + width, row + at + width);
    }
    if (at + width <= dimension) {
        a = NT_NAME(step_bytes)(what, a, query + at, row + at);
        at += width;
    }
    int64_t sum = NT_NAME(fold_ints)(a, b);
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

NT_INLINE double NT_NAME(l2_bytes)(const nt_query *query, const int8_t *row) {
    return __builtin_sqrt((double)NT_NAME(sum_bytes)(
        NT_NAME(squares), query->components, row, query->dimension));
}

NT_INLINE double NT_NAME(ip_bytes)(const nt_query *query, const int8_t *row) {
    return 0 - (double)NT_NAME(sum_bytes)(
                   NT_NAME(products), query->components, row, query->dimension);
}

NT_INLINE double NT_NAME(cosine_bytes)(const nt_query *query, const int8_t *row) {
    size_t dimension = query->dimension;
    int64_t dot = NT_NAME(sum_bytes)(NT_NAME(products), query->components, row, dimension);
    int64_t norm = NT_NAME(sum_bytes)(NT_NAME(products), row, row, dimension);
    return nt_cosine((double)dot, query->norm, (double)norm);
}

NT_INLINE double NT_NAME(l1_bytes)(const nt_query *query, const int8_t *row) {
    return (double)NT_NAME(sum_bytes)(
        NT_NAME(absolutes), query->components, row, query->dimension);
}

#define NT_BYTE_ROWS(metric)                                                                      \
    static void NT_NAME(metric##_i8)(                                                             \
        const nt_query *query, const uint8_t *const *rows, size_t count, size_t known,            \
        double *out) {                                                                            \
        for (size_t i = 0; i < count; i++) {                                                      \
            nt_prefetch_ahead(query, rows, i, known);                                             \
            out[i] = NT_NAME(metric##_bytes)(query, (const int8_t *)rows[i]);                     \
        }                                                                                         \
    }
NT_BYTE_ROWS(l2)
NT_BYTE_ROWS(ip)
NT_BYTE_ROWS(cosine)
NT_BYTE_ROWS(l1)
#undef NT_BYTE_ROWS

static double NT_NAME(norm_i8)(const void *components, size_t dimension) {
    return (double)NT_NAME(sum_bytes)(NT_NAME(products), components, components, dimension);
}
