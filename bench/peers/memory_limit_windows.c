/* SPDX-License-Identifier: MIT */
#include "memory_limit.h"

enum mm_status memory_limit_make(uint64_t octets,
                                 struct memory_limit **limit_out,
                                 struct bench_reason *reason)
{
    (void)octets;
    *limit_out = NULL;
    bench_explain(reason, "Windows limits what processes commit and their "
                          "working sets, and not the cache of their files");
    return MM_UNSUPPORTED;
}

void memory_limit_free(struct memory_limit *limit)
{
    (void)limit;
}

const char *memory_limit_name(const struct memory_limit *limit)
{
    (void)limit;
    return "";
}

enum mm_status memory_limit_enter(const char *name)
{
    (void)name;
    return MM_UNSUPPORTED;
}

enum mm_status memory_limit_held(const char *name, uint64_t *octets_out)
{
    (void)name;
    *octets_out = 0;
    return MM_UNSUPPORTED;
}
