// SPDX-License-Identifier: MIT
// The only C++ file: what the harness needs of Google Benchmark and of the
// C++ library, behind the C functions of shim.h.
#include "shim.h"

#include <benchmark/benchmark.h>

#include <mapmark/clock.h>
#include <mapmark/process.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <mutex>
#include <regex>
#include <string>
#include <thread>
#include <vector>

namespace
{

// A loop of Google Benchmark, in batches that add up to exactly the number of
// iterations it chose: KeepRunningBatch() alone may run over.
struct Loop {
    benchmark::State &state;
    int64_t left;
    bool ended;
};

int64_t next_batch(void *engine, int64_t want)
{
    auto *loop = static_cast<Loop *>(engine);
    int64_t batch = want < loop->left ? want : loop->left;

    if (loop->ended) {
        return 0; // asking once more aborts
    }
    if (batch <= 0) {
        // Ends the loop and stops the clock.
        loop->state.KeepRunning();
        loop->ended = true;
        return 0;
    }
    if (!loop->state.KeepRunningBatch(batch)) {
        loop->ended = true;
        return 0;
    }
    loop->left -= batch;
    return batch;
}

// Ends a loop that will not be run. Google Benchmark must not learn of the
// failure: 1.7.1 aborts when some repetitions of a benchmark fail and some do
// not.
void drain(Loop *loop)
{
    next_batch(loop, loop->left);
    next_batch(loop, 0);
}

void call_body(benchmark::State &state, measured *row, shim_session *session)
{
    Loop loop{state, static_cast<int64_t>(state.max_iterations), false};
    bench_run run{};

    run.sample = row->failed ? nullptr : measured_add(row);
    if (run.sample == nullptr) {
        row->failed = true;
        drain(&loop);
        return;
    }
    run.sample->order = session->order++;
    run.next = next_batch;
    run.engine = &loop;
    run_body(row, &run, session->clock_cost_ns);
    if (run.sample->state >= BENCH_UNSUPPORTED) {
        row->failed = true;
        drain(&loop);
    } else if ((row->row.table->flags & BENCH_TIMED_BY_HAND) != 0) {
        state.SetIterationTime(
            static_cast<double>(sample_phases_ns(run.sample)) * 1e-9);
    }
    session->progress(session->context);
}

void register_row(measured *row, shim_session *session)
{
    auto *made = benchmark::RegisterBenchmark(
        row->name, [row, session](benchmark::State &state) {
            call_body(state, row, session);
        });

    if (row->sampling.iterations > 0) {
        made->Iterations(row->sampling.iterations);
    } else {
        made->MinTime(row->sampling.min_seconds);
    }
    made->Repetitions(static_cast<int>(row->wanted));
    if ((row->row.table->flags & BENCH_TIMED_BY_HAND) != 0) {
        made->UseManualTime();
    } else {
        made->UseRealTime();
    }
}

// Takes the times of the repetitions; everything else is in the samples.
class Collector : public benchmark::BenchmarkReporter
{
  public:
    Collector(measured *rows, size_t count) : rows_(rows), count_(count)
    {
    }

    bool ReportContext(const Context &) override
    {
        return true;
    }

    void ReportRuns(const std::vector<Run> &runs) override
    {
        for (const Run &run : runs) {
            if (run.run_type == Run::RT_Iteration) {
                take(run);
            }
        }
    }

  private:
    void take(const Run &run)
    {
        measured *row = find(run.run_name.function_name);

        // The first repetition calls the body until the time is long enough,
        // every other one once: the last calls are the repetitions.
        if (row == nullptr || row->failed || row->sample_count < row->wanted) {
            return;
        }
        size_t first = row->sample_count - row->wanted;
        sample &taken =
            row->samples[first + static_cast<size_t>(run.repetition_index)];
        taken.real_ns = run.GetAdjustedRealTime();
        taken.cpu_ns = run.GetAdjustedCPUTime();
    }

    measured *find(const std::string &name)
    {
        for (size_t i = 0; i < count_; i++) {
            if (name == rows_[i].name) {
                return &rows_[i];
            }
        }
        return nullptr;
    }

    measured *rows_;
    size_t count_;
};

// The last calls are the repetitions; of a row that failed, the last one is.
void keep_repetitions(measured *row)
{
    size_t wanted = row->failed && row->wanted > 0 ? 1 : row->wanted;

    for (size_t i = 0; i < wanted && i < row->sample_count; i++) {
        row->samples[row->sample_count - 1 - i].role = SAMPLE_KEPT;
        row->kept++;
    }
    row->wanted = 0;
}

} // namespace

struct shim_pattern {
    std::regex regex;
};

// Threads sleep between runs. In a run each one says that it is awake, and
// spins until all are: whoever woke first must not have worked alone.
struct shim_team {
    std::mutex mutex;
    std::condition_variable wake;
    std::condition_variable done;
    std::vector<std::thread> threads;
    std::vector<uint64_t> starts, ends;
    void (*work)(void *context, size_t index) = nullptr;
    void *context = nullptr;
    uint64_t run = 0; // counts them
    size_t working = 0;
    bool leaving = false;
    std::atomic<size_t> asleep{0};

    // A CPU for each thread, where the system grants that: threads that are
    // woken together are often put on one, and a pass is too short for the
    // scheduler to part them.
    static void settle(size_t index)
    {
        unsigned cpus = mm_process_cpu_count();

        (void)mm_process_pin(static_cast<unsigned>(index) % cpus);
    }

    void serve(size_t index)
    {
        uint64_t seen = 0;

        settle(index);
        std::unique_lock<std::mutex> lock(mutex);

        for (;;) {
            wake.wait(lock, [&] { return leaving || run != seen; });
            if (leaving) {
                return;
            }
            seen = run;
            lock.unlock();
            asleep.fetch_sub(1);
            while (asleep.load() > 0) {
                std::this_thread::yield();
            }
            starts[index] = mm_clock_ns();
            work(context, index);
            ends[index] = mm_clock_ns();
            lock.lock();
            if (--working == 0) {
                done.notify_one();
            }
        }
    }

    ~shim_team()
    {
        {
            std::lock_guard<std::mutex> lock(mutex);
            leaving = true;
        }
        wake.notify_all();
        for (std::thread &thread : threads) {
            thread.join();
        }
    }
};

// Looks from time to time whether it is to kill: one thread at a time may use
// a process object.
struct shim_watch {
    static constexpr uint64_t look_ns = 50'000'000;
    static constexpr std::chrono::milliseconds pause{1};

    mm_process *process = nullptr;
    std::mutex mutex;
    std::condition_variable wake;
    bool killing = false;
    bool ending = false;
    std::thread thread;

    bool is_to_kill()
    {
        std::lock_guard<std::mutex> lock(mutex);
        return killing;
    }

    void serve(void (*gone)(void *), void *context)
    {
        while (mm_process_wait(process, look_ns, nullptr) == MM_TIMED_OUT) {
            if (is_to_kill()) {
                (void)mm_process_kill(process);
            }
        }
        std::unique_lock<std::mutex> lock(mutex);
        while (!ending) {
            lock.unlock();
            gone(context);
            lock.lock();
            wake.wait_for(lock, pause, [&] { return ending; });
        }
    }
};

enum mm_status shim_watch_start(struct mm_process *process,
                                void (*gone)(void *context), void *context,
                                struct shim_watch **watch_out)
try {
    auto watch = std::make_unique<shim_watch>();

    *watch_out = nullptr;
    watch->process = process;
    watch->thread = std::thread(&shim_watch::serve, watch.get(), gone, context);
    *watch_out = watch.release();
    return MM_OK;
} catch (const std::bad_alloc &) {
    return MM_NO_MEMORY;
} catch (const std::exception &) {
    return MM_TOO_MANY;
}

void shim_watch_kill(struct shim_watch *watch)
{
    if (watch != nullptr) {
        std::lock_guard<std::mutex> lock(watch->mutex);
        watch->killing = true;
    }
}

void shim_watch_end(struct shim_watch *watch)
{
    {
        std::lock_guard<std::mutex> lock(watch->mutex);
        watch->ending = true;
    }
    watch->wake.notify_one();
    watch->thread.join();
    delete watch;
}

enum mm_status shim_apart(void (*work)(void *context), void *context)
try {
    std::thread thread(work, context);

    thread.join();
    return MM_OK;
} catch (const std::exception &) {
    return MM_TOO_MANY;
}

enum mm_status shim_team_make(size_t count, struct shim_team **team_out)
try {
    auto team = std::make_unique<shim_team>();

    *team_out = nullptr;
    team->starts.resize(count);
    team->ends.resize(count);
    team->threads.reserve(count);
    for (size_t i = 0; i < count; i++) {
        team->threads.emplace_back(&shim_team::serve, team.get(), i);
    }
    *team_out = team.release();
    return MM_OK;
} catch (const std::bad_alloc &) {
    return MM_NO_MEMORY;
} catch (const std::exception &) {
    return MM_TOO_MANY;
}

void shim_team_free(struct shim_team *team)
{
    delete team;
}

void shim_team_run(struct shim_team *team,
                   void (*work)(void *context, size_t index), void *context,
                   struct shim_team_times *times_out)
{
    std::unique_lock<std::mutex> lock(team->mutex);

    team->work = work;
    team->context = context;
    team->working = team->threads.size();
    team->asleep.store(team->threads.size());
    team->run++;
    team->wake.notify_all();
    team->done.wait(lock, [&] { return team->working == 0; });
    times_out->busy_ns = 0;
    for (size_t i = 0; i < team->threads.size(); i++) {
        times_out->busy_ns += team->ends[i] - team->starts[i];
    }
    times_out->wall_ns =
        *std::max_element(team->ends.begin(), team->ends.end()) -
        *std::min_element(team->starts.begin(), team->starts.end());
}

enum mm_status shim_start(void)
try {
    static char program[] = "mapmark-bench";
    static char interleave[] = "--benchmark_enable_random_interleaving=true";
    static char *arguments[] = {program, interleave, nullptr};
    int count = 2;

    benchmark::Initialize(&count, arguments);
    return count == 1 ? MM_OK : MM_INVALID;
} catch (const std::exception &) {
    return MM_OS;
}

void shim_describe_machine(struct shim_machine *machine_out)
try {
    const benchmark::CPUInfo &info = benchmark::CPUInfo::Get();

    std::memset(machine_out, 0, sizeof(*machine_out));
    machine_out->cpus = info.num_cpus;
    machine_out->mhz = info.cycles_per_second * 1e-6;
    machine_out->scaling = info.scaling == benchmark::CPUInfo::ENABLED;
    for (const auto &cache : info.caches) {
        if (machine_out->cache_count == SHIM_CACHES_MAX) {
            break;
        }
        shim_cache &copy = machine_out->caches[machine_out->cache_count++];
        std::snprintf(copy.type, sizeof(copy.type), "%s", cache.type.c_str());
        copy.level = cache.level;
        copy.size = cache.size;
        copy.shared_by = cache.num_sharing;
    }
} catch (const std::exception &) {
    std::memset(machine_out, 0, sizeof(*machine_out));
}

enum mm_status shim_measure(struct measured *rows, size_t count,
                            struct shim_session *session)
try {
    Collector collector(rows, count);
    size_t registered = 0;

    benchmark::ClearRegisteredBenchmarks();
    for (size_t i = 0; i < count; i++) {
        if (rows[i].wanted > 0 && !rows[i].failed) {
            register_row(&rows[i], session);
            registered++;
        }
    }
    if (registered == 0) {
        return MM_OK;
    }
    size_t ran = benchmark::RunSpecifiedBenchmarks(&collector);
    benchmark::ClearRegisteredBenchmarks();
    for (size_t i = 0; i < count; i++) {
        keep_repetitions(&rows[i]);
    }
    return ran == registered ? MM_OK : MM_OS;
} catch (const std::bad_alloc &) {
    return MM_NO_MEMORY;
} catch (const std::exception &) {
    return MM_OS;
}

struct shim_pattern *shim_pattern_make(const char *text,
                                       struct bench_reason *reason)
try {
    return new shim_pattern{std::regex(text, std::regex::ECMAScript)};
} catch (const std::exception &error) {
    bench_explain(reason, "%s", error.what());
    return nullptr;
}

void shim_pattern_free(struct shim_pattern *pattern)
{
    delete pattern;
}

bool shim_pattern_matches(const struct shim_pattern *pattern, const char *text)
try {
    return std::regex_search(text, pattern->regex);
} catch (const std::exception &) {
    return false;
}
