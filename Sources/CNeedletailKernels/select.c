#include "needletail_kernels.h"

#include <string.h>

typedef double nt_doubles __attribute__((vector_size(16)));
typedef int64_t nt_masks __attribute__((vector_size(16)));

enum { NT_SELECT_BLOCK = 8 };

/* Whether any of eight distances is within the threshold: the common answer is no. */
static inline int nt_any_within(const double *distances, nt_doubles threshold) {
    nt_masks within = {0, 0};
    for (int pair = 0; pair < NT_SELECT_BLOCK / 2; pair++) {
        nt_doubles loaded;
        memcpy(&loaded, distances + 2 * pair, sizeof loaded);
        within |= loaded <= threshold;
    }
    return (within[0] | within[1]) != 0;
}

size_t nt_select_within(
    const double *distances, size_t count, double threshold, uint32_t *positions) {
    const nt_doubles limit = {threshold, threshold};
    size_t found = 0, at = 0;
    for (; at + NT_SELECT_BLOCK <= count; at += NT_SELECT_BLOCK) {
        if (!nt_any_within(distances + at, limit)) continue;
        for (size_t i = at; i < at + NT_SELECT_BLOCK; i++) {
            positions[found] = (uint32_t)i;
            found += distances[i] <= threshold;
        }
    }
    for (; at < count; at++) {
        positions[found] = (uint32_t)at;
        found += distances[at] <= threshold;
    }
    return found;
}
