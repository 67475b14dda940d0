/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to share a mapping with other processes? (W-6, W-10, R-83)
 *
 * One process creates a mapping with a name, of the paging store, of a file
 * that exists or of a new temporary one, and writes to each of its pages. Then
 * others find it by its name, read it twice, leave an octet of their own, and
 * close it. The least one, of 4096 octets, is a message. What each reads
 * depends on the round and is checked, and so is what they left. All of them
 * together hold one copy, which the system has to confirm before the row is
 * believed.
 *
 * Times of those who open are means of them. They are let go by a semaphore,
 * which is no part of the time.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/clock.h>
#include <mapmark/mapping.h>
#include <mapmark/region.h>
#include <mapmark/view.h>

#include "crew.h"
#include "dataset.h"
#include "ipc.h"
#include "scratch.h"
#include "shim.h"
#include "sizes.h"
#include "turns.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { SIZE, MEMBERS };

enum share_way { SHARE_PAGING, SHARE_EXISTING, SHARE_TEMPORARY, SHARE_WAYS };
static const char *const ways[] = {"paging", "existing", "temporary", NULL};

static const char *const patterns[] = {"share", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

/* W-10, and W-6 as 5120 pages of 4 KiB. */
static const int64_t sizes[] = {KIB_4, 20 << 20};
static const int64_t members[] = {1, 2, 4};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"members", members, sizeof(members) / sizeof(members[0]), 1},
};

enum { NAME_ROOM = 64 };

/* ---- what all of them see ------------------------------------------------ */

struct found {
    _Alignas(CHANNEL_LINE) uint64_t open_ns;
    uint64_t first_ns;
    uint64_t again_ns;
};

struct room {
    _Alignas(CHANNEL_LINE) struct turn_numbers turns;
    uint64_t round;
    char name[NAME_ROOM];
    struct found found[CREW_MEMBERS_MAX + 1];
};

_Static_assert(sizeof(struct room) <= CREW_MEMORY, "a crew has room for it");

/* Of one of them; what the leader alone has is NULL for the others. */
struct ends {
    struct turns turns;
    struct bench_run *run;
    struct dataset *dataset;
    const char *scratch;
    bool looked; /* at what is resident */
};

static void close_ends(struct crew_side *side)
{
    struct ends *ends = side->own;

    if (ends != NULL) {
        turns_close(&ends->turns);
    }
    free(ends);
}

static enum mm_status open_ends(struct crew_side *side)
{
    struct room *room = side->memory;
    struct ends *ends = calloc(1, sizeof(*ends));

    side->own = ends;
    return ends != NULL ? turns_open(side, &room->turns, &ends->turns)
                        : MM_NO_MEMORY;
}

static enum mm_status let(struct crew_side *side, enum turn turn,
                          uint32_t count)
{
    struct ends *ends = side->own;

    return turns_let(&ends->turns, turn, count);
}

static enum mm_status wait_for(struct crew_side *side, enum turn turn,
                               unsigned times)
{
    struct ends *ends = side->own;

    return turns_take(&ends->turns, turn, times);
}

/* ---- the content --------------------------------------------------------- */

/* The octet of a page in a round; each member's is behind it. */
static unsigned char octet_of(uint64_t round, size_t page)
{
    return (unsigned char)(round * 7 + page);
}

static void write_pages(unsigned char *octets, size_t size, uint64_t round)
{
    size_t page = mm_page_size();

    for (size_t at = 0; at < size; at += page) {
        octets[at] = octet_of(round, at / page);
    }
}

/* How many pages have another octet. */
static uint64_t read_pages(const volatile unsigned char *octets, size_t size,
                           uint64_t round)
{
    size_t page = mm_page_size();
    uint64_t wrong = 0;

    for (size_t at = 0; at < size; at += page) {
        wrong += octets[at] != octet_of(round, at / page) ? 1 : 0;
    }
    return wrong;
}

/* ---- those who open ------------------------------------------------------ */

static void read_twice(struct crew_side *side, const struct mm_view *view,
                       uint64_t start)
{
    struct room *room = side->memory;
    struct found *found = &room->found[side->me];
    unsigned char *octets = view->address;
    uint64_t opened = mm_clock_ns(), read;

    side->wrong += read_pages(octets, view->size, room->round);
    read = mm_clock_ns();
    side->wrong += read_pages(octets, view->size, room->round);
    found->again_ns = mm_clock_ns() - read;
    found->first_ns = read - opened;
    found->open_ns = opened - start;
    octets[side->me] = octet_of(room->round, side->me);
}

static enum mm_status open_once(struct crew_side *side)
{
    struct room *room = side->memory;
    struct mm_mapping *mapping = NULL;
    struct mm_view view = {0};
    uint64_t start = mm_clock_ns();
    enum mm_status status =
        mm_mapping_open(room->name, MM_READ_WRITE, 0, &mapping);

    if (status == MM_OK) {
        status = mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view);
    }
    if (status == MM_OK) {
        read_twice(side, &view, start);
        status = let(side, TURN_DONE, 1);
    }
    if (status == MM_OK) {
        status = wait_for(side, TURN_LEAVE, 1);
    }
    if (view.address != NULL) {
        mm_view_unmap(&view);
    }
    mm_mapping_close(mapping);
    return status;
}

static enum mm_status work(struct crew_side *side, uint64_t count)
{
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = wait_for(side, TURN_GO, 1);
        if (status == MM_OK) {
            status = open_once(side);
        }
        if (status == MM_OK) {
            side->done++;
            status = let(side, TURN_DONE, 1);
        }
    }
    return status;
}

/* ---- who creates --------------------------------------------------------- */

/* What one round has made. */
struct made {
    struct mm_file *file; /* NULL: the paging store */
    char *path;           /* of a file that goes again */
    struct mm_mapping *mapping;
    struct mm_view view;
};

static enum mm_status make_file(const struct ends *ends, enum share_way way,
                                struct made *made)
{
    switch (way) {
    case SHARE_EXISTING:
        return mm_file_open(dataset_path(ends->dataset),
                            MM_FILE_READ | MM_FILE_WRITE, &made->file);
    case SHARE_TEMPORARY:
        return scratch_create(ends->scratch, "share", &made->path, &made->file);
    case SHARE_PAGING:
    case SHARE_WAYS:
    default:
        return MM_OK;
    }
}

static enum mm_status create(struct crew_side *side, struct made *made)
{
    const struct room *room = side->memory;
    const struct mm_mapping_options options = {
        .size = side->numbers[SIZE],
        .protection = MM_READ_WRITE,
        .name = room->name,
    };
    enum mm_status status =
        make_file(side->own, *(const enum share_way *)side->kind, made);

    if (status == MM_OK) {
        status = mm_mapping_create(made->file, &options, &made->mapping);
    }
    return status == MM_OK ? mm_view_map(made->mapping, 0, 0, MM_VIEW_WRITE,
                                         NULL, &made->view)
                           : status;
}

static void close_made(struct made *made)
{
    if (made->view.address != NULL) {
        mm_view_unmap(&made->view);
    }
    mm_mapping_close(made->mapping);
    mm_file_close(made->file);
    if (made->path != NULL) {
        remove(made->path);
    }
    free(made->path);
}

/* Whether all hold one copy: each has its share of every page. Systems tell
 * shares in units that a few pages do not fill. */
static void look_at_copies(struct crew_side *side, const struct mm_view *view)
{
    const struct ends *ends = side->own;
    const double parties = side->members + 1.0, most = 1.05;
    struct mm_region region;
    double size = (double)side->numbers[SIZE];

    if (side->numbers[SIZE] < MIB_1) {
        return;
    }
    if (mm_region_query(view->address, &region) != MM_OK ||
        region.share == MM_UNKNOWN || region.resident < side->numbers[SIZE]) {
        bench_judge(ends->run, BENCH_UNPROVED,
                    "this system does not tell who else has a page");
        return;
    }
    bench_count(ends->run, BENCH_MAPPED_BYTES, size * parties);
    bench_count(ends->run, BENCH_RESIDENT_AFTER,
                (double)region.share * parties);
    if ((double)region.share * parties > size * most) {
        bench_judge(ends->run, BENCH_VOID,
                    "%.0f octets of memory hold a mapping of %.0f: it is no "
                    "single copy",
                    (double)region.share * parties, size);
    }
}

static void check_answers(struct crew_side *side, const unsigned char *octets)
{
    const struct room *room = side->memory;

    for (unsigned i = 1; i <= side->members; i++) {
        side->wrong += octets[i] != octet_of(room->round, i) ? 1 : 0;
    }
}

static enum mm_status show_to_members(struct crew_side *side,
                                      const struct made *made)
{
    struct ends *ends = side->own;
    enum mm_status status = let(side, TURN_GO, side->members);

    if (status == MM_OK) {
        status = wait_for(side, TURN_DONE, side->members);
    }
    check_answers(side, made->view.address);
    if (!ends->looked) {
        look_at_copies(side, &made->view);
        ends->looked = true;
    }
    if (status == MM_OK) {
        status = let(side, TURN_LEAVE, side->members);
    }
    return status == MM_OK ? wait_for(side, TURN_DONE, side->members) : status;
}

/* Means of the members. */
static void add_found(const struct crew_side *side, struct bench_phases *phases)
{
    const struct room *room = side->memory;

    for (unsigned i = 1; i <= side->members; i++) {
        const struct found *found = &room->found[i];

        phases->ns[BENCH_PHASE_MAP] += found->open_ns / side->members;
        phases->ns[BENCH_PHASE_FIRST] += found->first_ns / side->members;
        phases->ns[BENCH_PHASE_STEADY] += found->again_ns / side->members;
    }
}

static enum mm_status share_once(struct crew_side *side)
{
    struct ends *ends = side->own;
    struct room *room = side->memory;
    struct bench_phases phases = {.readings = 6};
    struct made made = {.file = NULL};
    uint64_t start, created, written;
    enum mm_status status;

    room->round++;
    start = mm_clock_ns();
    status = create(side, &made);
    created = mm_clock_ns();
    phases.ns[BENCH_PHASE_OPEN] = created - start;
    if (status == MM_OK) {
        write_pages(made.view.address, side->numbers[SIZE], room->round);
        written = mm_clock_ns();
        phases.ns[BENCH_PHASE_ACCESS] = written - created;
        status = show_to_members(side, &made);
        add_found(side, &phases);
    }
    start = mm_clock_ns();
    close_made(&made);
    phases.ns[BENCH_PHASE_CLOSE] = mm_clock_ns() - start;
    bench_phase_times(ends->run, &phases);
    return status;
}

static enum mm_status lead(struct crew_side *side, uint64_t count)
{
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = share_once(side);
    }
    return status;
}

static void gone(struct crew_side *side)
{
    (void)let(side, TURN_DONE, 1);
}

static const enum share_way share_ways[] = {SHARE_PAGING, SHARE_EXISTING,
                                            SHARE_TEMPORARY};
static const void *const kinds[] = {&share_ways[SHARE_PAGING],
                                    &share_ways[SHARE_EXISTING],
                                    &share_ways[SHARE_TEMPORARY]};

const struct crew_job ipc_share_job = {
    .by_all = true,
    .make = open_ends,
    .join = open_ends,
    .lead = lead,
    .work = work,
    .gone = gone,
    .close = close_ends,
    .kinds = kinds,
    .kind_count = SHARE_WAYS,
};

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    return row->numbers[MEMBERS] == 1 ? BENCH_QUICK : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    bool small = row->numbers[SIZE] == KIB_4;

    ipc_sampling(row, options, sampling_out);
    sampling_out->iterations = small ? 100 : options->quick ? 2 : 5;
    sampling_out->sample_seconds =
        0.02 + (double)sampling_out->iterations * (small ? 3e-4 : 0.05);
}

/* What the rows of a comparison share. */
struct sources {
    struct dataset *dataset;
    const char *scratch;
};

static void unshare(void *shared)
{
    struct sources *sources = shared;

    if (sources != NULL && sources->dataset != NULL) {
        /* A failure is the business of whoever writes to it next. */
        (void)dataset_settle(sources->dataset);
    }
    free(sources);
}

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    struct sources *sources = calloc(1, sizeof(*sources));
    enum mm_status status;

    *shared_out = sources;
    if (sources == NULL) {
        return MM_NO_MEMORY;
    }
    sources->scratch = datasets_scratch(options->datasets);
    status = datasets_get(options->datasets, (uint64_t)row->numbers[SIZE], true,
                          &sources->dataset, reason);
    if (status != MM_OK) {
        *shared_out = NULL;
        unshare(sources);
    }
    return status;
}

/* A sample, in a thread of its own, which stays on one CPU. */
struct sitting {
    struct bench_run *run;
    const struct sources *sources;
};

static void prepare(struct crew_side *side, void *context)
{
    const struct sitting *sitting = context;
    struct room *room = side->memory;
    struct ends *ends = side->own;

    ends->run = sitting->run;
    ends->dataset = sitting->sources->dataset;
    ends->scratch = sitting->sources->scratch;
    snprintf(room->name, sizeof(room->name), "mapmark-share-%" PRIu64,
             mm_process_id(NULL));
}

static void measure(void *context)
{
    struct sitting *sitting = context;
    const struct bench_row *row = bench_run_row(sitting->run);
    const struct crew_options options = {
        .jobs = &ipc_jobs,
        .job = IPC_SHARE,
        .place = row->words[WAY],
        .policy = CHANNEL_PARK,
        .members = (unsigned)row->numbers[MEMBERS],
        .numbers = {[SIZE] = (uint64_t)row->numbers[SIZE]},
        .opened = prepare,
        .context = context,
    };

    ipc_crew(sitting->run, &options);
}

static void body(struct bench_run *run, void *state)
{
    struct sitting sitting = {.run = run, .sources = state};

    bench_check(run, shim_apart(measure, &sitting), "start a thread");
}

extern const struct bench_table bench_share_mappings;
const struct bench_table bench_share_mappings = {
    .subject = "share",
    .question = "What does it cost to share a mapping with other processes?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .body = body,
};
