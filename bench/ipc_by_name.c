/* SPDX-License-Identifier: MIT */
/*
 * What does it cost to find an object by its name?
 *
 * `create` makes one that nobody has, and closes it, after which nobody has it
 * again; `open` finds one that this process keeps, and closes it. On Linux the
 * library's names are files whose locks tell who lives, which the C library's
 * are not: those stay when their last user dies, and have to be removed, which
 * is part of their `create`.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/event.h>
#include <mapmark/mapping.h>
#include <mapmark/mutex.h>
#include <mapmark/process.h>
#include <mapmark/semaphore.h>
#include <mapmark/timer.h>

#include "ipc.h"
#include "peers/names.h"

/* places of words */
enum { WAY, PATTERN };

/* ---- the library's own --------------------------------------------------- */

/* One of its kinds, which is created with these options beside the name. */
#define OWN_NAMES(kind, ...)                                                 \
    static enum mm_status create_##kind(const char *name, void **object_out) \
    {                                                                        \
        const struct mm_##kind##_options options = {.name = name,            \
                                                    __VA_ARGS__};            \
        struct mm_##kind *kind;                                              \
        enum mm_status status = mm_##kind##_create(&options, &kind);         \
                                                                             \
        *object_out = kind;                                                  \
        return status;                                                       \
    }                                                                        \
                                                                             \
    static enum mm_status open_##kind(const char *name, void **object_out)   \
    {                                                                        \
        struct mm_##kind *kind;                                              \
        enum mm_status status = mm_##kind##_open(name, 0, &kind);            \
                                                                             \
        *object_out = kind;                                                  \
        return status;                                                       \
    }                                                                        \
                                                                             \
    static void close_##kind(void *object)                                   \
    {                                                                        \
        mm_##kind##_close(object);                                           \
    }                                                                        \
                                                                             \
    static const struct name_kind name_##kind = {                            \
        .create = create_##kind,                                             \
        .open = open_##kind,                                                 \
        .close = close_##kind,                                               \
    }

OWN_NAMES(event, .manual = false);
OWN_NAMES(mutex, .owned = false);
OWN_NAMES(semaphore, .maximum = 1);
OWN_NAMES(timer, .manual = false);

static enum mm_status create_mapping(const char *name, void **object_out)
{
    const struct mm_mapping_options options = {
        .size = 4096, .protection = MM_READ_WRITE, .name = name};
    struct mm_mapping *mapping;
    enum mm_status status = mm_mapping_create(NULL, &options, &mapping);

    *object_out = mapping;
    return status;
}

static enum mm_status open_mapping(const char *name, void **object_out)
{
    struct mm_mapping *mapping;
    enum mm_status status = mm_mapping_open(name, MM_READ_WRITE, 0, &mapping);

    *object_out = mapping;
    return status;
}

static void close_mapping(void *object)
{
    mm_mapping_close(object);
}

static const struct name_kind name_mapping = {
    .create = create_mapping,
    .open = open_mapping,
    .close = close_mapping,
};

/* ---- the rows ------------------------------------------------------------ */

enum { EVENT, SEM_T = 5, KERNEL_EVENT = 7 };
static const char *const ways[] = {
    "event", "mutex", "semaphore",    "timer",          "mapping",
    "sem_t", "shm",   "kernel-event", "kernel-section", NULL};

static const struct name_kind *const kinds[] = {
    &name_event, &name_mutex,        &name_semaphore,
    &name_timer, &name_mapping,      &name_sem,
    &name_shm,   &name_kernel_event, &name_kernel_section};

enum { CREATE, OPEN };
static const char *const patterns[] = {"create", "open", NULL};

static const struct bench_words words[] = {
    {"way", ways},
    {"pattern", patterns},
};

/* More than enough to hide what asking for work costs. */
enum { BATCH = 64, NAME_ROOM = 64 };

static enum bench_scale scale(const struct bench_row *row,
                              const struct bench_options *options)
{
    (void)options;
    if (kinds[row->words[WAY]]->why_not != NULL) {
        return BENCH_ALL;
    }
    return row->words[WAY] == EVENT || row->words[WAY] == SEM_T ||
                   row->words[WAY] == KERNEL_EVENT
               ? BENCH_QUICK
               : BENCH_FULL;
}

static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)row;
    ipc_quickly(options, sampling_out);
}

struct named {
    const struct name_kind *kind;
    bool creates;
    char name[NAME_ROOM];
    void *kept; /* by whoever only opens */
};

static void remove_name(const struct named *named)
{
    if (named->kind->remove != NULL) {
        named->kind->remove(named->name);
    }
}

static void tear_down(void *state)
{
    struct named *named = state;

    if (named->kept != NULL) {
        named->kind->close(named->kept);
        remove_name(named);
    }
    free(named);
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    const struct name_kind *kind = kinds[row->words[WAY]];
    enum mm_status status = ipc_check(kind->why_not, reason);
    struct named *named = NULL;

    (void)shared;
    *state_out = NULL;
    if (status == MM_OK) {
        named = calloc(1, sizeof(*named));
        status = named != NULL ? MM_OK : MM_NO_MEMORY;
    }
    if (status != MM_OK) {
        return status;
    }
    named->kind = kind;
    named->creates = row->words[PATTERN] == CREATE;
    snprintf(named->name, sizeof(named->name), "mapmark-name-%" PRIu64 "-%u-%u",
             mm_process_id(NULL), row->words[WAY], row->words[PATTERN]);
    if (!named->creates) {
        status = kind->create(named->name, &named->kept);
    }
    if (status != MM_OK) {
        tear_down(named);
        return status;
    }
    *state_out = named;
    return MM_OK;
}

static enum mm_status find_once(const struct named *named)
{
    void *object = NULL;
    enum mm_status status = named->creates
                                ? named->kind->create(named->name, &object)
                                : named->kind->open(named->name, &object);

    if (object != NULL) {
        named->kind->close(object);
    }
    if (named->creates) {
        remove_name(named);
    }
    return status;
}

/* Nobody has the name that was created and closed. */
static void check_that_it_is_gone(struct bench_run *run,
                                  const struct named *named)
{
    void *object = NULL;

    if (named->kind->open(named->name, &object) != MM_NOT_FOUND) {
        bench_judge(run, BENCH_VOID, "the name is there after the last close");
    }
    if (object != NULL) {
        named->kind->close(object);
    }
}

static void body(struct bench_run *run, void *state)
{
    const struct named *named = state;
    enum mm_status status = MM_OK;
    int64_t batch, count = 0;

    while ((batch = bench_next(run, BATCH)) > 0) {
        for (int64_t i = 0; i < batch && status == MM_OK; i++) {
            status = find_once(named);
        }
        count += batch;
        bench_check(run, status == MM_ALREADY_EXISTS ? MM_BUSY : status,
                    named->name);
    }
    bench_count(run, BENCH_ACCESSES, (double)count);
    if (named->creates) {
        check_that_it_is_gone(run, named);
    }
}

extern const struct bench_table bench_ipc_by_name;
const struct bench_table bench_ipc_by_name = {
    .subject = "ipc",
    .question = "What does it cost to find an object by its name?",
    .words = words,
    .word_count = sizeof(words) / sizeof(words[0]),
    .scale = scale,
    .sampling = sampling,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};
