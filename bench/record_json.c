/* SPDX-License-Identifier: MIT */
#include "record_json.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <mapmark/mapping.h>

#include "build_id.h"
#include "coder.h"
#include "shim.h"

/* How a counter is printed. */
struct counter_format {
    const char *name;
    bool of_sample; /* not divided by the iterations */
};

static const struct counter_format formats[BENCH_COUNTER_COUNT] = {
    [BENCH_ACCESSES] = {"accesses", false},
    [BENCH_BYTES] = {"bytes", false},
    [BENCH_PAGES] = {"pages", false},
    [BENCH_MAPS] = {"maps", false},
    [BENCH_READS] = {"reads", false},
    [BENCH_WRITES] = {"writes", false},
    [BENCH_CACHED_BEFORE] = {"cached_before", true},
    [BENCH_CACHED_AFTER] = {"cached_after", true},
    [BENCH_BUFFER_ALIGNMENT] = {"buffer_alignment", true},
    [BENCH_WINDOW_BYTES] = {"window_bytes", true},
    [BENCH_DEPTH] = {"depth", true},
    [BENCH_BATCH] = {"batch", true},
    [BENCH_PARTNER_USER] = {"partner_user_ns", false},
    [BENCH_PARTNER_SYSTEM] = {"partner_system_ns", false},
    [BENCH_PARTNER_VOLUNTARY] = {"partner_voluntary_switches", false},
    [BENCH_PARTNER_INVOLUNTARY] = {"partner_involuntary_switches", false},
    [BENCH_PARTNER_CALLS] = {"partner_calls", false},
    [BENCH_MAPPED_BYTES] = {"mapped_bytes", true},
    [BENCH_RESIDENT_BEFORE] = {"resident_before", true},
    [BENCH_RESIDENT_AFTER] = {"resident_after", true},
    [BENCH_ENCODED_BYTES] = {"encoded_bytes", true},
};

static const char *const phase_names[BENCH_PHASE_COUNT] = {
    [BENCH_PHASE_OPEN] = "open_ns",     [BENCH_PHASE_MAP] = "map_ns",
    [BENCH_PHASE_HINT] = "hint_ns",     [BENCH_PHASE_PREFETCH] = "prefetch_ns",
    [BENCH_PHASE_ACCESS] = "access_ns", [BENCH_PHASE_FIRST] = "first_ns",
    [BENCH_PHASE_STEADY] = "steady_ns", [BENCH_PHASE_FLUSH] = "flush_ns",
    [BENCH_PHASE_UNMAP] = "unmap_ns",   [BENCH_PHASE_CLOSE] = "close_ns",
};

const char *record_state_name(enum bench_state state)
{
    switch (state) {
    case BENCH_OK:
        return "ok";
    case BENCH_UNPROVED:
        return "unproved";
    case BENCH_INCONCLUSIVE:
        return "inconclusive";
    case BENCH_VOID:
        return "void";
    case BENCH_UNSUPPORTED:
        return "unsupported";
    case BENCH_ERROR:
        break;
    }
    return "error";
}

static void write_date(struct json *json)
{
    char text[32] = "";
    time_t now = time(NULL);
    const struct tm *utc = gmtime(&now);

    if (utc != NULL) {
        strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S+00:00", utc);
    }
    json_text(json, "date", text);
}

/* The members that Google Benchmark's own tools expect. */
static void write_machine(struct json *json)
{
    struct shim_machine machine;

    shim_describe_machine(&machine);
    json_text(json, "executable", "mapmark-bench");
    json_integer(json, "num_cpus", machine.cpus);
    json_real(json, "mhz_per_cpu", machine.mhz);
    json_boolean(json, "cpu_scaling_enabled", machine.scaling);
    json_array(json, "caches");
    for (size_t i = 0; i < machine.cache_count; i++) {
        json_object(json, NULL);
        json_text(json, "type", machine.caches[i].type);
        json_integer(json, "level", machine.caches[i].level);
        json_integer(json, "size", machine.caches[i].size);
        json_integer(json, "num_sharing", machine.caches[i].shared_by);
        json_end(json, '}');
    }
    json_end(json, ']');
    json_text(json, "library_build_type", "release");
}

void record_json_program(struct json *json)
{
    json_text(json, "version", MM_VERSION_STRING);
    json_object(json, "build");
    json_text(json, "id", BUILD_ID);
    json_text(json, "compiler", BUILD_COMPILER);
    json_text(json, "type", BUILD_TYPE);
    json_text(json, "flags", BUILD_FLAGS);
    json_end(json, '}');
}

static void write_libraries(struct json *json)
{
    json_object(json, "libraries");
    json_text(json, "benchmark", BUILD_BENCHMARK_VERSION);
    json_text(json, "zlib", coder_zlib_version());
    if (coder_libdeflate_version() != NULL) {
        json_text(json, "libdeflate", coder_libdeflate_version());
    }
    json_end(json, '}');
}

static void write_file_member(struct json *json,
                              const struct record_context *context)
{
    if (context->options->file_size == 0) {
        json_null(json, "file");
        return;
    }
    json_object(json, "file");
    json_text(json, "path", context->file_path);
    json_integer(json, "size", (int64_t)context->options->file_size);
    json_text(json, "origin", "given");
    json_end(json, '}');
}

void record_json_context(struct json *json,
                         const struct record_context *context, bool complete)
{
    char system[128] = "unknown";

    (void)mm_process_system(system, sizeof(system));
    json_object(json, "context");
    write_date(json);
    write_machine(json);
    json_object(json, "mapmark");
    json_text(json, "schema", "mapmark-bench/1");
    record_json_program(json);
    write_libraries(json);
    json_text(json, "system", system);
    json_integer(json, "page_size", (int64_t)mm_page_size());
    json_integer(json, "granularity", (int64_t)mm_granularity());
    json_object(json, "clock");
    json_real(json, "cost_ns", context->clock_cost_ns);
    json_integer(json, "resolution_ns", (int64_t)context->clock_resolution_ns);
    json_end(json, '}');
    write_file_member(json, context);
    json_boolean(json, "quick", context->options->quick);
    json_integer(json, "seed", (int64_t)context->options->seed);
    if (context->options->variation_max > 0) {
        json_real(json, "variation_max", context->options->variation_max);
    }
    json_boolean(json, "complete", complete);
    json_end(json, '}');
    json_end(json, '}');
}

void record_json_names(struct json *json, const char *name,
                       const struct plan *plan)
{
    char row[BENCH_NAME_MAX];

    json_array(json, name);
    for (size_t i = 0; i < plan->count; i++) {
        plan_name(&plan->rows[i], row);
        json_text(json, NULL, row);
    }
    json_end(json, ']');
}

/* What was void and taken again: not kept, and not hidden. */
static void write_discarded(struct json *json, const struct measured *measured)
{
    json_array(json, "discarded");
    for (size_t i = 0; i < measured->sample_count; i++) {
        const struct sample *sample = &measured->samples[i];

        if (sample->role == SAMPLE_DISCARDED) {
            json_object(json, NULL);
            json_integer(json, "order", sample->order);
            json_real(json, "real_time", sample->real_ns);
            json_text(json, "reason", sample->reason.text);
            json_end(json, '}');
        }
    }
    json_end(json, ']');
}

void record_json_row(struct json *json, const struct measured *measured)
{
    const struct bench_table *table = measured->row.table;

    json_line(json);
    json_object(json, NULL);
    json_text(json, "name", measured->name);
    json_text(json, "subject", table->subject);
    json_object(json, "words");
    for (unsigned i = 0; i < table->word_count; i++) {
        json_text(json, table->words[i].name, bench_word(&measured->row, i));
    }
    json_end(json, '}');
    json_object(json, "numbers");
    for (size_t i = 0; i < table->number_count; i++) {
        json_integer(json, table->numbers[i].name, measured->row.numbers[i]);
    }
    json_end(json, '}');
    json_text(json, "state", record_state_name(measured->worst));
    json_text(json, "reason", measured->reason.text);
    json_integer(json, "repetitions", (int64_t)measured->kept);
    write_discarded(json, measured);
    json_end(json, '}');
}

/* A total by iteration, left out where the system did not tell it. */
static void write_used(struct json *json, const char *name, uint64_t total,
                       double iterations)
{
    if (total != MM_UNKNOWN) {
        json_real(json, name, (double)total / iterations);
    }
}

static void write_pages_per_fault(struct json *json,
                                  const struct sample *sample)
{
    uint64_t faults = run_faults(&sample->used);

    if (sample->counted[BENCH_PAGES] && faults != MM_UNKNOWN && faults > 0) {
        json_real(json, "pages_per_fault",
                  sample->counters[BENCH_PAGES] / (double)faults);
    }
}

static void write_usage(struct json *json, const struct sample *sample)
{
    const struct mm_process_usage *used = &sample->used;
    double iterations = (double)sample->iterations;

    if (sample->usage_known != MM_OK) {
        return;
    }
    write_used(json, "user_ns", used->user_ns, iterations);
    write_used(json, "system_ns", used->system_ns, iterations);
    write_used(json, "minor_faults", used->minor_faults, iterations);
    write_used(json, "major_faults", used->major_faults, iterations);
    write_used(json, "voluntary_switches", used->voluntary_switches,
               iterations);
    write_used(json, "involuntary_switches", used->involuntary_switches,
               iterations);
    write_used(json, "storage_bytes", used->storage_read_bytes, iterations);
    write_used(json, "storage_write_bytes", used->storage_write_bytes,
               iterations);
    write_used(json, "read_calls", used->read_calls, iterations);
    write_used(json, "write_calls", used->write_calls, iterations);
    write_pages_per_fault(json, sample);
}

static void write_counters(struct json *json, const struct sample *sample)
{
    double iterations = (double)sample->iterations;

    for (int i = 0; i < BENCH_COUNTER_COUNT; i++) {
        double by = formats[i].of_sample ? 1 : iterations;

        if (sample->counted[i]) {
            json_real(json, formats[i].name, sample->counters[i] / by);
        }
    }
    for (int i = 0; sample->phases.readings > 0 && i < BENCH_PHASE_COUNT; i++) {
        json_real(json, phase_names[i],
                  (double)sample->phases.ns[i] / iterations);
    }
    if (sample->phases.readings > 0) {
        json_real(json, "clock_share", sample->clock_share);
    }
}

static void write_rates(struct json *json, const struct sample *sample)
{
    double seconds = sample->real_ns * 1e-9 * (double)sample->iterations;

    if (seconds <= 0) {
        return;
    }
    if (sample->counted[BENCH_BYTES]) {
        json_real(json, "bytes_per_second",
                  sample->counters[BENCH_BYTES] / seconds);
    }
    if (sample->counted[BENCH_ACCESSES]) {
        json_real(json, "items_per_second",
                  sample->counters[BENCH_ACCESSES] / seconds);
    }
}

static void write_known(struct json *json, const char *name, uint64_t value)
{
    if (value != MM_UNKNOWN) {
        json_integer(json, name, (int64_t)value);
    }
}

static void write_slices(struct json *json, const struct sample *sample)
{
    if (sample->slice_count == 0) {
        return;
    }
    json_array(json, "slices");
    for (size_t i = 0; i < sample->slice_count; i++) {
        const struct bench_slice *slice = &sample->slices[i];

        json_object(json, NULL);
        write_known(json, "ns", slice->ns);
        write_known(json, "bytes", slice->bytes);
        write_known(json, "storage_bytes", slice->storage_bytes);
        write_known(json, "major_faults", slice->major_faults);
        write_known(json, "held_bytes", slice->held_bytes);
        json_end(json, '}');
    }
    json_end(json, ']');
}

static void write_ours(struct json *json, const struct sample *sample)
{
    char checksum[32];

    json_object(json, "mapmark");
    json_integer(json, "order", sample->order);
    json_text(json, "state", record_state_name(sample->state));
    json_text(json, "reason", sample->reason.text);
    if (sample->has_checksum) {
        snprintf(checksum, sizeof(checksum), "0x%016" PRIx64, sample->checksum);
        json_text(json, "checksum", checksum);
    }
    write_slices(json, sample);
    json_end(json, '}');
}

static bool has_times(const struct sample *sample)
{
    return sample->state < BENCH_UNSUPPORTED && sample->iterations > 0;
}

void record_json_sample(struct json *json, const struct sample *sample)
{
    if (has_times(sample)) {
        json_integer(json, "iterations", sample->iterations);
        json_real(json, "real_time", sample->real_ns);
        json_real(json, "cpu_time", sample->cpu_ns);
        json_text(json, "time_unit", "ns");
        write_rates(json, sample);
        write_usage(json, sample);
        write_counters(json, sample);
    }
    write_ours(json, sample);
}

static void write_sample(struct json *json, const struct measured *measured,
                         size_t repetition)
{
    json_line(json);
    json_object(json, NULL);
    json_text(json, "name", measured->name);
    json_text(json, "run_name", measured->name);
    json_text(json, "run_type", "iteration");
    json_integer(json, "repetitions", (int64_t)measured->kept);
    json_integer(json, "repetition_index", (int64_t)repetition);
    json_integer(json, "threads", 1);
    record_json_sample(json, measured_repetition(measured, repetition));
    json_end(json, '}');
}

/* Google Benchmark's tools want the times of every entry, and would take a
 * zero for one: what has failed has none. */
void record_json_samples(struct json *json, const struct measured *measured)
{
    for (size_t i = 0; i < measured->kept; i++) {
        if (has_times(measured_repetition(measured, i))) {
            write_sample(json, measured, i);
        }
    }
}

static void write_buckets(struct json *json, const struct histogram *histogram)
{
    uint64_t lower, upper;

    json_array(json, "buckets");
    for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->buckets[i] == 0) {
            continue;
        }
        histogram_bounds(i, &lower, &upper);
        json_array(json, NULL);
        json_integer(json, NULL, (int64_t)lower);
        json_integer(json, NULL, (int64_t)upper);
        json_integer(json, NULL, (int64_t)histogram->buckets[i]);
        json_end(json, ']');
    }
    json_end(json, ']');
}

void record_json_histograms(struct json *json, const struct measured *measured)
{
    for (size_t i = 0; i < measured->kept; i++) {
        const struct sample *sample = measured_repetition(measured, i);

        if (sample->latencies == NULL || measured->row.table->latency == NULL) {
            continue;
        }
        json_line(json);
        json_object(json, NULL);
        json_text(json, "name", measured->name);
        json_text(json, "what", measured->row.table->latency);
        json_integer(json, "repetition", (int64_t)i);
        json_integer(json, "count", (int64_t)sample->latencies->count);
        json_integer(json, "clamped", (int64_t)sample->latencies->clamped);
        json_integer(json, "min", (int64_t)sample->latencies->min_ns);
        json_integer(json, "max", (int64_t)sample->latencies->max_ns);
        write_buckets(json, sample->latencies);
        json_end(json, '}');
    }
}
