/* SPDX-License-Identifier: MIT */
/*
 * The second process of the tests: peer VERB ARGUMENT... . Verbs that try one
 * call exit with its status, so MM_OK is 0; others exit with 0, or 99 when
 * something went wrong that the test is not about.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/guard.h>

#include "peer.h"

enum {
    STOP = 2,
};

uint64_t peer_number(const char *text)
{
    return strtoull(text, NULL, 10);
}

/* exit CODE */
static int do_exit(char **arguments)
{
    return (int)peer_number(arguments[1]);
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
int peer_spin(char **arguments)
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
    uint64_t wanted_ns = peer_number(arguments[2]) * 1000000;
    struct mm_process_usage usage = {0};

    while (usage.user_ns + usage.system_ns < wanted_ns) {
        if (mm_process_get_usage(NULL, &usage) != MM_OK) {
            return EXIT_TROUBLE;
        }
    }
    return peer_spin(arguments);
}

/* open PATH FLAGS */
static int do_open(char **arguments)
{
    struct mm_file *file;
    enum mm_status status =
        mm_file_open(arguments[1], (unsigned)peer_number(arguments[2]), &file);

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
        status = mm_file_set_size(file, peer_number(arguments[2]));
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
    code = peer_spin(arguments);
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
    support_fill(view.address, view.size, (unsigned)peer_number(arguments[3]));
    if (mm_view_flush(&view, 0, 0, MM_FLUSH_DURABLE) == MM_OK) {
        code = peer_spin(arguments);
    }
    mm_view_unmap(&view);
    return code;
}

/* What a guarded body of this program does, and to what. */
struct lost {
    const char *path;
    void *octet;
    bool writes; /* instead of missing the octet */
};

static void lose(void *context)
{
    const struct lost *lost = context;

    if (lost->writes) {
        *(volatile unsigned char *)lost->octet = 1;
    } else {
        support_touch_lost(lost->path, lost->octet);
    }
}

/* Put the handlers in place that the word asks for. */
static bool handle_faults(const char *word)
{
    bool passes_on = strncmp(word, "pass", 4) == 0;
    bool fine = true;

    if (strstr(word, "-over") != NULL) {
        fine = mm_guard_install() == MM_OK;
    }
    if (fine && strcmp(word, "none") != 0) {
        fine = support_handle_faults(passes_on, EXIT_HANDLED);
    }
    return fine && mm_guard_install() == MM_OK;
}

/* The status of a guard of the first octet, with the fault where it says. */
static int meet_fault(const char *path, const char *place,
                      const struct mm_view *view)
{
    struct lost lost = {.path = path, .octet = view->address};

    if (strcmp(place, "outside") == 0) {
        lost.octet = (char *)view->address + mm_page_size();
    }
    lost.writes = strcmp(place, "write") == 0;
    return (int)mm_guard_run(view->address, 1, lose, &lost);
}

/*
 * guard PATH PLACE HANDLER: meet a fault in a guard of the file's first octet:
 * there ("inside"), on the next page ("outside"), or by writing there where
 * only reading is allowed ("write"). Another handler of faults is none, or one
 * that was there before ("exit", "pass"), or came over the guard's, which is
 * then put over it again ("exit-over", "pass-over"). Exits with the guard's
 * status, or as the handler does.
 */
static int do_guard(char **arguments)
{
    struct mm_mapping_options options = {.protection = MM_READ_ONLY};
    struct mm_mapping *mapping = NULL;
    struct mm_view view = {0};
    struct mm_file *file = NULL;
    int code = EXIT_TROUBLE;

    if (mm_file_open(arguments[1], MM_FILE_READ, &file) == MM_OK &&
        mm_mapping_create(file, &options, &mapping) == MM_OK &&
        mm_view_map(mapping, 0, 0, MM_VIEW_READ, NULL, &view) == MM_OK &&
        handle_faults(arguments[3])) {
        code = meet_fault(arguments[1], arguments[2], &view);
    }
    mm_view_unmap(&view);
    mm_mapping_close(mapping);
    mm_file_close(file);
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
    enum mm_status status = create(arguments[1], peer_number(arguments[2]),
                                   MM_READ_WRITE, &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* forget NAME SIZE: create the name and end without closing anything. */
static int do_forget(char **arguments)
{
    struct mm_mapping *mapping;

    _Exit((int)create(arguments[1], peer_number(arguments[2]), MM_READ_WRITE,
                      &mapping));
}

/* hold-name TALK NAME SIZE: as `spin`, with a handle of the name. */
static int do_hold_name(char **arguments)
{
    struct mm_mapping *mapping;
    int code;

    if (mm_status_failed(create(arguments[2], peer_number(arguments[3]),
                                MM_READ_WRITE, &mapping))) {
        return EXIT_TROUBLE;
    }
    code = peer_spin(arguments);
    mm_mapping_close(mapping);
    return code;
}

/* meet TALK NAME COUNT: create the name, keep it until all COUNT have. */
static int do_meet(char **arguments)
{
    uint32_t count = (uint32_t)peer_number(arguments[3]);
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
bool peer_map_name(const char *name, enum mm_protection protection,
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

    if (!peer_map_name(arguments[2], MM_READ_WRITE, MM_VIEW_WRITE, &view)) {
        return EXIT_TROUBLE;
    }
    if (talk_open(&talk, arguments[1])) {
        answered = answer(&talk, &view, (uint32_t)peer_number(arguments[3]));
        talk_close(&talk);
    }
    mm_view_unmap(&view);
    return answered ? 0 : EXIT_TROUBLE;
}

/* compare NAME SIZE SEED: does the existing mapping hold support_fill()? */
static int do_compare(char **arguments)
{
    size_t size = (size_t)peer_number(arguments[2]);
    unsigned char *expected = malloc(size);
    int code = EXIT_TROUBLE;
    struct mm_view view;

    if (expected != NULL &&
        peer_map_name(arguments[1], MM_READ_ONLY, MM_VIEW_READ, &view)) {
        support_fill(expected, size, (unsigned)peer_number(arguments[3]));
        code = view.size >= size && memcmp(view.address, expected, size) == 0
                   ? 0
                   : 1;
        mm_view_unmap(&view);
    }
    free(expected);
    return code;
}

static const struct verb verbs[] = {
    {"exit", 1, do_exit},           {"again", 1, do_again},
    {"arguments", 1, do_arguments}, {"spin", 1, peer_spin},
    {"burn", 2, do_burn},           {"open", 2, do_open},
    {"set-size", 2, do_set_size},   {"cached", 1, do_cached},
    {"hold-view", 2, do_hold_view}, {"flush", 3, do_flush},
    {"create", 2, do_create},       {"hold-name", 3, do_hold_name},
    {"meet", 3, do_meet},           {"answer", 3, do_answer},
    {"compare", 3, do_compare},     {"forget", 2, do_forget},
    {"guard", 3, do_guard},         {NULL, 0, NULL},
};

/* -1 when `table` has no such verb. */
static int try_verbs(const struct verb *table, int count, char **arguments)
{
    for (; table->name != NULL; table++) {
        if (strcmp(arguments[0], table->name) == 0 &&
            count - 1 >= table->argument_count) {
            return table->body(arguments);
        }
    }
    return -1;
}

int main(int argc, char **argv)
{
    const struct verb *const tables[] = {verbs, peer_sharing_verbs,
                                         peer_sync_verbs};
    int code = -1;

    support_begin(argv[0]);
    for (size_t i = 0;
         argc > 1 && code < 0 && i < sizeof(tables) / sizeof(tables[0]); i++) {
        code = try_verbs(tables[i], argc - 1, argv + 1);
    }
    if (code < 0) {
        fprintf(stderr, "peer: no such verb, or too few arguments\n");
        return EXIT_TROUBLE;
    }
    return code;
}
