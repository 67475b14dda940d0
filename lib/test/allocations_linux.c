/* SPDX-License-Identifier: MIT */
/* The C library lets a program have its own malloc(), and all libraries then
 * use it (glibc manual, "Replacing malloc"). Sanitizers have theirs. */
#include "allocations.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)

bool allocations_count(uint64_t *count_out)
{
    *count_out = 0;
    return false;
}

#else

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void __libc_free(void *memory);

static _Atomic uint64_t counted;

void *malloc(size_t size)
{
    atomic_fetch_add(&counted, 1);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add(&counted, 1);
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    atomic_fetch_add(&counted, 1);
    return __libc_realloc(memory, size);
}

void free(void *memory)
{
    __libc_free(memory);
}

bool allocations_count(uint64_t *count_out)
{
    *count_out = atomic_load(&counted);
    return true;
}

#endif
