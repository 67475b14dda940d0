/* SPDX-License-Identifier: MIT */
/* Two processes that prove that they talked, and what is said of those that
 * did not. This program is its own partner. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine.h"
#include "ipc.h"
#include "partner.h"
#include "shim.h"
#include "skip.h"

/* ---- kinds that lie ------------------------------------------------------ */

/* The measuring side wakes itself, and the partner never again once the talk
 * has begun: the classic benchmark of one process. */
static enum mm_status wake_self(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    const struct channel_kind *word = &channel_word;

    if (channel->me == 0) {
        to = 0;
    }
    return word->wake(channel, to, octets, size);
}

static enum mm_status word_make(struct channel *channel)
{
    return channel_word.make(channel);
}

static enum mm_status word_wait(struct channel *channel, void *octets,
                                size_t size)
{
    return channel_word.wait(channel, octets, size);
}

static enum mm_status word_wake(struct channel *channel, unsigned to,
                                const void *octets, size_t size)
{
    return channel_word.wake(channel, to, octets, size);
}

static void word_close(struct channel *channel)
{
    channel_word.close(channel);
}

static enum mm_status join_fails(struct channel *channel)
{
    (void)channel;
    return MM_DENIED;
}

static const struct channel_kind talks_to_itself = {
    .policies = 1U << CHANNEL_SPIN,
    .make = word_make,
    .join = word_make,
    .wake = wake_self,
    .wait = word_wait,
    .close = word_close,
};

static const struct channel_kind dies_at_once = {
    .policies = 1U << CHANNEL_SPIN,
    .make = word_make,
    .join = join_fails,
    .wake = word_wake,
    .wait = word_wait,
    .close = word_close,
};

/* The real ones, the same with a partner that dies, then those that lie: what
 * both processes look kinds up in. */
enum {
    MORTAL = CHANNEL_COUNT,
    TALKS_TO_ITSELF = 2 * CHANNEL_COUNT,
    DIES_AT_ONCE,
    KINDS
};
static const struct channel_kind *kinds[KINDS];
static struct channel_kind mortals[CHANNEL_COUNT];

enum { HEARD_BEFORE_DEATH = 300 };

/* Dies between two calls, without a word and without clean-up. */
static enum mm_status mortal_wait(struct channel *channel, void *octets,
                                  size_t size)
{
    static unsigned heard;

    if (channel->me == 1 && ++heard > HEARD_BEFORE_DEATH) {
        _Exit(1);
    }
    return channel_kinds[channel->kind - mortals]->wait(channel, octets, size);
}

static void list_kinds(void)
{
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        kinds[i] = channel_kinds[i];
        mortals[i] = *channel_kinds[i];
        mortals[i].wait = mortal_wait;
        kinds[MORTAL + i] = &mortals[i];
    }
    kinds[TALKS_TO_ITSELF] = &talks_to_itself;
    kinds[DIES_AT_ONCE] = &dies_at_once;
}

/* ---- talks of a test's own ----------------------------------------------- */

/* One talk, in a thread that goes with its CPU. */
struct trial {
    struct talk_options options;
    void (*act)(struct trial *trial, struct talk *talk);
    enum mm_status opened;
    enum mm_status talked;
    struct bench_reason reason;
};

static void try_in_thread(void *context)
{
    struct trial *trial = context;
    struct talk *talk;

    trial->opened = talk_open(&trial->options, &talk, &trial->reason);
    if (trial->opened == MM_OK) {
        trial->act(trial, talk);
        talk_close(talk);
    }
}

static enum channel_policy first_policy(const struct channel_kind *kind)
{
    enum channel_policy policy = CHANNEL_PARK;

    while ((kind->policies & channel_bit(policy)) == 0) {
        policy++;
    }
    return policy;
}

static struct trial try_kind(size_t place, enum talk_placement placement,
                             size_t octets,
                             void (*act)(struct trial *, struct talk *))
{
    struct trial trial = {
        .options = {.kind = kinds[place],
                    .place = place,
                    .policy = first_policy(kinds[place]),
                    .placement = placement,
                    .octets = octets},
        .act = act,
    };

    assert_int_equal(shim_apart(try_in_thread, &trial), MM_OK);
    return trial;
}

static void talk_a_while(struct trial *trial, struct talk *talk)
{
    trial->talked = talk_round_trips(talk, 200);
}

static void talk_to_the_end(struct trial *trial, struct talk *talk)
{
    do {
        trial->talked = talk_round_trips(talk, 100);
    } while (trial->talked == MM_OK);
}

static bool is_here(size_t place)
{
    return kinds[place]->why_not == NULL;
}

/* Who spins on one CPU would wait for its partner to be put off it. */
static enum talk_placement placement_of(size_t place)
{
    return first_policy(kinds[place]) == CHANNEL_SPIN ? TALK_CROSS : TALK_SAME;
}

static bool talks_here(size_t place)
{
    return is_here(place) &&
           (placement_of(place) == TALK_SAME || mm_process_cpu_count() > 1);
}

static void every_kind_of_this_system_talks(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct trial trial;

        if (!talks_here(i)) {
            continue;
        }
        trial = try_kind(i, placement_of(i), 1, talk_a_while);
        assert_string_equal(trial.reason.text, "");
        assert_int_equal(trial.opened, MM_OK);
        assert_int_equal(trial.talked, MM_OK);
    }
}

struct room {
    _Alignas(CHANNEL_LINE) unsigned char octets[CHANNEL_MEMORY];
};

/* As the rows of a comparison have them. */
static void kinds_live_side_by_side(void **state)
{
    static struct room rooms[CHANNEL_COUNT];
    struct channel channels[CHANNEL_COUNT] = {0};

    (void)state;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        channels[i].kind = kinds[i];
        channels[i].memory = rooms[i].octets;
        assert_true(!is_here(i) || kinds[i]->make(&channels[i]) == MM_OK);
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (is_here(i) && !kinds[i]->carries) {
            assert_int_equal(kinds[i]->wake(&channels[i], 0, NULL, 0), MM_OK);
            assert_int_equal(kinds[i]->wait(&channels[i], NULL, 0), MM_OK);
        }
    }
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        if (is_here(i)) {
            kinds[i]->close(&channels[i]);
        }
    }
}

static void messages_of_any_size_arrive(void **state)
{
    static const size_t sizes[] = {1, 7, 64, 4096, TALK_OCTETS_MAX};

    (void)state;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        for (size_t k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
            if (is_here(i) && kinds[i]->carries) {
                struct trial trial =
                    try_kind(i, TALK_SAME, sizes[k], talk_a_while);

                assert_int_equal(trial.opened, MM_OK);
                assert_int_equal(trial.talked, MM_OK);
            }
        }
    }
}

static void a_partner_that_dies_ends_the_talk(void **state)
{
    (void)state;
    for (size_t i = 0; i < CHANNEL_COUNT; i++) {
        struct trial trial;

        if (!talks_here(i)) {
            continue;
        }
        trial = try_kind(MORTAL + i, placement_of(i), 1, talk_to_the_end);
        assert_int_equal(trial.opened, MM_OK);
        assert_int_equal(trial.talked, MM_CLOSED);
    }
}

static void a_partner_that_never_comes_is_no_hang(void **state)
{
    struct trial trial = try_kind(DIES_AT_ONCE, TALK_SAME, 1, talk_a_while);

    (void)state;
    assert_int_equal(trial.opened, MM_CLOSED);
    assert_non_null(strstr(trial.reason.text, "hear from the partner"));
}

/* It is told so in other words than one who listens. */
static void words_to_a_partner_that_left_are_closed(void **state)
{
    static struct room room;
    struct channel here = {.kind = &channel_named_pipe, .memory = room.octets};
    struct channel there = {
        .kind = &channel_named_pipe, .me = 1, .memory = room.octets};
    char heard;

    (void)state;
    if (here.kind->why_not != NULL) {
        SKIP_TEST(here.kind->why_not);
    }
    assert_int_equal(here.kind->make(&here), MM_OK);
    assert_int_equal(there.kind->join(&there), MM_OK);
    assert_int_equal(there.kind->wake(&there, 0, "a", 1), MM_OK);
    assert_int_equal(here.kind->wait(&here, &heard, 1), MM_OK);
    there.kind->close(&there);
    assert_int_equal(here.kind->wake(&here, 1, "b", 1), MM_CLOSED);
    assert_int_equal(here.kind->wait(&here, &heard, 1), MM_CLOSED);
    here.kind->close(&here);
}

#ifdef SIGPIPE
/* A server of rows ignores it, so that it can clean up when its client has
 * gone. */
static void talks_leave_SIGPIPE_as_it_was(void **state)
{
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    try_kind(CHANNEL_AT_pipe, TALK_SAME, 1, talk_a_while);
    assert_true(signal(SIGPIPE, SIG_DFL) == SIG_IGN);
    try_kind(CHANNEL_AT_pipe, TALK_SAME, 1, talk_a_while);
    assert_true(signal(SIGPIPE, SIG_DFL) == SIG_DFL);
}
#endif

/* ---- rows ---------------------------------------------------------------- */

static int64_t count_down(void *engine, int64_t want)
{
    int64_t *left = engine;
    int64_t batch = want < *left ? want : *left;

    *left -= batch;
    return batch;
}

/* Round trips of a row's sample. */
enum { SAMPLED = 5000 };

static size_t row_place;
static enum talk_placement row_placement;

static void measure(void *context)
{
    const struct talk_options options = {
        .kind = kinds[row_place],
        .place = row_place,
        .policy = first_policy(kinds[row_place]),
        .placement = row_placement,
        .octets = 1,
    };

    ipc_ping_pong(context, &options);
}

static void measure_apart(struct bench_run *run, void *state)
{
    (void)state;
    assert_int_equal(shim_apart(measure, run), MM_OK);
}

static void sample_row(size_t place, enum talk_placement placement,
                       struct measured *measured)
{
    static const struct bench_table table = {
        .subject = "ipc", .latency = "round trip", .body = measure_apart};
    int64_t iterations = SAMPLED;
    struct bench_run run = {.next = count_down, .engine = &iterations};

    memset(measured, 0, sizeof(*measured));
    measured->row.table = &table;
    row_place = place;
    row_placement = placement;
    run.sample = measured_add(measured);
    assert_non_null(run.sample);
    run_body(measured, &run, 0);
}

static void a_process_that_talks_to_itself_is_void(void **state)
{
    struct measured measured;

    (void)state;
    if (mm_process_cpu_count() < 2) {
        SKIP_TEST("spinning takes a CPU a side, and this thread may use one");
    }
    sample_row(TALKS_TO_ITSELF, TALK_CROSS, &measured);
    assert_int_equal(measured.samples[0].state, BENCH_VOID);
    assert_non_null(
        strstr(measured.samples[0].reason.text, "not the partner's"));
    measured_free(&measured);
}

static size_t first_here(void)
{
    size_t place = 0;

    while (!is_here(place) || first_policy(kinds[place]) != CHANNEL_PARK) {
        place++;
    }
    return place;
}

static void a_row_has_the_price_of_both_sides(void **state)
{
    const struct sample *sample;
    struct measured measured;

    (void)state;
    sample_row(first_here(), TALK_SAME, &measured);
    sample = &measured.samples[0];
    assert_int_equal(sample->state, BENCH_OK);
    assert_true(sample->counted[BENCH_PARTNER_USER]);
    assert_true(sample->counted[BENCH_PARTNER_SYSTEM]);
    if (sample->counted[BENCH_PARTNER_VOLUNTARY]) {
        /* On one CPU it must leave it before its answer is read, parked or
         * put off; the accounts may begin and end within a round trip. */
        assert_true(sample->counters[BENCH_PARTNER_VOLUNTARY] +
                        sample->counters[BENCH_PARTNER_INVOLUNTARY] >=
                    SAMPLED - 2);
    }
    assert_true(sample->counted[BENCH_BATCH]);
    assert_non_null(sample->latencies);
    measured_free(&measured);
}

static void a_row_whose_partner_dies_is_an_error(void **state)
{
    struct measured measured;

    (void)state;
    sample_row(DIES_AT_ONCE, TALK_SAME, &measured);
    assert_int_equal(measured.samples[0].state, BENCH_ERROR);
    measured_free(&measured);
}

static const struct talk_kinds all_kinds = {kinds, KINDS};

static const struct partner_role roles[PARTNER_PARTS] = {
    [PARTNER_TALKS] = {talk_play, &all_kinds},
};

int main(int count, char **arguments)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_of_this_system_talks),
        cmocka_unit_test(kinds_live_side_by_side),
        cmocka_unit_test(messages_of_any_size_arrive),
        cmocka_unit_test(a_partner_that_dies_ends_the_talk),
        cmocka_unit_test(a_partner_that_never_comes_is_no_hang),
        cmocka_unit_test(words_to_a_partner_that_left_are_closed),
#ifdef SIGPIPE
        cmocka_unit_test(talks_leave_SIGPIPE_as_it_was),
#endif
        cmocka_unit_test(a_process_that_talks_to_itself_is_void),
        cmocka_unit_test(a_row_has_the_price_of_both_sides),
        cmocka_unit_test(a_row_whose_partner_dies_is_an_error),
    };

    list_kinds();
    if (partner_is_meant(count, arguments)) {
        return partner_main(count, arguments, roles);
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
