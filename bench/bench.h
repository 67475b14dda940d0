/* SPDX-License-Identifier: MIT */
/*
 * What a benchmark written in C sees.
 *
 * A benchmark is one file with one `const struct bench_table`: the words and
 * numbers that its rows vary over, and functions that set up, measure and tear
 * down. The harness makes the rows, orders them and calls the functions; they
 * hold no global state, so that several engines can drive them: today Google
 * Benchmark, which decides how often the loop runs.
 *
 * Rows that differ in their first word only (the way), or also in what the
 * table says it compares, are one comparison: they share what share()
 * made, and their samples are interleaved at random.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mapmark/process.h>
#include <mapmark/status.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    BENCH_WORDS_MAX = 6,
    BENCH_NUMBERS_MAX = 6,
    BENCH_REASON_MAX = 240,
};

struct bench_run;
struct datasets;

/** What every row is made under. */
struct bench_options {
    bool quick;                /* the small plan, sampled less */
    bool all;                  /* every combination that means something */
    int repetitions;           /* of every row; 0: as the plan has it */
    uint64_t seed;             /* of generated content and traces */
    double variation_max;      /* of every row; 0: each row has its own */
    uint64_t file_size;        /* octets of --file; 0: none was given */
    struct datasets *datasets; /* the files to measure; see dataset.h */
};

/** A part of the row's name that is a word, with its values, NULL at the end.
 * The first one is the way: what a comparison compares. */
struct bench_words {
    const char *name;
    const char *const *values;
};

/** A part of the row's name that is a number. */
struct bench_numbers {
    const char *name;
    const int64_t *values;
    size_t count;
    int64_t usual; /* this value is left out of names */
};

/** One row: an index into each list of words, a value for each number. */
struct bench_row {
    const struct bench_table *table;
    unsigned words[BENCH_WORDS_MAX];
    int64_t numbers[BENCH_NUMBERS_MAX];
};

/** In which plans a row appears. */
enum bench_scale {
    BENCH_NEVER, /* a combination that means nothing */
    BENCH_ALL,   /* only with --all */
    BENCH_FULL,  /* in the full plan as well */
    BENCH_QUICK, /* in the quick plan, and so in all of them */
};

/** How a row is sampled; zero members take the harness's defaults. */
struct bench_sampling {
    int repetitions;
    int64_t iterations;    /* a sample; 0: enough for min_seconds */
    double min_seconds;    /* timed, a sample */
    double sample_seconds; /* estimate of a whole sample, set-up included */
    /* Coefficient of variation of the repetitions' times above which the row
     * is inconclusive; half as much is allowed for a drift. */
    double variation_max;
};

enum bench_flag {
    /** The body gives the time of every iteration by bench_phase_times(). */
    BENCH_TIMED_BY_HAND = 1 << 1,
    /** Measures --file when it is given: the number called "size" is then the
     * size of that file. Without this flag a row is not run with --file. */
    BENCH_TAKES_FILE = 1 << 0,
};

/** What has gone wrong, in words for the user; names the object. */
struct bench_reason {
    char text[BENCH_REASON_MAX];
};

struct bench_table {
    const char *subject;  /* first part of every row's name */
    const char *question; /* what the rows answer, one sentence */
    const char *latency;  /* what bench_latency() times: "pass"; or NULL */
    /** The way that no other can beat, or NULL: a row of its comparison that
     * is clearly faster is void, because it cannot have done the work. */
    const char *ceiling;
    const struct bench_words *words;
    size_t word_count;
    const struct bench_numbers *numbers;
    size_t number_count;
    /** Name of a number that a comparison compares as well, or of the word
     * that its rows vary over fastest behind the way; or NULL. */
    const char *compared;
    unsigned flags;
    /** For the table's own functions, which tables can share; or NULL. */
    const void *own;
    /** NULL: every row is quick. */
    enum bench_scale (*scale)(const struct bench_row *row,
                              const struct bench_options *options);
    /** Whether the row must be measured before others change what it finds;
     * the same for all rows of a comparison. NULL: no row. */
    bool (*goes_first)(const struct bench_row *row);
    /** NULL: defaults. */
    void (*sampling)(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out);
    /** Whether nothing but how the cache was filled decides about the row's
     * faults: such rows of a comparison are void when their pages per fault
     * differ. NULL: no row. */
    bool (*faults_alike)(const struct bench_row *row);
    /** Once for each comparison; NULL: nothing to share. */
    enum mm_status (*share)(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason);
    void (*unshare)(void *shared);
    /** Once for each row, before its first sample; NULL: the state is what is
     * shared. MM_UNSUPPORTED makes the row unsupported, any other failure an
     * error. */
    enum mm_status (*set_up)(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason);
    void (*tear_down)(void *state);
    /** Once for each sample, and before the first one a few times to learn
     * how long an iteration takes. */
    void (*body)(struct bench_run *run, void *state);
};

/** The clock-by-hand phases of an iteration. */
enum bench_phase {
    BENCH_PHASE_OPEN, /* of files; a mapping is made in the next one */
    BENCH_PHASE_MAP,
    BENCH_PHASE_HINT,
    BENCH_PHASE_PREFETCH,
    BENCH_PHASE_ACCESS,
    BENCH_PHASE_FIRST,  /* accesses, the first time after mapping */
    BENCH_PHASE_STEADY, /* the same accesses again */
    BENCH_PHASE_FLUSH,
    BENCH_PHASE_UNMAP,
    BENCH_PHASE_CLOSE, /* of mappings and files */
    BENCH_PHASE_COUNT,
};

/** Times of the iterations just done. */
struct bench_phases {
    uint64_t ns[BENCH_PHASE_COUNT];
    uint64_t readings; /* of the clock, between the first one and the last */
};

/** Counters that a body reports; the harness adds what it measures itself.
 * Those marked (sample) describe the sample, the others are given as totals
 * and printed by iteration. */
enum bench_counter {
    BENCH_ACCESSES,
    BENCH_BYTES,
    BENCH_PAGES, /* touched; printed as pages_per_fault */
    BENCH_MAPS,
    BENCH_READS,            /* calls made for that */
    BENCH_WRITES,           /* the same */
    BENCH_CACHED_BEFORE,    /* (sample) share, 0 to 1 */
    BENCH_CACHED_AFTER,     /* (sample) */
    BENCH_BUFFER_ALIGNMENT, /* (sample) octets */
    BENCH_WINDOW_BYTES,     /* (sample) */
    BENCH_DEPTH, /* (sample) threads at work at the same time, on average */
    BENCH_BATCH, /* (sample) operations that one latency is the mean of */
    BENCH_PARTNER_USER,      /* nanoseconds of CPU time of the other process */
    BENCH_PARTNER_SYSTEM,    /* the same */
    BENCH_PARTNER_VOLUNTARY, /* its context switches */
    BENCH_PARTNER_INVOLUNTARY, /* the same */
    BENCH_PARTNER_CALLS,       /* of the system, where it counts them */
    BENCH_MAPPED_BYTES,        /* (sample) of views at the end of a walk */
    BENCH_RESIDENT_BEFORE,     /* (sample) octets of a view before its touch */
    BENCH_RESIDENT_AFTER,      /* (sample) of views at the end of a walk */
    BENCH_ENCODED_BYTES,       /* (sample) of an item, on average */
    BENCH_COUNTER_COUNT,
};

/** How far a sample can be believed; the worst one is the row's. */
enum bench_state {
    BENCH_OK,
    BENCH_UNPROVED,     /* its condition could not be shown to hold */
    BENCH_INCONCLUSIVE, /* of a row: its repetitions disagree too much */
    BENCH_VOID,         /* its condition was shown not to hold */
    BENCH_UNSUPPORTED,  /* cannot be done here */
    BENCH_ERROR,
};

const struct bench_row *bench_run_row(const struct bench_run *run);

/**
 * Ask for work: how many iterations to do now, at most `want`; 0 ends the
 * loop, also after a failure. The first call starts the accounts of CPU time,
 * faults and switches, the last one closes them.
 */
int64_t bench_next(struct bench_run *run, int64_t want);

/** Add to the phases of the sample, whose time is their sum. Needs
 * BENCH_TIMED_BY_HAND. */
void bench_phase_times(struct bench_run *run,
                       const struct bench_phases *phases);

/** Record one latency in the row's histogram. Nanoseconds. */
void bench_latency(struct bench_run *run, uint64_t ns);

/** Report a counter; a value that is not finite is an error of the row. */
void bench_count(struct bench_run *run, enum bench_counter counter,
                 double value);

/** A part of a sample, where a mean of all would hide what happens. */
struct bench_slice {
    uint64_t ns;
    uint64_t bytes;         /* of accesses */
    uint64_t storage_bytes; /* fetched from storage; MM_UNKNOWN */
    uint64_t major_faults;  /* MM_UNKNOWN */
    uint64_t held_bytes;    /* of memory, at its end; MM_UNKNOWN */
};

/** Record the next slice of the sample; MM_NO_MEMORY. */
enum mm_status bench_add_slice(struct bench_run *run,
                               const struct bench_slice *slice);

/** What the consumer computed; equal in all rows of a comparison, or every
 * row of it is void. */
void bench_checksum(struct bench_run *run, uint64_t checksum);

/** What the process used since the first bench_next(); every member is
 * MM_UNKNOWN where the system does not tell, or before the loop has ended. */
const struct mm_process_usage *bench_used(const struct bench_run *run);

/** Lower the state of the sample and say why; a better state is ignored.
 * After BENCH_UNSUPPORTED and BENCH_ERROR bench_next() gives 0, and the row is
 * not sampled again. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
void bench_judge(struct bench_run *run, enum bench_state state,
                 const char *format, ...);

/** BENCH_ERROR, or BENCH_UNSUPPORTED for MM_UNSUPPORTED, with the status in
 * words; `what` names what was tried on what. Does nothing for success, and
 * returns whether the status was a success. */
bool bench_check(struct bench_run *run, enum mm_status status,
                 const char *what);

/** The row's word in the list of that place. */
const char *bench_word(const struct bench_row *row, unsigned place);

/** Fill in a reason. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void bench_explain(struct bench_reason *reason, const char *format, ...);

/** Every benchmark of the program, NULL at the end; written by the build. */
extern const struct bench_table *const bench_tables[];

#ifdef __cplusplus
}
#endif

#endif /* BENCH_H */
