/* SPDX-License-Identifier: MIT */
/* The engine behind bench.h: Google Benchmark decides how often a body runs
 * and in which order. Nothing here throws. */
#ifndef SHIM_H
#define SHIM_H

#include "run.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { SHIM_CACHES_MAX = 16, SHIM_TEXT_MAX = 16 };

struct shim_cache {
    char type[SHIM_TEXT_MAX]; /* "Data", "Instruction" or "Unified" */
    int level;
    int64_t size;
    int shared_by; /* CPUs */
};

/** The processor as Google Benchmark sees it. */
struct shim_machine {
    int cpus;
    double mhz;
    bool scaling; /* the frequency governor is seen at work */
    size_t cache_count;
    struct shim_cache caches[SHIM_CACHES_MAX];
};

/** What measuring needs from its caller, and tells it. */
struct shim_session {
    double clock_cost_ns;
    int64_t order;                   /* calls of bodies so far */
    void (*progress)(void *context); /* after each of them */
    void *context;
};

/** Once, before anything else. */
enum mm_status shim_start(void);

void shim_describe_machine(struct shim_machine *machine_out);

/**
 * Take the repetitions that the rows of a comparison want, in random order,
 * and keep them. Rows that want none, or have failed, are passed over.
 *
 * Errors:    MM_NO_MEMORY; MM_OS when Google Benchmark gave up.
 */
enum mm_status shim_measure(struct measured *rows, size_t count,
                            struct shim_session *session);

/** A regular expression as ECMAScript has them; NULL when it is malformed,
 * with the reason. */
struct shim_pattern;
struct shim_pattern *shim_pattern_make(const char *text,
                                       struct bench_reason *reason);
void shim_pattern_free(struct shim_pattern *pattern);

/** Whether the pattern occurs in the text. */
bool shim_pattern_matches(const struct shim_pattern *pattern, const char *text);

#ifdef __cplusplus
}
#endif

#endif /* SHIM_H */
