/* SPDX-License-Identifier: MIT */
/*
 * For a tool that counts instructions: make every call of calls.h in rounds of
 * 1, 2 and 3 times as many, so that the difference of two rounds is the calls
 * alone. Prints a line a round, in their order: word, way, number of calls.
 *
 * A view is mapped and unmapped as one call there, and here mapped alone as
 * well. Two pairs are no calls of the library: they show that the counting can
 * tell.
 */
#include <stdio.h>
#include <stdlib.h>

#include <mapmark/status.h>

#include "calls.h"
#include "peers/bare.h"

enum {
    ROUND_CALLS = 16,
    ROUNDS = 3,
    /* Each turn is a load and a store at least. */
    HEAVY_TURNS = 50,
};

static enum mm_status heavy(struct calls *calls)
{
    static volatile unsigned turns;

    for (int i = 0; i < HEAVY_TURNS; i++) {
        turns = turns + 1;
    }
    return call_of(CALL_clock, CALL_BARE)(calls);
}

/* Views that stay to the end of the process: they are forgotten on purpose. */
static enum mm_status map_alone(struct calls *calls)
{
    static struct mm_view forgotten;

    return mm_view_map(calls->mapping, 0, calls->octets, MM_VIEW_READ, NULL,
                       &forgotten);
}

static enum mm_status make_calls(call_body *body, struct calls *calls,
                                 int count)
{
    enum mm_status status = MM_OK;

    for (int i = 0; status == MM_OK && i < count; i++) {
        status = body(calls);
    }
    return status;
}

/* The tool knows a round by this function's name, which it would not have
 * inside another one. */
static enum mm_status (*volatile count_round)(call_body *, struct calls *,
                                              int) = make_calls;

static void make_rounds(const char *word, const char *way, call_body *body,
                        struct calls *calls)
{
    /* The first call looks up names, and is no part of a round. */
    enum mm_status status = body(calls);

    for (int round = 1; status == MM_OK && round <= ROUNDS; round++) {
        printf("%s %s %d\n", word, way, round * ROUND_CALLS);
        status = count_round(body, calls, round * ROUND_CALLS);
    }
    if (status != MM_OK) {
        fprintf(stderr, "count_calls: %s, %s: %s\n", word, way,
                mm_status_text(status));
        exit(EXIT_FAILURE);
    }
}

int main(int argc, char **argv)
{
    call_body *clock = call_of(CALL_clock, CALL_BARE);
    struct calls calls;

    if (argc != 2 || calls_open(argv[1], 1, &calls) != MM_OK) {
        fputs("usage: count_calls FILE, which is not empty\n", stderr);
        return EXIT_FAILURE;
    }
    for (int i = 0; i < CALL_COUNT; i++) {
        make_rounds(call_words[i], "library",
                    call_of((enum call)i, CALL_BY_LIBRARY), &calls);
        make_rounds(call_words[i], "bare", call_of((enum call)i, CALL_BARE),
                    &calls);
    }
    make_rounds("map-alone", "library", map_alone, &calls);
    make_rounds("map-alone", "bare", bare_map_alone, &calls);
    make_rounds("same", "library", clock, &calls);
    make_rounds("same", "bare", clock, &calls);
    make_rounds("heavy", "library", heavy, &calls);
    make_rounds("heavy", "bare", clock, &calls);
    calls_close(&calls);
    return EXIT_SUCCESS;
}
