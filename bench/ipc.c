/* SPDX-License-Identifier: MIT */
#include "ipc.h"

#include <mapmark/clock.h>

/* A clock that is read once costs at most this share of what it tells. */
static const double clock_share = 0.02;

enum {
    /* Timed together to learn how long one takes. */
    TRIED = 64,
    BATCH_MAX = 1024,
    /* As much as is asked for at once: the end of a sample, or an interrupt,
     * is then never far. */
    ASKED = 1 << 12,
    /* The same, of a crew: enough to hide how a slice begins and ends. */
    SLICE = 1 << 14,
    /* There are many rows, and an interval needs no more. */
    QUICK_REPETITIONS = 7,
};

bool ipc_is_of_here(unsigned way)
{
    /* What an optional package brings is asked for on every system. */
    return channel_kinds[way]->why_not == NULL ||
           way == CHANNEL_AT_interprocess;
}

enum mm_status ipc_check(const char *why_not, struct bench_reason *reason)
{
    if (why_not == NULL) {
        return MM_OK;
    }
    bench_explain(reason, "%s", why_not);
    return MM_UNSUPPORTED;
}

void ipc_sampling(const struct bench_row *row,
                  const struct bench_options *options,
                  struct bench_sampling *sampling_out)
{
    (void)row;
    ipc_quickly(options, sampling_out);
    /* A partner is started and ended besides. */
    sampling_out->sample_seconds = sampling_out->min_seconds + 0.02;
    /* A sleeping CPU wakes when the hypervisor gets round to it. */
    sampling_out->variation_max = 0.5;
}

void ipc_quickly(const struct bench_options *options,
                 struct bench_sampling *sampling_out)
{
    sampling_out->min_seconds = options->quick ? 0.03 : 0.1;
    if (options->quick) {
        sampling_out->repetitions = QUICK_REPETITIONS;
    }
}

/* How many round trips hide the clock. */
static uint64_t choose_batch(struct talk *talk, enum mm_status *status_out)
{
    double clock_ns = mm_clock_cost_ns(), each_ns;
    uint64_t start = mm_clock_ns(), batch = 1;

    *status_out = talk_round_trips(talk, TRIED);
    each_ns = (double)(mm_clock_ns() - start) / TRIED;
    while (batch < BATCH_MAX &&
           (double)batch * each_ns * clock_share < clock_ns) {
        batch *= 2;
    }
    return batch;
}

static enum mm_status make_batches(struct bench_run *run, struct talk *talk,
                                   uint64_t count, uint64_t batch)
{
    uint64_t before = mm_clock_ns(), now;
    enum mm_status status = MM_OK;

    for (uint64_t done = 0; status == MM_OK && done < count;) {
        uint64_t some = batch < count - done ? batch : count - done;

        status = talk_round_trips(talk, some);
        now = mm_clock_ns();
        bench_latency(run, (now - before) / some);
        before = now;
        done += some;
    }
    return status;
}

static void account(struct bench_run *run, const struct talk_options *options,
                    double count, uint64_t batch)
{
    bench_count(run, BENCH_ACCESSES, count);
    bench_count(run, BENCH_BATCH, (double)batch);
    if (options->kind->carries) {
        bench_count(run, BENCH_BYTES, 2 * count * (double)options->octets);
    }
}

void ipc_ping_pong(struct bench_run *run, const struct talk_options *options)
{
    struct bench_reason reason = {{0}};
    struct talk *talk = NULL;
    enum mm_status status = talk_open(options, &talk, &reason);
    uint64_t batch = 1;
    int64_t more, count = 0;

    if (status == MM_OK) {
        batch = choose_batch(talk, &status);
    }
    if (status == MM_OK) {
        status = talk_account(talk);
    }
    bench_check(run, status, reason.text[0] != 0 ? reason.text : "talk");
    while ((more = bench_next(run, ASKED)) > 0) {
        status = make_batches(run, talk, (uint64_t)more, batch);
        count += more;
        bench_check(run, status, "a round trip with the partner");
    }
    if (status == MM_OK) {
        talk_end(talk, run);
        account(run, options, (double)count, batch);
    }
    talk_close(talk);
}

extern const struct crew_job ipc_broadcast_job, ipc_lock_job, ipc_queue_job,
    ipc_share_job, ipc_tables_job;

static const struct crew_job *const jobs[] = {
    [IPC_BROADCAST] = &ipc_broadcast_job, [IPC_LOCK] = &ipc_lock_job,
    [IPC_QUEUE] = &ipc_queue_job,         [IPC_SHARE] = &ipc_share_job,
    [IPC_TABLES] = &ipc_tables_job,
};

const struct crew_jobs ipc_jobs = {jobs, sizeof(jobs) / sizeof(jobs[0])};

void ipc_crew(struct bench_run *run, const struct crew_options *options)
{
    struct bench_reason reason = {{0}};
    struct crew *crew = NULL;
    enum mm_status status = crew_open(options, &crew, &reason);
    uint64_t count = 0;
    int64_t more;

    if (status == MM_OK) {
        status = crew_account(crew);
    }
    bench_check(run, status, reason.text[0] != 0 ? reason.text : "a crew");
    while ((more = bench_next(run, SLICE)) > 0) {
        status = crew_work(crew, (uint64_t)more);
        count += (uint64_t)more;
        bench_check(run, status, "work of the crew");
    }
    if (status == MM_OK) {
        crew_end(crew, run, count);
        bench_count(run, BENCH_ACCESSES, (double)count);
    }
    crew_close(crew);
}
