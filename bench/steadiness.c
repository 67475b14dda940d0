/* SPDX-License-Identifier: MIT */
#include "steadiness.h"

#include <math.h>
#include <stdlib.h>

/* Two-sided chance of 1 % under the normal distribution. */
static const double deviations_of_chance = 2.576;

/* A line that rises by r scatters by r / sqrt(12) only, so a drift has to be
 * looked for by itself, and well below the limit of scatter. */
static const double rise_share = 0.5;

static double mean_of(const double *times, size_t count)
{
    double sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += times[i];
    }
    return sum / (double)count;
}

/* The test of Mann and Kendall: of all pairs, how many more rise than fall,
 * against how many chance allows for. It asks for no distribution. */
static bool drifts(const double *times, size_t count)
{
    double n = (double)count;
    double deviation = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    double surplus = 0;

    for (size_t i = 0; i < count; i++) {
        for (size_t k = i + 1; k < count; k++) {
            surplus += (times[k] > times[i]) - (times[k] < times[i]);
        }
    }
    return fabs(surplus) - 1 > deviations_of_chance * deviation;
}

struct steadiness steadiness_of(const double *times, size_t count)
{
    double mean = mean_of(times, count);
    double middle = ((double)count - 1) / 2;
    double squares = 0, products = 0, places = 0;
    struct steadiness found = {0};

    if (count < 2 || mean <= 0) {
        return found;
    }
    for (size_t i = 0; i < count; i++) {
        double place = (double)i - middle;

        squares += (times[i] - mean) * (times[i] - mean);
        products += place * (times[i] - mean);
        places += place * place;
    }
    found.variation = sqrt(squares / ((double)count - 1)) / mean;
    found.rise = products / places * ((double)count - 1) / mean;
    found.drifts = drifts(times, count);
    return found;
}

static bool judge(const struct steadiness *found, double limit,
                  struct bench_reason *reason_out)
{
    if (found->drifts && fabs(found->rise) > rise_share * limit) {
        bench_explain(reason_out,
                      "not steady: from its first repetition to its last it "
                      "got %.0f %% %s",
                      100 * fabs(found->rise),
                      found->rise > 0 ? "slower" : "faster");
        return false;
    }
    if (found->variation > limit) {
        bench_explain(reason_out,
                      "its repetitions scatter by %.0f %% (coefficient of "
                      "variation), more than the %.0f %% that are allowed",
                      100 * found->variation, 100 * limit);
        return false;
    }
    return true;
}

bool steadiness_check(const struct measured *measured,
                      struct bench_reason *reason_out)
{
    double *times = calloc(measured->kept + 1, sizeof(*times));
    struct steadiness found;

    if (times == NULL || measured->kept == 0) {
        free(times);
        return true;
    }
    for (size_t i = 0; i < measured->kept; i++) {
        times[i] = measured_repetition(measured, i)->real_ns;
    }
    found = steadiness_of(times, measured->kept);
    free(times);
    return judge(&found, measured->sampling.variation_max, reason_out);
}
