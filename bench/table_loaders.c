/* SPDX-License-Identifier: MIT */
/*
 * What do tables cost that a library has in each process that loads it? (W-9)
 *
 * Each loader either computes them into memory of its own, or finds them in a
 * mapping that the first one has initialised, however many come at the same
 * time. All of them start together. What the tables are depends on
 * the round, and each loader reads all of them. While all have them, each asks
 * the system how much memory its part is: the sum is what the row claims.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/clock.h>
#include <mapmark/mapping.h>
#include <mapmark/once.h>
#include <mapmark/region.h>
#include <mapmark/view.h>

#include "ipc.h"
#include "shim.h"
#include "sizes.h"
#include "splitmix.h"
#include "turns.h"

/* places of words */
enum { WAY, PATTERN };
/* places of numbers */
enum { SIZE, MEMBERS };

enum table_way { TABLES_PRIVATE, TABLES_SHARED, TABLES_WAYS };
static const char *const ways[] = {"private", "shared", NULL};

static const char *const patterns[] = {"load", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

static const int64_t sizes[] = {MIB_1, MIB_16};
/* Besides the one that leads. */
static const int64_t members[] = {1, 3, 7};

static const struct bench_numbers numbers[] = {
    {"size", sizes, sizeof(sizes) / sizeof(sizes[0]), 0},
    {"members", members, sizeof(members) / sizeof(members[0]), 0},
};

enum {
    NAME_ROOM = 64,
    /* Of computing one word: tables are made because that takes long. */
    STEPS = 8,
};

/* Systems tell shares in units that a few pages do not fill. */
static const double share_spare = 0.05;

/* ---- what all of them see ------------------------------------------------ */

struct found {
    _Alignas(CHANNEL_LINE) uint64_t load_ns;
    uint64_t read_ns;
    uint64_t close_ns;
    uint64_t share; /* octets of memory; MM_UNKNOWN */
};

struct room {
    _Alignas(CHANNEL_LINE) struct turn_numbers turns;
    uint64_t round;
    uint64_t looks; /* whether they ask for their shares in this one */
    char name[NAME_ROOM];
    struct found found[CREW_MEMBERS_MAX + 1];
};

_Static_assert(sizeof(struct room) <= CREW_MEMORY, "a crew has room for it");

struct ends {
    struct turns turns;
    struct bench_run *run; /* the leader's */
    bool looked;
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

/* ---- tables -------------------------------------------------------------- */

static uint64_t word_of(uint64_t round, uint64_t place)
{
    uint64_t word = place;

    for (int i = 0; i < STEPS; i++) {
        word = splitmix(round, word);
    }
    return word;
}

static enum mm_status compute(void *address, size_t size, void *context)
{
    const struct room *room = context;
    uint64_t *table = address;

    for (size_t i = 0; i < size / sizeof(*table); i++) {
        table[i] = word_of(room->round, i);
    }
    return MM_OK;
}

/* What a loader holds. */
struct load {
    struct mm_mapping *mapping;
    struct mm_view view;
};

static enum mm_status load(struct crew_side *side, struct load *load)
{
    struct room *room = side->memory;
    bool shared = *(const enum table_way *)side->kind == TABLES_SHARED;
    const struct mm_mapping_options options = {
        .size = side->numbers[SIZE],
        .protection = MM_READ_WRITE,
        .name = shared ? room->name : NULL,
    };
    enum mm_status status =
        shared ? mm_once_open(&options, compute, room, &load->mapping)
               : mm_mapping_create(NULL, &options, &load->mapping);

    if (!mm_status_failed(status)) {
        status =
            mm_view_map(load->mapping, 0, 0, MM_VIEW_WRITE, NULL, &load->view);
    }
    return status == MM_OK && !shared
               ? compute(load->view.address, load->view.size, room)
               : status;
}

/* Every word is read, and one in a while is computed again. */
static void read_all(struct crew_side *side, const struct load *load)
{
    enum { CHECKED = 4099 };
    const struct room *room = side->memory;
    const uint64_t *table = load->view.address;
    uint64_t sum = 0;

    for (size_t i = 0; i < load->view.size / sizeof(*table); i++) {
        sum ^= table[i];
        if (i % CHECKED == 0 && table[i] != word_of(room->round, i)) {
            side->wrong++;
        }
    }
    if (sum == 0) {
        side->wrong++;
    }
}

static void look(struct crew_side *side, const struct load *load)
{
    struct room *room = side->memory;
    struct mm_region region;
    bool known = mm_region_query(load->view.address, &region) == MM_OK;

    room->found[side->me].share = known ? region.share : MM_UNKNOWN;
}

static void unload(struct load *load)
{
    if (load->view.address != NULL) {
        mm_view_unmap(&load->view);
    }
    mm_mapping_close(load->mapping);
}

/* ---- a round ------------------------------------------------------------- */

/* Between loading and unloading all of them have the tables. */
typedef enum mm_status meeting(struct crew_side *side, enum turn turn);

static enum mm_status load_once(struct crew_side *side, meeting *meet)
{
    struct room *room = side->memory;
    struct found *found = &room->found[side->me];
    struct load loaded = {.mapping = NULL};
    uint64_t start = mm_clock_ns(), ready, end;
    enum mm_status status = load(side, &loaded);

    ready = mm_clock_ns();
    if (status == MM_OK) {
        read_all(side, &loaded);
    }
    end = mm_clock_ns();
    found->load_ns = ready - start;
    found->read_ns = end - ready;
    if (status == MM_OK) {
        status = meet(side, TURN_LOOK);
    }
    if (status == MM_OK && room->looks != 0) {
        look(side, &loaded);
    }
    if (status == MM_OK) {
        status = meet(side, TURN_LEAVE);
    }
    start = mm_clock_ns();
    unload(&loaded);
    found->close_ns = mm_clock_ns() - start;
    return status;
}

static enum mm_status meet_leader(struct crew_side *side, enum turn turn)
{
    struct ends *ends = side->own;
    enum mm_status status = turns_let(&ends->turns, TURN_DONE, 1);

    return status == MM_OK ? turns_take(&ends->turns, turn, 1) : status;
}

static enum mm_status meet_members(struct crew_side *side, enum turn turn)
{
    struct ends *ends = side->own;
    enum mm_status status = turns_take(&ends->turns, TURN_DONE, side->members);

    return status == MM_OK ? turns_let(&ends->turns, turn, side->members)
                           : status;
}

static enum mm_status work(struct crew_side *side, uint64_t count)
{
    struct ends *ends = side->own;
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = turns_take(&ends->turns, TURN_GO, 1);
        if (status == MM_OK) {
            status = load_once(side, meet_leader);
        }
        if (status == MM_OK) {
            side->done++;
            status = turns_let(&ends->turns, TURN_DONE, 1);
        }
    }
    return status;
}

/* ---- the leader ---------------------------------------------------------- */

static void judge_memory(const struct crew_side *side)
{
    const struct room *room = side->memory;
    const struct ends *ends = side->own;
    bool shared = *(const enum table_way *)side->kind == TABLES_SHARED;
    double size = (double)side->numbers[SIZE], held = 0;
    double loaders = side->members + 1.0;

    for (unsigned i = 0; i <= side->members; i++) {
        if (room->found[i].share == MM_UNKNOWN) {
            bench_judge(ends->run, BENCH_UNPROVED,
                        "this system does not tell who else has a page");
            return;
        }
        held += (double)room->found[i].share;
    }
    bench_count(ends->run, BENCH_MAPPED_BYTES, size * loaders);
    bench_count(ends->run, BENCH_RESIDENT_AFTER, held);
    if (shared ? held > size * (1 + share_spare)
               : held < size * loaders * (1 - share_spare)) {
        bench_judge(ends->run, BENCH_VOID,
                    "%.0f loaders of %.0f octets hold %.0f", loaders, size,
                    held);
    }
}

/* Means of all loaders. */
static void tell_times(const struct crew_side *side)
{
    const struct room *room = side->memory;
    const struct ends *ends = side->own;
    struct bench_phases phases = {.readings = 6};

    for (unsigned i = 0; i <= side->members; i++) {
        const struct found *found = &room->found[i];

        phases.ns[BENCH_PHASE_OPEN] += found->load_ns / (side->members + 1);
        phases.ns[BENCH_PHASE_ACCESS] += found->read_ns / (side->members + 1);
        phases.ns[BENCH_PHASE_CLOSE] += found->close_ns / (side->members + 1);
    }
    bench_phase_times(ends->run, &phases);
}

static enum mm_status lead_once(struct crew_side *side)
{
    struct ends *ends = side->own;
    struct room *room = side->memory;
    enum mm_status status;

    room->round++;
    room->looks = ends->looked ? 0 : 1;
    status = turns_let(&ends->turns, TURN_GO, side->members);
    if (status == MM_OK) {
        status = load_once(side, meet_members);
    }
    if (status == MM_OK) {
        status = turns_take(&ends->turns, TURN_DONE, side->members);
    }
    if (!ends->looked) {
        judge_memory(side);
        ends->looked = true;
    }
    tell_times(side);
    return status;
}

static enum mm_status lead(struct crew_side *side, uint64_t count)
{
    enum mm_status status = MM_OK;

    for (uint64_t i = 0; status == MM_OK && i < count; i++) {
        status = lead_once(side);
    }
    return status;
}

static void gone(struct crew_side *side)
{
    struct ends *ends = side->own;

    (void)turns_let(&ends->turns, TURN_DONE, 1);
}

static const enum table_way table_ways[] = {TABLES_PRIVATE, TABLES_SHARED};
static const void *const kinds[] = {&table_ways[TABLES_PRIVATE],
                                    &table_ways[TABLES_SHARED]};

const struct crew_job ipc_tables_job = {
    .by_all = true,
    .make = open_ends,
    .join = open_ends,
    .lead = lead,
    .work = work,
    .gone = gone,
    .close = close_ends,
    .kinds = kinds,
    .kind_count = TABLES_WAYS,
};

/* ---- the rows ------------------------------------------------------------ */

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)row;
    (void)options;
    return BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    const double words_per_second = 5e7;
    double loaders = (double)row->numbers[MEMBERS] + 1;
    double each = (double)row->numbers[SIZE] / sizeof(uint64_t) * loaders /
                  words_per_second;

    ipc_sampling(row, options, sampling_out);
    sampling_out->iterations = row->numbers[SIZE] == MIB_1 ? 10 : 2;
    sampling_out->sample_seconds =
        0.05 + (double)sampling_out->iterations * each;
}

static void prepare(struct crew_side *side, void *context)
{
    struct room *room = side->memory;
    struct ends *ends = side->own;

    ends->run = context;
    snprintf(room->name, sizeof(room->name), "mapmark-tables-%" PRIu64,
             mm_process_id(NULL));
}

/* In a thread of its own, which stays on one CPU. */
static void measure(void *context)
{
    struct bench_run *run = context;
    const struct bench_row *row = bench_run_row(run);
    const struct crew_options options = {
        .jobs = &ipc_jobs,
        .job = IPC_TABLES,
        .place = row->words[WAY],
        .policy = CHANNEL_PARK,
        .members = (unsigned)row->numbers[MEMBERS],
        .numbers = {[SIZE] = (uint64_t)row->numbers[SIZE]},
        .opened = prepare,
        .context = run,
    };

    ipc_crew(run, &options);
}

static void body(struct bench_run *run, void *state)
{
    (void)state;
    bench_check(run, shim_apart(measure, run), "start a thread");
}

extern const struct bench_table bench_table_loaders;
const struct bench_table bench_table_loaders = {
    .subject = "tables",
    .question = "What do tables cost that each process of a library loads?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .numbers = numbers,
    .number_count = sizeof(numbers) / sizeof(numbers[0]),
    .flags = BENCH_TIMED_BY_HAND,
    .scale = scale,
    .sampling = sampling,
    .body = body,
};
