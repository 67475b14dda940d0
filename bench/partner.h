/* SPDX-License-Identifier: MIT */
/*
 * Other processes of this program that do their part of a benchmark, and the
 * memory that all of them share. A partner never outlives the process that has
 * started it.
 */
#ifndef PARTNER_H
#define PARTNER_H

#include <stdbool.h>
#include <stddef.h>

#include <mapmark/mapping.h>
#include <mapmark/process.h>
#include <mapmark/view.h>

#include "bench.h"

#ifdef __cplusplus
extern "C" {
#endif

/** The first argument of a partner. */
#define PARTNER_ARGUMENT "--partner"

/** The parts that partners play. */
enum partner_part {
    PARTNER_TALKS,   /* talk.h */
    PARTNER_WORKS,   /* crew.h */
    PARTNER_OWNS,    /* ipc_owner_death.c */
    PARTNER_PRESSED, /* pressure.h */
    PARTNER_ECHOES,  /* echo.h */
    PARTNER_PARTS
};

/** A whole life; returns the exit code. */
struct partner_role {
    int (*play)(void *memory, unsigned index, const void *context);
    const void *context;
};

/** What is shared; it starts as zero. */
struct partner_stage {
    struct mm_mapping *mapping;
    struct mm_view view;
    void *memory; /* NULL: there is none */
};

/**
 * Errors:    as mm_mapping_create() and mm_view_map().
 * Ownership: the caller gives the stage to partner_stage_free(), also after a
 *            failure.
 */
enum mm_status partner_stage_make(size_t size, struct partner_stage *stage_out);
void partner_stage_free(struct partner_stage *stage);

/**
 * Start this program again, to play a part; `index` tells it from others.
 *
 * Errors:    as mm_process_spawn().
 * Ownership: the caller waits for `*process_out` and closes it.
 */
enum mm_status partner_start(const struct partner_stage *stage,
                             enum partner_part part, unsigned index,
                             struct mm_process **process_out);

/** Kill one that nobody watches, wait for it and close it; NULL is allowed. */
void partner_kill(struct mm_process *process);

/** Whether main() has been called for a partner. */
bool partner_is_meant(int count, char *const *arguments);

/** All that main() of a partner does; `roles` has one for each part. */
int partner_main(int count, char *const *arguments,
                 const struct partner_role *roles);

/** Put the calling thread on the first CPU from `from` on that it may use.
 * MM_UNSUPPORTED where there is none. */
enum mm_status partner_take_cpu(unsigned from, unsigned *cpu_out);

/** What was used in between; members are MM_UNKNOWN where they were. */
struct mm_process_usage partner_used(const struct mm_process_usage *before,
                                     const struct mm_process_usage *after);

/** Of several; a member that one of them does not know is MM_UNKNOWN. */
void partner_add(struct mm_process_usage *sum,
                 const struct mm_process_usage *used);

/** Report it as what partners have used. */
void partner_count(struct bench_run *run, const struct mm_process_usage *used);

#ifdef __cplusplus
}
#endif

#endif /* PARTNER_H */
