/* SPDX-License-Identifier: MIT */
/* What the second process does with mappings that it shares with the first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mapmark/once.h>
#include <mapmark/region.h>

#include "peer.h"

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

/* open-name NAME PROTECTION */
static int do_open_name(char **arguments)
{
    struct mm_mapping *mapping;
    enum mm_status status = mm_mapping_open(
        arguments[1], (enum mm_protection)peer_number(arguments[2]), 0,
        &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* regions PROCESS: walk through its address space. */
static int do_regions(char **arguments)
{
    static struct mm_region region;
    struct mm_regions *regions;
    enum mm_status status = mm_region_open(peer_number(arguments[1]), &regions);

    while (status == MM_OK) {
        status = mm_region_next(regions, &region);
    }
    mm_region_close(regions);
    return (int)status;
}

/* Count this peer in word 1 of the talk and stay until told to stop. */
static int stay(const char *name)
{
    struct talk talk;
    bool told;

    if (!talk_open(&talk, name)) {
        return EXIT_TROUBLE;
    }
    atomic_fetch_add(&talk.words[1], 1);
    told = talk_wait(&talk, 2);
    talk_close(&talk);
    return told ? 0 : EXIT_TROUBLE;
}

/* share TALK NAME: stay, having read every page of the mapping. */
static int do_share(char **arguments)
{
    volatile const unsigned char *octets;
    struct mm_view view;
    unsigned sum = 0;
    int code;

    if (!peer_map_name(arguments[2], MM_READ_ONLY, MM_VIEW_READ, &view)) {
        return EXIT_TROUBLE;
    }
    octets = view.address;
    for (size_t at = 0; at < view.size; at += mm_page_size()) {
        sum += octets[at];
    }
    code = stay(arguments[1]);
    mm_view_unmap(&view);
    return sum == 0 ? code : EXIT_TROUBLE;
}

static enum mm_status fill(void *address, size_t size, void *context)
{
    (void)context;
    support_fill(address, size, STRUGGLE_SEED);
    return MM_OK;
}

/* Count once more, in all and for this peer. */
static bool count_in(const char *name, uint32_t slot)
{
    _Atomic uint32_t *words;
    struct mm_view view;

    if (!peer_map_name(name, MM_READ_WRITE, MM_VIEW_WRITE, &view)) {
        return false;
    }
    words = view.address;
    atomic_fetch_add(&words[0], 1);
    atomic_fetch_add(&words[slot], 1);
    return mm_view_unmap(&view) == MM_OK;
}

static bool open_filled(const char *name)
{
    struct mm_mapping_options options = {
        .size = STRUGGLE_SIZE,
        .protection = MM_READ_ONLY,
        .name = name,
    };
    struct mm_mapping *mapping;
    bool filled;

    if (mm_status_failed(mm_once_open(&options, fill, NULL, &mapping))) {
        return false;
    }
    filled = is_filled(mapping, STRUGGLE_SEED);
    mm_mapping_close(mapping);
    return filled;
}

/* struggle TALK KEPT NAME SLOT: open, make, use and close until killed. */
static int do_struggle(char **arguments)
{
    uint32_t slot = (uint32_t)peer_number(arguments[4]);
    struct talk talk;

    if (!talk_open(&talk, arguments[1])) {
        return EXIT_TROUBLE;
    }
    for (;;) {
        if (!count_in(arguments[2], slot) || !open_filled(arguments[3])) {
            atomic_fetch_add(&talk.words[STRUGGLE_WRONG], 1);
        }
        atomic_fetch_add(&talk.words[STRUGGLE_TURNS], 1);
    }
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
    enum mm_status status = mm_mapping_adopt(
        peer_number(arguments[1]),
        (enum mm_protection)peer_number(arguments[2]), 0, &mapping);

    mm_mapping_close(mapping);
    return (int)status;
}

/* adopt-add HANDLE ROUNDS: add one to the first octet so many times, each time
 * in a process that the last one has started. */
static int do_adopt_add(char **arguments)
{
    uint64_t rounds = peer_number(arguments[2]);
    struct mm_mapping *mapping;
    struct mm_view view;
    char handle[32];
    char left[32];
    int code = 0;

    if (mm_mapping_adopt(peer_number(arguments[1]), MM_READ_WRITE,
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

    if (mm_mapping_adopt(peer_number(arguments[2]), MM_READ_WRITE, 0,
                         &mapping) != MM_OK) {
        return EXIT_TROUBLE;
    }
    code = peer_spin(arguments);
    mm_mapping_close(mapping);
    return code;
}

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

/* once TALK NAME COUNT: open it, and keep it until COUNT have tried. */
static int do_once(char **arguments)
{
    struct mm_mapping_options options = {
        .size = 100000,
        .protection = MM_READ_ONLY,
        .name = arguments[2],
    };
    uint32_t count = (uint32_t)peer_number(arguments[3]);
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

    if (!peer_map_name(arguments[2], MM_READ_WRITE, MM_VIEW_WRITE, &view)) {
        return EXIT_TROUBLE;
    }
    if (talk_open(&talk, arguments[1])) {
        grown = grow(&talk, &view, (uint32_t)peer_number(arguments[3]));
        talk_close(&talk);
    }
    mm_view_unmap(&view);
    return grown ? 0 : EXIT_TROUBLE;
}

const struct verb peer_sharing_verbs[] = {
    {"open-name", 2, do_open_name},   {"grow", 3, do_grow},
    {"adopt", 2, do_adopt},           {"adopt-add", 2, do_adopt_add},
    {"adopt-hold", 2, do_adopt_hold}, {"once", 3, do_once},
    {"regions", 1, do_regions},       {"share", 2, do_share},
    {"struggle", 4, do_struggle},     {NULL, 0, NULL},
};
