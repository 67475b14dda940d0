/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/clock.h>

#include "support.h"

/* Wine 8 has been seen to start none, once in some thousand times. */
enum { SPAWN_TRIES = 3 };

static char peer_path[SUPPORT_PATH_ROOM];

/* Peers that nobody has waited for: a test that fails leaves them behind. */
static struct mm_process *running[SUPPORT_PEERS_MAX];

void support_begin(const char *program)
{
    const char *slash = strrchr(program, '/');
    const char *back = strrchr(program, '\\');
    const char *dot = strrchr(program, '.');
    const char *suffix = "";
    int folder = 0;

    if (back != NULL && (slash == NULL || back > slash)) {
        slash = back;
    }
    if (slash != NULL) {
        folder = (int)(slash - program) + 1;
    }
    if (dot != NULL && strcmp(dot, ".exe") == 0) {
        suffix = dot;
    }
    snprintf(peer_path, sizeof(peer_path), "%.*speer%s", folder, program,
             suffix);
}

const char *support_peer_path(void)
{
    return peer_path;
}

int fixture_set_up(void **state)
{
    static unsigned count;
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    const char *folder = getenv("MAPMARK_TEST_DIR");
    unsigned long long process = mm_process_id(NULL);

    if (fixture == NULL) {
        return -1;
    }
    if (folder == NULL || *folder == 0) {
        folder = ".";
    }
    count++;
    snprintf(fixture->path, sizeof(fixture->path), "%s/mapmark-%llu-%u.a.tmp",
             folder, process, count);
    snprintf(fixture->second_path, sizeof(fixture->second_path),
             "%s/mapmark-%llu-%u.b.tmp", folder, process, count);
    snprintf(fixture->name, sizeof(fixture->name), "mapmark-%llu-%u/a", process,
             count);
    snprintf(fixture->second_name, sizeof(fixture->second_name),
             "mapmark-%llu-%u/b", process, count);
    /* Of a run that crashed, and whose process had the same number. */
    remove(fixture->path);
    remove(fixture->second_path);
    *state = fixture;
    return 0;
}

static void replace(struct mm_process *old, struct mm_process *process)
{
    for (size_t i = 0; i < SUPPORT_PEERS_MAX; i++) {
        if (running[i] == old) {
            running[i] = process;
            return;
        }
    }
}

/* They would run on for a minute and keep the test's output open. */
static void kill_the_forgotten(void)
{
    for (size_t i = 0; i < SUPPORT_PEERS_MAX; i++) {
        if (running[i] != NULL) {
            mm_process_kill(running[i]);
            support_finish(running[i]);
        }
    }
}

int fixture_tear_down(void **state)
{
    struct fixture *fixture = *state;

    kill_the_forgotten();
    remove(fixture->path);
    remove(fixture->second_path);
    free(fixture);
    return 0;
}

bool talk_open(struct talk *talk, const char *name)
{
    struct mm_mapping_options options = {
        .size = SUPPORT_TALK_WORDS * sizeof(uint32_t),
        .protection = MM_READ_WRITE,
        .name = name,
    };

    memset(talk, 0, sizeof(*talk));
    if (mm_status_failed(mm_mapping_create(NULL, &options, &talk->mapping))) {
        return false;
    }
    if (mm_view_map(talk->mapping, 0, 0, MM_VIEW_WRITE, NULL, &talk->view) !=
        MM_OK) {
        talk_close(talk);
        return false;
    }
    talk->words = talk->view.address;
    return true;
}

void talk_close(struct talk *talk)
{
    mm_view_unmap(&talk->view); /* refuses a view that was never made */
    mm_mapping_close(talk->mapping);
    memset(talk, 0, sizeof(*talk));
}

bool talk_wait(struct talk *talk, uint32_t wanted)
{
    uint64_t start = mm_clock_ns();

    while (atomic_load(&talk->words[0]) != wanted) {
        if (mm_clock_ns() - start > SUPPORT_PATIENCE_NS) {
            return false;
        }
    }
    return true;
}

void talk_say(struct talk *talk, uint32_t word)
{
    atomic_store(&talk->words[0], word);
}

bool support_reached(const atomic_uint *count, unsigned wanted)
{
    uint64_t start = mm_clock_ns();

    while (atomic_load(count) < wanted) {
        if (mm_clock_ns() - start > SUPPORT_PATIENCE_NS) {
            return false;
        }
    }
    return true;
}

bool support_on_wine(void)
{
    char system[128];

    return mm_process_system(system, sizeof(system)) == MM_OK &&
           strstr(system, "Wine") != NULL;
}

static struct mm_process *start(const char *program, unsigned flags,
                                const char *first, va_list rest)
{
    const char *arguments[SUPPORT_ARGUMENTS_MAX + 1] = {first};
    struct mm_process_options options = {
        .program = program,
        .arguments = arguments,
        .flags = flags,
    };
    struct mm_process *process = NULL;
    size_t count = 0;

    while (arguments[count] != NULL && count < SUPPORT_ARGUMENTS_MAX - 1) {
        count++;
        arguments[count] = va_arg(rest, const char *);
    }
    for (int tries = 0; tries < SPAWN_TRIES && process == NULL; tries++) {
        enum mm_status status = mm_process_spawn(&options, &process);

        if (status != MM_OK) {
            printf("%s is not started: %s (%ld)\n", program,
                   mm_status_text(status), mm_last_os_error());
        }
        if (status == MM_OK || !support_on_wine()) {
            break;
        }
    }
    return process;
}

struct mm_process *support_start_peer(const char *verb, ...)
{
    struct mm_process *process;
    va_list rest;

    va_start(rest, verb);
    process = start(peer_path, 0, verb, rest);
    va_end(rest);
    if (process != NULL) {
        replace(NULL, process);
    }
    return process;
}

struct mm_process *support_start_heir(const char *verb, ...)
{
    struct mm_process *process;
    va_list rest;

    va_start(rest, verb);
    process = start(peer_path, MM_PROCESS_INHERIT, verb, rest);
    va_end(rest);
    if (process != NULL) {
        replace(NULL, process);
    }
    return process;
}

void support_close_peer(struct mm_process *process)
{
    if (process != NULL) {
        replace(process, NULL);
    }
    mm_process_close(process);
}

int support_finish(struct mm_process *process)
{
    int code = -1;

    if (process == NULL ||
        mm_process_wait(process, MM_INFINITE, &code) != MM_OK) {
        code = -1;
    }
    support_close_peer(process);
    return code;
}

int support_run_peer(const char *verb, ...)
{
    struct mm_process *process;
    va_list rest;

    va_start(rest, verb);
    process = start(peer_path, 0, verb, rest);
    va_end(rest);
    return support_finish(process);
}

int support_run_heir(const char *verb, ...)
{
    struct mm_process *process;
    va_list rest;

    va_start(rest, verb);
    process = start(peer_path, MM_PROCESS_INHERIT, verb, rest);
    va_end(rest);
    return support_finish(process);
}

int support_run(const char *program, ...)
{
    struct mm_process *process;
    const char *first;
    va_list rest;

    if (support_on_wine()) {
        return -1; /* it would start the host's, and not wait for its end */
    }
    va_start(rest, program);
    first = va_arg(rest, const char *);
    process = start(program, 0, first, rest);
    va_end(rest);
    return support_finish(process);
}

uint32_t support_random(uint32_t *state)
{
    /* Marsaglia's xorshift, 2003. */
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

void support_fill(void *octets, size_t size, unsigned seed)
{
    unsigned char *at = octets;

    for (size_t i = 0; i < size; i++) {
        at[i] = (unsigned char)(i * 7 + i / 4096 * 13 + seed);
    }
}

bool support_make_file(const char *path, size_t size, unsigned seed)
{
    FILE *file = fopen(path, "wb");
    void *octets = malloc(size + 1);
    bool made = file != NULL && octets != NULL;

    if (made) {
        support_fill(octets, size, seed);
        made = fwrite(octets, 1, size, file) == size;
    }
    if (file != NULL && fclose(file) != 0) {
        made = false;
    }
    free(octets);
    return made;
}

unsigned support_scale(void)
{
    const char *text = getenv("MAPMARK_TEST_SCALE");
    long scale = text != NULL ? strtol(text, NULL, 10) : 1;

    return scale > 0 && scale < 1000000 ? (unsigned)scale : 1;
}
