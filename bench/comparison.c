/* SPDX-License-Identifier: MIT */
#include "comparison.h"

/* Fewer than that are those of the harness as well (rule 2). */
static const uint64_t faults_min = 256;

/* What the pages per fault may differ by. */
static const double difference_max = 0.1;

/* The samples with the fewest and the most pages per fault. */
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

static bool pages_per_fault(const struct sample *sample, double *value_out)
{
    uint64_t faults = run_faults(&sample->used);

    if (sample->usage_known != MM_OK || !sample->counted[BENCH_PAGES] ||
        faults == MM_UNKNOWN || faults < faults_min) {
        return false;
    }
    *value_out = sample->counters[BENCH_PAGES] / (double)faults;
    return true;
}

static void include(struct extremes *extremes, const struct measured *measured)
{
    double value;

    for (size_t i = 0; i < measured->kept; i++) {
        if (!pages_per_fault(measured_repetition(measured, i), &value)) {
            continue;
        }
        if (extremes->fewest_in == NULL || value < extremes->fewest) {
            extremes->fewest = value;
            extremes->fewest_in = measured;
        }
        if (extremes->most_in == NULL || value > extremes->most) {
            extremes->most = value;
            extremes->most_in = measured;
        }
    }
}

void comparison_check_faults(struct measured *rows, size_t count)
{
    struct extremes extremes = {0};
    struct bench_reason reason;

    for (size_t i = 0; i < count; i++) {
        if (is_alike(&rows[i]) && rows[i].worst < BENCH_UNSUPPORTED) {
            include(&extremes, &rows[i]);
        }
    }
    if (extremes.fewest_in == NULL ||
        extremes.most <= (1 + difference_max) * extremes.fewest) {
        return;
    }
    bench_explain(&reason,
                  "the cache was not filled alike: a fault entered %.2f pages "
                  "for '%s' and %.2f for '%s'",
                  extremes.fewest, bench_word(&extremes.fewest_in->row, 0),
                  extremes.most, bench_word(&extremes.most_in->row, 0));
    for (size_t i = 0; i < count; i++) {
        if (is_alike(&rows[i])) {
            measured_judge(&rows[i], BENCH_VOID, reason.text);
        }
    }
}
