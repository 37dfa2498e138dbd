#include "tiers.h"

#pragma STDC FP_CONTRACT OFF

/* Rows whose addresses are worked out at a time, and the furthest look ahead in rows. */
enum { NT_CHUNK_ROWS = 64, NT_AHEAD_MAX = 32 };
/* Bytes to stay ahead of the row being scored. The hardware follows a scan by itself, so distance
 * matters little there; a list is one and a half to three times as fast with it. Measured. */
static const size_t nt_scan_ahead_bytes = 8192, nt_gather_ahead_bytes = 4096;

static size_t nt_rows_ahead(const nt_kernel *kernel, size_t bytes) {
    size_t rows = kernel->row_bytes == 0 ? 1 : bytes / kernel->row_bytes;
    return rows < 1 ? 1 : rows > NT_AHEAD_MAX ? NT_AHEAD_MAX : rows;
}

static size_t nt_smaller(size_t left, size_t right) { return left < right ? left : right; }

static size_t nt_row_bytes(nt_element element, size_t dimension) {
    switch (element) {
    case NT_ELEMENT_F32: return dimension * 4;
    case NT_ELEMENT_F16: return dimension * 2;
    case NT_ELEMENT_I8: return dimension;
    default: return (dimension + 7) / 8;
    }
}

int nt_kernel_make(
    nt_kernel *kernel, nt_metric metric, nt_element element, size_t dimension, nt_tier tier) {
    if ((unsigned)metric >= NT_METRIC_COUNT || (unsigned)element >= NT_ELEMENT_COUNT) return -1;
    if (dimension > NT_DIMENSION_MAX || !nt_tier_available(tier)) return -1;
    nt_rows_function score = nt_table(tier)->score[element][metric];
    if (score == NULL) return -1;
    *kernel = (nt_kernel){
        .score = score, .metric = metric, .element = element, .tier = tier,
        .dimension = dimension, .row_bytes = nt_row_bytes(element, dimension),
    };
    return 0;
}

size_t nt_query_storage_bytes(const nt_kernel *kernel) {
    size_t widened = kernel->element == NT_ELEMENT_F16 ? 2 : 1;
    return kernel->row_bytes * widened;
}

void nt_query_prepare(const nt_kernel *kernel, nt_query *query, const void *raw, void *storage) {
    const nt_tier_table *table = nt_table(kernel->tier);
    memcpy(storage, raw, kernel->row_bytes);
    if (kernel->element == NT_ELEMENT_F16) {
        /* Halves are widened once, here; raw may be unaligned, so by bytes. */
        for (size_t i = 0; i < kernel->dimension; i++) {
            uint16_t half;
            memcpy(&half, (const uint8_t *)raw + 2 * i, sizeof half);
            ((float *)storage)[i] = nt_widen_half(half);
        }
    }
    *query = (nt_query){
        .components = storage,
        .dimension = kernel->dimension,
        .row_bytes = kernel->row_bytes,
    };
    if (kernel->metric != NT_METRIC_COSINE) return;
    query->norm = table->norm[kernel->element](storage, kernel->dimension);
    if (kernel->element == NT_ELEMENT_F32 && !nt_trusted(query->norm)) {
        query->outlying = 1;
        query->norm = nt_exact_norm_f32(storage, kernel->dimension);
    }
}

void nt_scan(
    const nt_kernel *kernel, const nt_query *query, const void *base, size_t stride_bytes,
    size_t row_count, double *out) {
    const uint8_t *rows[NT_CHUNK_ROWS + NT_AHEAD_MAX];
    nt_batch batch = {.rows = rows, .ahead = nt_rows_ahead(kernel, nt_scan_ahead_bytes)};
    for (size_t first = 0; first < row_count; first += NT_CHUNK_ROWS) {
        batch.count = nt_smaller(row_count - first, NT_CHUNK_ROWS);
        batch.known = nt_smaller(row_count - first, NT_CHUNK_ROWS + batch.ahead);
        for (size_t i = 0; i < batch.known; i++)
            rows[i] = (const uint8_t *)base + (first + i) * stride_bytes;
        kernel->score(query, &batch, out + first);
    }
}

void nt_score(
    const nt_kernel *kernel, const nt_query *query, const uint8_t *const *rows, size_t count,
    double *out) {
    nt_batch batch = {.ahead = nt_rows_ahead(kernel, nt_gather_ahead_bytes)};
    for (size_t first = 0; first < count; first += NT_CHUNK_ROWS) {
        batch.rows = rows + first;
        batch.count = nt_smaller(count - first, NT_CHUNK_ROWS);
        batch.known = nt_smaller(count - first, NT_CHUNK_ROWS + batch.ahead);
        kernel->score(query, &batch, out + first);
    }
}

void nt_gather(
    const nt_kernel *kernel, const nt_query *query, const void *base, size_t stride_bytes,
    const uint32_t *positions, size_t count, double *out) {
    const uint8_t *rows[NT_CHUNK_ROWS + NT_AHEAD_MAX];
    nt_batch batch = {.rows = rows, .ahead = nt_rows_ahead(kernel, nt_gather_ahead_bytes)};
    /* The first rows of a list have none before them that would ask for them. */
    for (size_t i = 0; i < nt_smaller(batch.ahead, count); i++)
        nt_prefetch_row(
            (const uint8_t *)base + (size_t)positions[i] * stride_bytes, kernel->row_bytes);
    for (size_t first = 0; first < count; first += NT_CHUNK_ROWS) {
        batch.count = nt_smaller(count - first, NT_CHUNK_ROWS);
        batch.known = nt_smaller(count - first, NT_CHUNK_ROWS + batch.ahead);
        for (size_t i = 0; i < batch.known; i++)
            rows[i] = (const uint8_t *)base + (size_t)positions[first + i] * stride_bytes;
        kernel->score(query, &batch, out + first);
    }
}
