/* SPDX-License-Identifier: MIT */
#include "comparison.h"

#include <float.h>
#include <inttypes.h>
#include <string.h>

/* A row that takes less than this share of its ceiling's time, in all of its
 * repetitions, has left work out. */
static const double ceiling_share = 0.8;

/* What the pages per fault may differ by (rule 2). */
static const double difference_max = 0.1;

/* Faults that may be others': of the harness, in a sample, and at the ends of
 * what is mapped, in an iteration: pages are entered by aligned groups. */
static const double harness_faults = 64;
static const double edge_faults = 2;

/* ---- checksums ----------------------------------------------------------- */

/* The checksum that all repetitions of the row agree on; false when there is
 * none. A row whose own repetitions disagree is void. */
static bool row_checksum(struct measured *measured, uint64_t *checksum_out)
{
    bool found = false;

    if (measured->worst >= BENCH_UNSUPPORTED) {
        return false;
    }
    for (size_t i = 0; i < measured->kept; i++) {
        const struct sample *sample = measured_repetition(measured, i);

        if (!sample->has_checksum) {
            continue;
        }
        if (found && sample->checksum != *checksum_out) {
            measured_judge(measured, BENCH_VOID,
                           "its repetitions disagree about what they read");
        }
        *checksum_out = sample->checksum;
        found = true;
    }
    return found;
}

void comparison_check_checksums(struct measured *rows, size_t count)
{
    uint64_t first = 0, checksum = 0;
    bool found = false, differ = false;

    for (size_t i = 0; i < count; i++) {
        if (!row_checksum(&rows[i], &checksum)) {
            continue;
        }
        differ = differ || (found && checksum != first);
        first = found ? first : checksum;
        found = true;
    }
    for (size_t i = 0; differ && i < count; i++) {
        measured_judge(&rows[i], BENCH_VOID,
                       "the ways compared disagree about what they read");
    }
}

/* ---- the ceiling --------------------------------------------------------- */

static bool is_ceiling(const struct measured *measured)
{
    const char *ceiling = measured->row.table->ceiling;

    return ceiling != NULL &&
           strcmp(bench_word(&measured->row, 0), ceiling) == 0;
}

/* The times of an iteration that the repetitions lie between; false when
 * there are none to be believed. */
static bool time_range(const struct measured *measured, double *fastest_out,
                       double *slowest_out)
{
    if (measured->worst >= BENCH_VOID || measured->kept == 0) {
        return false;
    }
    *fastest_out = DBL_MAX;
    *slowest_out = 0;
    for (size_t i = 0; i < measured->kept; i++) {
        double ns = measured_repetition(measured, i)->real_ns;

        *fastest_out = ns < *fastest_out ? ns : *fastest_out;
        *slowest_out = ns > *slowest_out ? ns : *slowest_out;
    }
    return true;
}

void comparison_check_ceiling(struct measured *rows, size_t count)
{
    double limit = 0, fastest, slowest;
    struct bench_reason reason;

    for (size_t i = 0; i < count; i++) {
        if (is_ceiling(&rows[i]) && time_range(&rows[i], &fastest, &slowest)) {
            limit = ceiling_share * fastest;
        }
    }
    for (size_t i = 0; i < count; i++) {
        if (!is_ceiling(&rows[i]) && time_range(&rows[i], &fastest, &slowest) &&
            slowest < limit) {
            bench_explain(&reason,
                          "faster than the way '%s', which nothing can beat: "
                          "at most %.0f ns, and that at least %.0f ns",
                          rows[i].row.table->ceiling, slowest,
                          limit / ceiling_share);
            measured_judge(&rows[i], BENCH_VOID, reason.text);
        }
    }
}

/* What Google Benchmark had no memory or time for is judged, not hidden. */
/* ---- faults -------------------------------------------------------------- */

/* The samples with the fewest and the most pages per fault; of the latter what
 * is left when all other faults are taken for others'. */
struct extremes {
    const struct measured *fewest_in;
    const struct measured *most_in;
    double fewest;
    double most;
};

static bool is_alike(const struct measured *measured)
{
    const struct bench_table *table = measured->row.table;

    return table->faults_alike != NULL && table->faults_alike(&measured->row);
}

static bool counts_faults(const struct sample *sample)
{
    uint64_t faults = run_faults(&sample->used);

    return sample->usage_known == MM_OK && sample->counted[BENCH_PAGES] &&
           faults != MM_UNKNOWN && faults > 0;
}

static void include(struct extremes *extremes, const struct measured *measured,
                    const struct sample *sample)
{
    double pages = sample->counters[BENCH_PAGES];
    double faults = (double)run_faults(&sample->used);
    double others = harness_faults + edge_faults * (double)sample->iterations;

    if (extremes->fewest_in == NULL || pages / faults < extremes->fewest) {
        extremes->fewest = pages / faults;
        extremes->fewest_in = measured;
    }
    if (extremes->most_in == NULL ||
        pages / (faults + others) > extremes->most) {
        extremes->most = pages / (faults + others);
        extremes->most_in = measured;
    }
}

/* Not the very first call: it touches the program's own memory, a buffer or
 * what a sanitizer keeps, for the first time as well. */
static void include_row(struct extremes *extremes,
                        const struct measured *measured)
{
    for (size_t i = 0; i < measured->kept; i++) {
        const struct sample *sample = measured_repetition(measured, i);

        if (sample != measured->samples && counts_faults(sample)) {
            include(extremes, measured, sample);
        }
    }
}

void comparison_check_faults(struct measured *rows, size_t count)
{
    struct extremes extremes = {0};
    struct bench_reason reason;

    for (size_t i = 0; i < count; i++) {
        if (is_alike(&rows[i]) && rows[i].worst < BENCH_UNSUPPORTED) {
            include_row(&extremes, &rows[i]);
        }
    }
    if (extremes.fewest_in == NULL ||
        extremes.most <= (1 + difference_max) * extremes.fewest) {
        return;
    }
    bench_explain(&reason,
                  "the cache was not filled alike: a fault entered %.2f pages "
                  "for '%s' and at least %.2f for '%s'",
                  extremes.fewest, bench_word(&extremes.fewest_in->row, 0),
                  extremes.most, bench_word(&extremes.most_in->row, 0));
    for (size_t i = 0; i < count; i++) {
        if (is_alike(&rows[i])) {
            measured_judge(&rows[i], BENCH_VOID, reason.text);
        }
    }
}
