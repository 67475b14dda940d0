/* SPDX-License-Identifier: MIT */
/*
 * A limit on the memory of some processes, what they have in the page cache
 * included; one file a system. Such a limit belongs to a group of processes of
 * its own, which goes again with the limit; one that a killed process has left
 * goes when the next one is made.
 */
#ifndef MEMORY_LIMIT_H
#define MEMORY_LIMIT_H

#include <stdint.h>

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { MEMORY_LIMIT_NAME_MAX = 1024 };

struct memory_limit;

/**
 * Errors:    MM_UNSUPPORTED (this system has no such limit, or does not let
 *            this process make one), with a reason; MM_NO_MEMORY.
 * Ownership: the caller gives `*limit_out` to memory_limit_free() when no
 *            process is under it any more.
 */
enum mm_status memory_limit_make(uint64_t octets,
                                 struct memory_limit **limit_out,
                                 struct bench_reason *reason);
void memory_limit_free(struct memory_limit *limit);

/** For memory_limit_enter(), in any process; shorter than
 * MEMORY_LIMIT_NAME_MAX. */
const char *memory_limit_name(const struct memory_limit *limit);

/** Put the calling process under the limit, for what it takes from now on.
 * MM_NOT_FOUND, MM_DENIED, MM_OS. */
enum mm_status memory_limit_enter(const char *name);

/** Octets that those under the limit hold; the same errors. */
enum mm_status memory_limit_held(const char *name, uint64_t *octets_out);

#ifdef __cplusplus
}
#endif

#endif /* MEMORY_LIMIT_H */
