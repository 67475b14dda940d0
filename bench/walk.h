/* SPDX-License-Identifier: MIT */
/* One thread's walk over a trace: by read calls, a stream, a view or moving
 * views. */
#ifndef WALK_H
#define WALK_H

#include <mapmark/view.h>

#include "view_pool.h"
#include "ways.h"

/* One thread's share of a pass. */
struct walker {
    const struct sampler *sampler;
    unsigned char *octets;     /* its buffer */
    const unsigned char *view; /* of the whole file, where a way has that */
    struct view_pool pool;     /* of parts of it, of WAY_MAPPED_WINDOW */
    FILE *stream;
    enum bench_phase phase; /* that the accesses of this walk are */
    size_t first;           /* accesses of the trace */
    size_t last;
    uint64_t checksum;
    uint64_t maps;
    uint64_t reads;
    uint64_t writes;
    struct bench_phases phases;
    bool overdrawn; /* moves that were timed stand for more time than it took */
    enum mm_status status;
    const char *tried; /* what the status is of */
};

/** The access of views that the job needs. */
enum mm_access walk_access(const struct job *job);

/** Give the phase the time since the last reading of the clock. */
void walk_tick(struct bench_phases *phases, enum bench_phase phase,
               uint64_t *clock_in_out);

/** Do the walker's accesses. Views that move are left where they are when
 * another walk follows, after BENCH_PHASE_FIRST. A failure is in the walker's
 * status; then false. */
bool walk_trace(struct walker *walker);

/** Fill `octets` with what ACTION_WRITE writes at `offset` in a pass with this
 * stamp. The stamp is in the first eight octets, the rest is always the
 * same. */
void walk_expected(unsigned char *octets, size_t size, uint64_t stamp,
                   uint64_t offset);

#endif /* WALK_H */
