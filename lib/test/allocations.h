/* SPDX-License-Identifier: MIT */
/* How often memory was allocated, by anybody in the process. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdbool.h>
#include <stdint.h>

/* False where nobody can count them. */
bool allocations_count(uint64_t *count_out);

#endif /* ALLOCATIONS_H */
