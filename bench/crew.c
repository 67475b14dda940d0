/* SPDX-License-Identifier: MIT */
#include "crew.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdlib.h>

#include <mapmark/event.h>
#include <mapmark/semaphore.h>

#include "own_object.h"
#include "partner.h"
#include "shim.h"

enum {
    /* Slices begin by two events in turn: all have left the one before when
     * it is reset. */
    STARTS = 2,
    CPUS_MAX = CREW_MEMBERS_MAX + 1,
};

enum order {
    ORDER_WORK,
    ORDER_ACCOUNT, /* begin to count */
    ORDER_LEAVE,   /* tell what has been counted */
};

/* What a member tells when it leaves. */
struct line {
    _Alignas(CHANNEL_LINE) struct mm_process_usage used;
    enum mm_status usage_known;
    uint64_t done;
    uint64_t wrong;
    bool moved;
};

/* What all processes see; side 0 writes what is not in a line. */
struct page {
    uint64_t starts[STARTS]; /* numbers of events */
    uint64_t finished;       /* number of a semaphore */
    uint64_t job;
    uint64_t place;
    uint64_t policy;
    uint64_t members;
    uint64_t numbers[CREW_NUMBERS];
    uint64_t cpus[CREW_MEMBERS_MAX + 1];
    uint64_t order;
    uint64_t count; /* of the slice */
    struct line lines[CREW_MEMBERS_MAX + 1];
    _Alignas(CHANNEL_LINE) unsigned char memory[CREW_MEMORY];
};

/* The handles of one of them. */
struct tools {
    struct own_object starts[STARTS];
    struct own_object finished;
};

struct crew {
    struct crew_side side;
    const struct crew_job *job;
    struct page *page;
    struct partner_stage stage;
    struct tools tools;
    struct mm_process *members[CREW_MEMBERS_MAX];
    struct shim_watch *watches[CREW_MEMBERS_MAX];
    unsigned started;
    uint64_t slices;
    atomic_bool gone; /* one of the members, before it was told to */
    bool ended;
};

static void close_tools(struct tools *tools)
{
    for (int i = 0; i < STARTS; i++) {
        own_object_close(&tools->starts[i]);
    }
    own_object_close(&tools->finished);
}

/* False where job or kind are none. */
static bool open_side(struct crew_side *side, struct page *page, unsigned me,
                      const struct crew_jobs *jobs)
{
    if (page->job >= jobs->count ||
        page->place >= jobs->list[page->job]->kind_count) {
        return false;
    }
    side->me = me;
    side->members = (unsigned)page->members;
    side->policy = (enum channel_policy)page->policy;
    for (int i = 0; i < CREW_NUMBERS; i++) {
        side->numbers[i] = page->numbers[i];
    }
    side->memory = page->memory;
    side->kind = jobs->list[page->job]->kinds[page->place];
    return true;
}

/* ---- a member ------------------------------------------------------------ */

struct member {
    struct crew_side side;
    const struct crew_job *job;
    struct page *page;
    struct line *line;
    struct tools tools;
    struct mm_process_usage before;
    unsigned cpu;
};

static enum mm_status adopt_tools(struct member *member)
{
    const struct page *page = member->page;
    struct tools *tools = &member->tools;
    enum mm_status status =
        own_object_adopt(&own_semaphore, page->finished, &tools->finished);

    for (int i = 0; status == MM_OK && i < STARTS; i++) {
        status = own_object_adopt(&own_manual_event, page->starts[i],
                                  &tools->starts[i]);
    }
    return status;
}

static void begin_to_count(struct member *member)
{
    member->line->usage_known = mm_process_get_usage(NULL, &member->before);
    member->side.done = 0;
}

static void tell(struct member *member)
{
    struct line *line = member->line;
    struct mm_process_usage now;

    line->done = member->side.done;
    line->wrong = member->side.wrong;
    if (line->usage_known == MM_OK) {
        line->usage_known = mm_process_get_usage(NULL, &now);
    }
    if (line->usage_known == MM_OK) {
        line->used = partner_used(&member->before, &now);
    }
}

/* Until told to leave. */
static enum mm_status serve(struct member *member)
{
    enum order order = ORDER_WORK;
    enum mm_status status = MM_OK;

    for (uint64_t slice = 0; status == MM_OK && order != ORDER_LEAVE; slice++) {
        status = mm_semaphore_release(member->tools.finished.handle, 1, NULL);
        if (status == MM_OK) {
            status = own_object_wait(&member->tools.starts[slice % STARTS],
                                     CHANNEL_PARK);
        }
        if (status != MM_OK) {
            return status;
        }
        order = (enum order)member->page->order;
        switch (order) {
        case ORDER_WORK:
            status = member->job->work(&member->side, member->page->count);
            break;
        case ORDER_ACCOUNT:
            begin_to_count(member);
            break;
        case ORDER_LEAVE:
        default:
            tell(member);
            break;
        }
        member->line->moved |= mm_process_cpu() != member->cpu;
    }
    return status;
}

int crew_play(void *memory, unsigned index, const void *context)
{
    const struct crew_jobs *jobs = context;
    struct member member = {.page = memory};
    enum mm_status status = MM_INVALID;

    if (index == 0 || index > member.page->members ||
        !open_side(&member.side, member.page, index, jobs)) {
        return (int)status;
    }
    member.job = jobs->list[member.page->job];
    member.line = &member.page->lines[index];
    member.cpu = (unsigned)member.page->cpus[index];
    status = adopt_tools(&member);
    if (status == MM_OK) {
        status = mm_process_pin(member.cpu);
    }
    if (status == MM_OK) {
        status = member.job->join(&member.side);
    }
    if (status == MM_OK) {
        status = serve(&member);
    }
    member.job->close(&member.side);
    close_tools(&member.tools);
    return (int)status;
}

/* ---- the leader ---------------------------------------------------------- */

static enum mm_status make_tools(struct crew *crew)
{
    struct page *page = crew->page;
    struct tools *tools = &crew->tools;
    enum mm_status status =
        own_object_make(&own_semaphore, &tools->finished, &page->finished);

    for (int i = 0; status == MM_OK && i < STARTS; i++) {
        status = own_object_make(&own_manual_event, &tools->starts[i],
                                 &page->starts[i]);
    }
    return status;
}

/* The CPUs that this thread may use are dealt out, this side's first. */
static enum mm_status place(struct crew *crew)
{
    uint64_t *cpus = crew->page->cpus;
    unsigned found = 0, next = 0, cpu;

    while (found <= crew->side.members &&
           partner_take_cpu(next, &cpu) == MM_OK) {
        cpus[found++] = cpu;
        next = cpu + 1;
    }
    if (found == 0) {
        return MM_UNSUPPORTED;
    }
    for (unsigned i = found; i <= crew->side.members; i++) {
        cpus[i] = cpus[i % found];
    }
    return mm_process_pin((unsigned)cpus[0]);
}

static void member_gone(void *context)
{
    struct crew *crew = context;

    atomic_store(&crew->gone, true);
    (void)mm_semaphore_release(crew->tools.finished.handle, 1, NULL);
    if (crew->job->gone != NULL) {
        crew->job->gone(&crew->side);
    }
}

static enum mm_status start_members(struct crew *crew)
{
    enum mm_status status = MM_OK;

    while (status == MM_OK && crew->started < crew->side.members) {
        unsigned i = crew->started;

        status = partner_start(&crew->stage, PARTNER_WORKS, i + 1,
                               &crew->members[i]);
        if (status == MM_OK) {
            crew->started++;
            status = shim_watch_start(crew->members[i], member_gone, crew,
                                      &crew->watches[i]);
        }
    }
    return status;
}

static enum mm_status wait_for_all(struct crew *crew)
{
    enum mm_status status = MM_OK;

    for (unsigned i = 0; status == MM_OK && i < crew->side.members; i++) {
        status = own_object_wait(&crew->tools.finished, CHANNEL_PARK);
        if (atomic_load(&crew->gone) && !crew->ended) {
            status = MM_CLOSED;
        }
    }
    return status;
}

static enum mm_status share_page(struct crew *crew,
                                 const struct crew_options *options)
{
    enum mm_status status =
        partner_stage_make(sizeof(struct page), &crew->stage);
    struct page *page = crew->stage.memory;

    if (status != MM_OK) {
        return status;
    }
    crew->page = page;
    page->job = options->job;
    page->place = options->place;
    page->policy = options->policy;
    page->members = options->members;
    for (int i = 0; i < CREW_NUMBERS; i++) {
        page->numbers[i] = options->numbers[i];
    }
    return MM_OK;
}

static enum mm_status begin(struct crew *crew,
                            const struct crew_options *options,
                            const char **tried_out)
{
    enum mm_status status;

    *tried_out = "share memory with a crew";
    status = share_page(crew, options);
    if (status == MM_OK &&
        !open_side(&crew->side, crew->page, 0, options->jobs)) {
        status = MM_INVALID;
    }
    if (status != MM_OK) {
        return status;
    }
    crew->side.run = options->run;
    crew->job = options->jobs->list[options->job];
    *tried_out = "make what a crew works with";
    status = make_tools(crew);
    if (status == MM_OK) {
        *tried_out = "make what is measured";
        status = crew->job->make(&crew->side);
    }
    if (status == MM_OK && options->opened != NULL) {
        options->opened(&crew->side, options->context);
    }
    if (status == MM_OK) {
        *tried_out = "find a CPU";
        status = place(crew);
    }
    if (status == MM_OK) {
        *tried_out = "start a crew";
        status = start_members(crew);
    }
    if (status == MM_OK) {
        *tried_out = "hear from the whole crew";
        status = wait_for_all(crew);
    }
    return status;
}

enum mm_status crew_open(const struct crew_options *options,
                         struct crew **crew_out, struct bench_reason *reason)
{
    struct crew *crew = calloc(1, sizeof(*crew));
    const char *tried = "count the crew";
    enum mm_status status;

    *crew_out = NULL;
    if (crew == NULL) {
        return MM_NO_MEMORY;
    }
    status = options->members <= CREW_MEMBERS_MAX ? begin(crew, options, &tried)
                                                  : MM_INVALID;
    if (status != MM_OK) {
        bench_explain(reason, "%s: %s", tried, mm_status_text(status));
        crew_close(crew);
        return status;
    }
    *crew_out = crew;
    return MM_OK;
}

/* The event that the next slice will begin by is made ready first. */
static enum mm_status start_slice(struct crew *crew, enum order order,
                                  uint64_t count)
{
    struct own_object *starts = crew->tools.starts;
    enum mm_status status =
        mm_event_reset(starts[(crew->slices + 1) % STARTS].handle);

    crew->page->order = order;
    crew->page->count = count;
    if (status == MM_OK) {
        status = mm_event_set(starts[crew->slices % STARTS].handle);
    }
    crew->slices++;
    return status;
}

enum mm_status crew_work(struct crew *crew, uint64_t count)
{
    enum mm_status status;

    if (crew->job->prepare != NULL) {
        crew->job->prepare(&crew->side, count);
    }
    status = start_slice(crew, ORDER_WORK, count);
    if (status == MM_OK && crew->job->lead != NULL) {
        status = crew->job->lead(&crew->side, count);
    }
    if (atomic_load(&crew->gone)) {
        status = MM_CLOSED;
    }
    return status == MM_OK ? wait_for_all(crew) : status;
}

enum mm_status crew_account(struct crew *crew)
{
    enum mm_status status = start_slice(crew, ORDER_ACCOUNT, 0);

    return status == MM_OK ? wait_for_all(crew) : status;
}

/* Before it may see one of them go. */
static enum mm_status dismiss(struct crew *crew)
{
    enum mm_status status;

    crew->ended = true;
    status = start_slice(crew, ORDER_LEAVE, 0);
    for (unsigned i = 0; status == MM_OK && i < crew->side.members; i++) {
        shim_watch_end(crew->watches[i]);
        crew->watches[i] = NULL;
    }
    return status;
}

static void count_members(const struct crew *crew, struct bench_run *run)
{
    struct mm_process_usage all = {0};

    for (unsigned i = 1; i <= crew->side.members; i++) {
        const struct line *line = &crew->page->lines[i];

        if (line->usage_known != MM_OK) {
            return;
        }
        partner_add(&all, &line->used);
    }
    partner_count(run, &all);
}

static void judge(const struct crew *crew, struct bench_run *run,
                  uint64_t asked)
{
    uint64_t wrong = crew->side.wrong, done = 0;

    for (unsigned i = 1; i <= crew->side.members; i++) {
        const struct line *line = &crew->page->lines[i];

        done += line->done;
        wrong += line->wrong;
        if (line->moved) {
            bench_judge(run, BENCH_VOID,
                        "a member of the crew was seen on another CPU than it "
                        "was put on");
        }
    }
    if (done != asked * (crew->job->by_all ? crew->side.members : 1)) {
        bench_judge(run, BENCH_VOID,
                    "%" PRIu64 " were asked of %s, and %" PRIu64 " were done",
                    asked, crew->job->by_all ? "each" : "the crew", done);
    }
    if (wrong > 0) {
        bench_judge(run, BENCH_VOID,
                    "the crew saw %" PRIu64 " things that cannot be", wrong);
    }
}

void crew_end(struct crew *crew, struct bench_run *run, uint64_t asked)
{
    if (bench_check(run, dismiss(crew), "send the crew home")) {
        count_members(crew, run);
        judge(crew, run, asked);
    }
}

static void end_members(struct crew *crew)
{
    for (unsigned i = 0; i < crew->started; i++) {
        shim_watch_kill(crew->watches[i]);
    }
    for (unsigned i = 0; i < crew->started; i++) {
        if (crew->watches[i] != NULL) {
            shim_watch_end(crew->watches[i]);
            mm_process_close(crew->members[i]);
        } else if (crew->ended) {
            mm_process_close(crew->members[i]);
        } else {
            partner_kill(crew->members[i]);
        }
    }
}

void crew_close(struct crew *crew)
{
    if (crew == NULL) {
        return;
    }
    end_members(crew);
    if (crew->job != NULL) {
        crew->job->close(&crew->side);
    }
    close_tools(&crew->tools);
    partner_stage_free(&crew->stage);
    free(crew);
}
