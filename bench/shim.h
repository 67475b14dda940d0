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

struct shim_team;

/** When the threads of a team worked. Nanoseconds. */
struct shim_team_times {
    uint64_t wall_ns; /* from the first one's start to the last one's end */
    uint64_t busy_ns; /* of all of them together */
};

/**
 * Make threads that wait for work.
 *
 * Errors:    MM_NO_MEMORY; MM_TOO_MANY when the system refuses a thread.
 * Ownership: the caller gives `*team_out` to shim_team_free().
 */
enum mm_status shim_team_make(size_t count, struct shim_team **team_out);
void shim_team_free(struct shim_team *team);

/** Call `work(context, index)` in each thread; they start at the same time,
 * once all of them are awake. Returns when the last one has done. */
void shim_team_run(struct shim_team *team,
                   void (*work)(void *context, size_t index), void *context,
                   struct shim_team_times *times_out);

/** Call `work(context)` in a thread of its own, and return when it has. What
 * it does to its thread, such as to stay on one CPU, goes with it. */
enum mm_status shim_apart(void (*work)(void *context), void *context);

struct shim_watch;

/**
 * Watch a process from a thread of its own: when it has ended, call
 * `gone(context)` every millisecond, until shim_watch_end().
 *
 * Errors:    MM_NO_MEMORY; MM_TOO_MANY when the system refuses a thread.
 * Ownership: nobody else waits for `process`, or closes it, before
 *            shim_watch_end(), which frees `*watch_out`.
 */
enum mm_status shim_watch_start(struct mm_process *process,
                                void (*gone)(void *context), void *context,
                                struct shim_watch **watch_out);

/** Have the process killed; NULL is allowed. */
void shim_watch_kill(struct shim_watch *watch);

/** Wait until the process has ended, which must be about to. */
void shim_watch_end(struct shim_watch *watch);

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
