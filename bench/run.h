/* SPDX-License-Identifier: MIT */
/* What stands behind bench.h: samples of rows, for engines and the record. */
#ifndef RUN_H
#define RUN_H

#include <mapmark/process.h>

#include "bench.h"
#include "histogram.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { BENCH_NAME_MAX = 256 };

enum sample_role {
    SAMPLE_TRIAL,     /* to learn how many iterations fill a sample */
    SAMPLE_KEPT,      /* a repetition of the row */
    SAMPLE_DISCARDED, /* void, and taken again */
};

/** One call of a body. */
struct sample {
    enum sample_role role;
    int64_t order;      /* its place among all calls of this program */
    int64_t iterations; /* done */
    double real_ns;     /* an iteration, as the engine reports it */
    double cpu_ns;
    struct bench_phases phases; /* of the whole sample */
    double clock_share;         /* reading the clock, of all that */
    double counters[BENCH_COUNTER_COUNT];
    bool counted[BENCH_COUNTER_COUNT];
    uint64_t checksum;
    bool has_checksum;
    struct mm_process_usage used; /* between the first and last bench_next() */
    enum mm_status usage_known;
    enum bench_state state;
    struct bench_reason reason;
    struct histogram *latencies; /* NULL: none recorded */
    struct bench_slice *slices;  /* NULL: the sample is one */
    size_t slice_count;
};

/** A row being measured, and all that came of it. */
struct measured {
    char name[BENCH_NAME_MAX];
    struct bench_row row;
    struct bench_sampling sampling;
    void *state; /* what set_up() made */
    bool is_set_up;
    struct sample *samples; /* every call of the body, in order */
    size_t sample_count;
    size_t sample_room;
    size_t wanted; /* repetitions that the engine is to take next */
    size_t kept;   /* samples of that role */
    bool failed;   /* in its last sample; none follows */
    bool extended; /* it was sampled twice as often, because it scattered */
    enum bench_state worst;
    struct bench_reason reason;
};

/** What a body is given; made by the engine for one call. */
struct bench_run {
    const struct bench_row *row;
    struct sample *sample;
    /** The engine's loop: as bench_next(), without the accounts. */
    int64_t (*next)(void *engine, int64_t want);
    void *engine;
    struct mm_process_usage before;
    bool begun;
    bool ended;
};

/** A new sample at the end of the row's list; NULL without memory. It moves
 * when the next one is added. */
struct sample *measured_add(struct measured *measured);

/** Free what the samples hold. */
void measured_free(struct measured *measured);

/** A repetition: the so manieth sample that was kept. */
struct sample *measured_repetition(const struct measured *measured,
                                   size_t repetition);

/** Lower the state of a row, or of a sample. */
void measured_judge(struct measured *measured, enum bench_state state,
                    const char *reason);
void sample_judge(struct sample *sample, enum bench_state state,
                  const char *reason);

/** Page faults of both kinds together; MM_UNKNOWN where nobody counts. */
uint64_t run_faults(const struct mm_process_usage *used);

/** Nanoseconds in all phases together. */
uint64_t sample_phases_ns(const struct sample *sample);

/** Judge a sample, timed by the engine, that is far shorter than it should
 * be: one slow call was taken for what all of them need. */
void sample_judge_length(struct sample *sample,
                         const struct bench_sampling *sampling);

/** Judge whether a clock that was read so often, at `clock_cost_ns` each, is a
 * small part of the time that it told. */
void sample_judge_clock(struct sample *sample, uint64_t readings,
                        double clock_cost_ns, uint64_t total_ns);

/** Call the body once and judge what any engine must. `clock_cost_ns` is the
 * price of one reading. */
void run_body(struct measured *measured, struct bench_run *run,
              double clock_cost_ns);

/** Whether the user wants to stop; set from a signal handler. */
bool run_interrupted(void);
void run_interrupt(int signal_number);

#ifdef __cplusplus
}
#endif

#endif /* RUN_H */
