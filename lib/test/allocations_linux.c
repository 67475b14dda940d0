/* SPDX-License-Identifier: MIT */
/* The C library lets a program have its own malloc(), and all libraries then
 * use it (glibc manual, "Replacing malloc"). Sanitizers have theirs. */
#include "allocations.h"

#include <dlfcn.h>
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

static _Atomic uint64_t counted;

/* The function that would have been called. */
#define REAL(name) ((__typeof__(&(name)))(uintptr_t)dlsym(RTLD_NEXT, #name))

/* What a program keeps to itself, no library uses. */
#define SEEN __attribute__((visibility("default")))

/* The C library's own names of parameters are reserved for it.
 * NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

SEEN void *malloc(size_t size)
{
    static void *(*real)(size_t);

    if (real == NULL) {
        real = REAL(malloc);
    }
    atomic_fetch_add(&counted, 1);
    return real(size);
}

SEEN void *realloc(void *memory, size_t size)
{
    static void *(*real)(void *, size_t);

    if (real == NULL) {
        real = REAL(realloc);
    }
    atomic_fetch_add(&counted, 1);
    return real(memory, size);
}

SEEN void *calloc(size_t count, size_t size)
{
    static void *(*real)(size_t, size_t);

    if (real == NULL) {
        real = REAL(calloc);
    }
    atomic_fetch_add(&counted, 1);
    return real(count, size);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

bool allocations_count(uint64_t *count_out)
{
    *count_out = atomic_load(&counted);
    return true;
}

#endif
