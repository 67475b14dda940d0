/* SPDX-License-Identifier: MIT */
/*
 * The second process of the tests: peer VERB ARGUMENT... . Verbs that try one
 * call exit with its status, so MM_OK is 0; others exit with 0, or 99 when
 * something went wrong that the test is not about.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/once.h>

#include "support.h"

enum {
    EXIT_TROUBLE = 99,
    STOP = 2,
};

/* argv from the verb on. */
typedef int verb_body(char **arguments);

static uint64_t number(const char *text)
{
    return strtoull(text, NULL, 10);
}

/* exit CODE */
static int do_exit(char **arguments)
{
    return (int)number(arguments[1]);
}

/* again CODE: start this program once more, by its own means. */
static int do_again(char **arguments)
{
    const char *list[] = {"exit", arguments[1], NULL};
    struct mm_process_options options = {.arguments = list};
    struct mm_process *process;

    if (mm_process_spawn(&options, &process) != MM_OK) {
        return EXIT_TROUBLE;
    }
    return support_finish(process);
}

/* arguments PATH TEXT...: write the texts, each with its final zero. */
static int do_arguments(char **arguments)
{
    FILE *file = fopen(arguments[1], "wb");
    bool written = file != NULL;

    for (size_t i = 2; written && arguments[i] != NULL; i++) {
        size_t size = strlen(arguments[i]) + 1;

        written = fwrite(arguments[i], 1, size, file) == size;
    }
    if (file != NULL && fclose(file) != 0) {
        written = false;
    }
    return written ? 0 : EXIT_TROUBLE;
}

/* spin TALK: say 1 and run until told to stop, or killed. */
static int do_spin(char **arguments)
{
    struct talk talk;
    bool told;

    if (!talk_open(&talk, arguments[1])) {
        return EXIT_TROUBLE;
    }
    talk_say(&talk, 1);
    told = talk_wait(&talk, STOP);
    talk_close(&talk);
    return told ? 0 : EXIT_TROUBLE;
}

/* burn TALK MILLISECONDS: use that much time of a CPU, then as `spin`. */
static int do_burn(char **arguments)
{
    uint64_t wanted_ns = number(arguments[2]) * 1000000;
    struct mm_process_usage usage = {0};

    while (usage.user_ns + usage.system_ns < wanted_ns) {
        if (mm_process_get_usage(NULL, &usage) != MM_OK) {
            return EXIT_TROUBLE;
        }
    }
    return do_spin(arguments);
}

/* open PATH FLAGS */
static int do_open(char **arguments)
{
    struct mm_file *file;
    enum mm_status status =
        mm_file_open(arguments[1], (unsigned)number(arguments[2]), &file);

    mm_file_close(file);
    return (int)status;
}

/* set-size PATH SIZE */
static int do_set_size(char **arguments)
{
    struct mm_file *file;
    enum mm_status status =
        mm_file_open(arguments[1], MM_FILE_READ | MM_FILE_WRITE, &file);

    if (status == MM_OK) {
        status = mm_file_set_size(file, number(arguments[2]));
    }
    mm_file_close(file);
    return (int)status;
}

/* cached PATH */
static int do_cached(char **arguments)
{
    struct mm_file *file;
    uint64_t octets;
    enum mm_status status = mm_file_open(arguments[1], MM_FILE_READ, &file);

    if (status == MM_OK) {
        status = mm_file_cached(file, 0, 0, &octets);
    }
    mm_file_close(file);
    return (int)status;
}

/* Map a whole file for writing; nothing but the view stays open. */
static bool map_path(const char *path, struct mm_view *view)
{
    struct mm_mapping_options options = {.protection = MM_READ_WRITE};
    struct mm_mapping *mapping = NULL;
    struct mm_file *file = NULL;
    bool mapped = false;

    if (mm_file_open(path, MM_FILE_READ | MM_FILE_WRITE, &file) == MM_OK &&
        mm_mapping_create(file, &options, &mapping) == MM_OK) {
        mapped = mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, view) == MM_OK;
    }
    mm_mapping_close(mapping);
    mm_file_close(file);
    return mapped;
}

/* hold-view TALK PATH: as `spin`, with a view of the file. */
static int do_hold_view(char **arguments)
{
    struct mm_view view;
    int code;

    if (!map_path(arguments[2], &view)) {
        return EXIT_TROUBLE;
    }
    code = do_spin(arguments);
    mm_view_unmap(&view);
    return code;
}

/* flush TALK PATH SEED: fill a view of the file, make it durable, spin. */
static int do_flush(char **arguments)
{
    int code = EXIT_TROUBLE;
    struct mm_view view;

    if (!map_path(arguments[2], &view)) {
        return EXIT_TROUBLE;
    }
    support_fill(view.address, view.size, (unsigned)number(arguments[3]));
    if (mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE) == MM_OK) {
        code = do_spin(arguments);
    }
    mm_view_unmap(&view);
    return code;
}

static enum mm_status create(const char *name, uint64_t size,
                             enum mm_protection protection,
                             struct mm_mapping **mapping_out)
{
    struct mm_mapping_options options = {
        .size = size,
        .protection = protection,
        .name = name,
    };

    return mm_mapping_create(NULL, &options, mapping_out);
}

/* create NAME SIZE */
static int do_create(char **arguments)
{
    struct mm_mapping *mapping;
    enum mm_status status =
        create(arguments[1], number(arguments[2]), MM_READ_WRITE, &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* open-name NAME PROTECTION */
static int do_open_name(char **arguments)
{
    struct mm_mapping *mapping;
    enum mm_status status = mm_mapping_open(
        arguments[1], (enum mm_protection)number(arguments[2]), 0, &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* forget NAME SIZE: create the name and end without closing anything. */
static int do_forget(char **arguments)
{
    struct mm_mapping *mapping;

    _Exit((int)create(arguments[1], number(arguments[2]), MM_READ_WRITE,
                      &mapping));
}

/* hold-name TALK NAME SIZE: as `spin`, with a handle of the name. */
static int do_hold_name(char **arguments)
{
    struct mm_mapping *mapping;
    int code;

    if (mm_status_failed(create(arguments[2], number(arguments[3]),
                                MM_READ_WRITE, &mapping))) {
        return EXIT_TROUBLE;
    }
    code = do_spin(arguments);
    mm_mapping_close(mapping);
    return code;
}

/* meet TALK NAME COUNT: create the name, keep it until all COUNT have. */
static int do_meet(char **arguments)
{
    uint32_t count = (uint32_t)number(arguments[3]);
    struct mm_mapping *mapping;
    enum mm_status status =
        create(arguments[2], 65536, MM_READ_WRITE, &mapping);
    struct talk talk;
    bool met = talk_open(&talk, arguments[1]);

    if (met) {
        if (atomic_fetch_add(&talk.words[1], 1) + 1 == count) {
            talk_say(&talk, 1);
        }
        met = talk_wait(&talk, 1);
        talk_close(&talk);
    }
    mm_mapping_close(mapping);
    return met ? (int)status : EXIT_TROUBLE;
}

/* Open the existing name and map it whole; nothing but the view stays. */
static bool map_name(const char *name, enum mm_protection protection,
                     enum mm_access access, struct mm_view *view)
{
    struct mm_mapping *mapping;
    bool mapped = create(name, 1, protection, &mapping) == MM_ALREADY_EXISTS &&
                  mm_view_map(mapping, 0, 0, access, NULL, view) == MM_OK;

    mm_mapping_close(mapping);
    return mapped;
}

static bool answer(struct talk *talk, const struct mm_view *view,
                   uint32_t rounds)
{
    volatile unsigned char *octets = view->address;

    for (uint32_t i = 0; i < rounds; i++) {
        if (!talk_wait(talk, 2 * i + 1)) {
            return false;
        }
        octets[view->size - 1]++;
        talk_say(talk, 2 * i + 2);
    }
    return true;
}

/* answer TALK NAME ROUNDS: add one to an octet of a shared view each round. */
static int do_answer(char **arguments)
{
    struct mm_view view;
    struct talk talk;
    bool answered = false;

    if (!map_name(arguments[2], MM_READ_WRITE, MM_VIEW_WRITE, &view)) {
        return EXIT_TROUBLE;
    }
    if (talk_open(&talk, arguments[1])) {
        answered = answer(&talk, &view, (uint32_t)number(arguments[3]));
        talk_close(&talk);
    }
    mm_view_unmap(&view);
    return answered ? 0 : EXIT_TROUBLE;
}

/* compare NAME SIZE SEED: does the existing mapping hold support_fill()? */
static int do_compare(char **arguments)
{
    size_t size = (size_t)number(arguments[2]);
    unsigned char *expected = malloc(size);
    int code = EXIT_TROUBLE;
    struct mm_view view;

    if (expected != NULL &&
        map_name(arguments[1], MM_READ_ONLY, MM_VIEW_READ, &view)) {
        support_fill(expected, size, (unsigned)number(arguments[3]));
        code = view.size >= size && memcmp(view.address, expected, size) == 0
                   ? 0
                   : 1;
        mm_view_unmap(&view);
    }
    free(expected);
    return code;
}

/* Commit page after page of a reserved view, and fill each. */
static bool grow(struct talk *talk, const struct mm_view *view, uint32_t pages)
{
    unsigned char *octets = view->address;
    const size_t page = mm_page_size();

    for (uint32_t i = 0; i < pages; i++) {
        if (!talk_wait(talk, 2 * i + 1) ||
            mm_view_commit(view, i * page, page) != MM_OK) {
            return false;
        }
        support_fill(octets + i * page, page, i);
        talk_say(talk, 2 * i + 2);
    }
    return true;
}

/* adopt HANDLE PROTECTION */
static int do_adopt(char **arguments)
{
    struct mm_mapping *mapping;
    enum mm_status status =
        mm_mapping_adopt(number(arguments[1]),
                         (enum mm_protection)number(arguments[2]), 0, &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* adopt-add HANDLE ROUNDS: add one to the first octet so many times, each time
 * in a process that the last one has started. */
static int do_adopt_add(char **arguments)
{
    uint64_t rounds = number(arguments[2]);
    struct mm_mapping *mapping;
    struct mm_view view;
    char handle[32];
    char left[32];
    int code = 0;

    if (mm_mapping_adopt(number(arguments[1]), MM_READ_WRITE,
                         MM_MAPPING_INHERIT, &mapping) != MM_OK ||
        mm_view_map(mapping, 0, 0, MM_VIEW_WRITE, NULL, &view) != MM_OK) {
        return EXIT_TROUBLE;
    }
    ((volatile unsigned char *)view.address)[0]++;
    if (rounds > 1) {
        snprintf(handle, sizeof(handle), "%" PRIu64,
                 mm_mapping_handle(mapping));
        snprintf(left, sizeof(left), "%" PRIu64, rounds - 1);
        code = support_run_heir("adopt-add", handle, left, NULL);
    }
    mm_view_unmap(&view);
    mm_mapping_close(mapping);
    return code;
}

/* adopt-hold TALK HANDLE: as `spin`, with the handle. */
static int do_adopt_hold(char **arguments)
{
    struct mm_mapping *mapping;
    int code;

    if (mm_mapping_adopt(number(arguments[2]), MM_READ_WRITE, 0, &mapping) !=
        MM_OK) {
        return EXIT_TROUBLE;
    }
    code = do_spin(arguments);
    mm_mapping_close(mapping);
    return code;
}

/* What `once` does when it is the one to initialise; words of its talk. */
enum once_word {
    ONCE_ATTEMPTS = 1, /* so far */
    ONCE_FAILURES,     /* how many of the first attempts fail */
    ONCE_DEATHS,       /* and how many of the next ones die */
    ONCE_ARRIVED,      /* peers that have tried */
    ONCE_SEED,
};

enum {
    EXIT_DIED = 98,
    EXIT_HALF_BUILT = 97,
};

static enum mm_status initialise(void *address, size_t size, void *context)
{
    struct talk *talk = context;
    uint32_t failures = atomic_load(&talk->words[ONCE_FAILURES]);
    uint32_t deaths = atomic_load(&talk->words[ONCE_DEATHS]);
    uint32_t attempt = atomic_fetch_add(&talk->words[ONCE_ATTEMPTS], 1);
    unsigned char *octets = address;

    if (octets[0] != 0 || octets[size / 2 - 1] != 0) {
        _Exit(EXIT_HALF_BUILT);
    }
    support_fill(address, size / 2, atomic_load(&talk->words[ONCE_SEED]));
    if (attempt < failures) {
        return MM_IO;
    }
    if (attempt < failures + deaths) {
        atomic_fetch_add(&talk->words[ONCE_ARRIVED], 1);
        _Exit(EXIT_DIED);
    }
    support_fill(address, size, atomic_load(&talk->words[ONCE_SEED]));
    return MM_OK;
}

static bool is_filled(struct mm_mapping *mapping, unsigned seed)
{
    size_t size = (size_t)mm_mapping_size(mapping);
    unsigned char *expected = malloc(size);
    bool filled = false;
    struct mm_view view;

    if (expected != NULL &&
        mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &view) == MM_OK) {
        support_fill(expected, size, seed);
        filled = memcmp(view.address, expected, size) == 0;
        mm_view_unmap(&view);
    }
    free(expected);
    return filled;
}

/* once TALK NAME COUNT: open it, and keep it until COUNT have tried. */
static int do_once(char **arguments)
{
    struct mm_mapping_options options = {
        .size = 100000,
        .protection = MM_READ_ONLY,
        .name = arguments[2],
    };
    uint32_t count = (uint32_t)number(arguments[3]);
    struct mm_mapping *mapping;
    enum mm_status status;
    struct talk talk;
    int code;

    if (!talk_open(&talk, arguments[1]) || !talk_wait(&talk, 1)) {
        return EXIT_TROUBLE;
    }
    status = mm_once_open(&options, initialise, &talk, &mapping);
    code = (int)status;
    if (!mm_status_failed(status) &&
        !is_filled(mapping, atomic_load(&talk.words[ONCE_SEED]))) {
        code = EXIT_HALF_BUILT;
    }
    if (atomic_fetch_add(&talk.words[ONCE_ARRIVED], 1) + 1 == count) {
        talk_say(&talk, 2);
    }
    if (!mm_status_failed(status) && !talk_wait(&talk, 2)) {
        code = EXIT_TROUBLE;
    }
    mm_mapping_close(mapping);
    talk_close(&talk);
    return code;
}

/* grow TALK NAME PAGES */
static int do_grow(char **arguments)
{
    struct mm_view view;
    struct talk talk;
    bool grown = false;

    if (!map_name(arguments[2], MM_READ_WRITE, MM_VIEW_WRITE, &view)) {
        return EXIT_TROUBLE;
    }
    if (talk_open(&talk, arguments[1])) {
        grown = grow(&talk, &view, (uint32_t)number(arguments[3]));
        talk_close(&talk);
    }
    mm_view_unmap(&view);
    return grown ? 0 : EXIT_TROUBLE;
}

struct verb {
    const char *name;
    int argument_count;
    verb_body *body;
};

static const struct verb verbs[] = {
    {"exit", 1, do_exit},
    {"again", 1, do_again},
    {"arguments", 1, do_arguments},
    {"spin", 1, do_spin},
    {"burn", 2, do_burn},
    {"open", 2, do_open},
    {"set-size", 2, do_set_size},
    {"cached", 1, do_cached},
    {"hold-view", 2, do_hold_view},
    {"flush", 3, do_flush},
    {"create", 2, do_create},
    {"hold-name", 3, do_hold_name},
    {"meet", 3, do_meet},
    {"answer", 3, do_answer},
    {"compare", 3, do_compare},
    {"forget", 2, do_forget},
    {"open-name", 2, do_open_name},
    {"grow", 3, do_grow},
    {"adopt", 2, do_adopt},
    {"adopt-add", 2, do_adopt_add},
    {"adopt-hold", 2, do_adopt_hold},
    {"once", 3, do_once},
};

int main(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        if (strcmp(argv[1], verbs[i].name) == 0 &&
            argc - 2 >= verbs[i].argument_count) {
            support_begin(argv[0]);
            return verbs[i].body(argv + 1);
        }
    }
    fprintf(stderr, "peer: no such verb, or too few arguments\n");
    return EXIT_TROUBLE;
}
