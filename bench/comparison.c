/* SPDX-License-Identifier: MIT */
#include "comparison.h"

/* What the pages per fault may differ by (rule 2). */
static const double difference_max = 0.1;

/* Faults that may be others': of the harness, in a sample, and at the ends of
 * what is mapped, in an iteration: pages are entered by aligned groups. */
static const double harness_faults = 64;
static const double edge_faults = 2;

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
