/* SPDX-License-Identifier: MIT */
/*
 * Several processes that do one job together, slice by slice: a leader, which
 * measures, and its members, each put on a CPU in turn and seen there. All of
 * them are this program.
 */
#ifndef CREW_H
#define CREW_H

#include "bench.h"
#include "channel.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    CREW_MEMBERS_MAX = 16,
    /* Shared octets for the job. */
    CREW_MEMORY = 4096,
    /* Numbers that only the job knows. */
    CREW_NUMBERS = 2,
};

/** What one of them sees. */
struct crew_side {
    unsigned me; /* 0 leads */
    unsigned members;
    enum channel_policy policy;
    uint64_t numbers[CREW_NUMBERS];
    void *memory;     /* CREW_MEMORY octets, from a cache line on, zero first */
    const void *kind; /* what the job is done by */
    void *own;        /* the job's own */
    uint64_t done;    /* by this side; what that is the job says */
    uint64_t wrong;   /* of what it saw */
    /** Of the leader: whose latencies it may record; else NULL. */
    struct bench_run *run;
};

struct crew_job {
    /** Each member does all of a slice, and not a share of it. */
    bool by_all;
    /** Of the leader, before the members start. */
    enum mm_status (*make)(struct crew_side *side);
    /** Of a member. */
    enum mm_status (*join)(struct crew_side *side);
    /** Of the leader: before each slice; or NULL. */
    void (*prepare)(struct crew_side *side, uint64_t count);
    /** Of the leader: its own share of a slice; or NULL. */
    enum mm_status (*lead)(struct crew_side *side, uint64_t count);
    /** Of a member. */
    enum mm_status (*work)(struct crew_side *side, uint64_t count);
    /** From another thread of the leader: a member has gone, end `lead`. */
    void (*gone)(struct crew_side *side);
    /** Of all; also after a `make` or `join` that has failed. */
    void (*close)(struct crew_side *side);
    /** What it may be done by. */
    const void *const *kinds;
    size_t kind_count;
};

/** What members look their jobs up in. */
struct crew_jobs {
    const struct crew_job *const *list;
    size_t count;
};

struct crew_options {
    const struct crew_jobs *jobs;
    size_t job;   /* its place in the list that members are given */
    size_t place; /* of the kind, in the job's list */
    enum channel_policy policy;
    unsigned members;
    uint64_t numbers[CREW_NUMBERS];
    struct bench_run *run;
    /** Tell the leader more, when its side is made, before members start; or
     * NULL. */
    void (*opened)(struct crew_side *side, void *context);
    void *context;
};

struct crew;

/**
 * Start the members and wait until all are there. The calling thread stays on
 * the CPU that it is put on until crew_close().
 *
 * Errors:    MM_CLOSED (a member died), and as the job's make(); with a reason.
 * Ownership: the caller gives `*crew_out` to crew_close().
 */
enum mm_status crew_open(const struct crew_options *options,
                         struct crew **crew_out, struct bench_reason *reason);

/** Do a slice of the job. MM_CLOSED when a member has gone. */
enum mm_status crew_work(struct crew *crew, uint64_t count);

/** Have the members count what they use, and do, from now on. */
enum mm_status crew_account(struct crew *crew);

/**
 * Send the members home, give the run what they have used since
 * crew_account(), and judge what they saw, and where, and whether they have
 * done what was asked for since then.
 */
void crew_end(struct crew *crew, struct bench_run *run, uint64_t asked);

/** Also of one that was not ended: its members are killed. */
void crew_close(struct crew *crew);

/** The role of PARTNER_WORKS; its context is a struct crew_jobs. */
int crew_play(void *memory, unsigned index, const void *context);

#ifdef __cplusplus
}
#endif

#endif /* CREW_H */
