/* SPDX-License-Identifier: MIT */
/* Requests in a file, answers in another: the protocol of SERVE.md. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "serve.h"

enum { ANSWERS_ROOM = 1 << 16 };

static struct calls {
    int share, unshare, set_up, tear_down;
    int64_t iterations;
} calls;

static enum mm_status share(const struct bench_row *row,
                            const struct bench_options *options,
                            void **shared_out, struct bench_reason *reason)
{
    (void)row;
    (void)options;
    (void)reason;
    calls.share++;
    *shared_out = &calls;
    return MM_OK;
}

static void unshare(void *shared)
{
    assert_ptr_equal(shared, &calls);
    calls.unshare++;
}

static enum mm_status set_up(const struct bench_row *row, void *shared,
                             void **state_out, struct bench_reason *reason)
{
    assert_ptr_equal(shared, &calls);
    calls.set_up++;
    *state_out = NULL;
    if (row->words[0] == 2) {
        bench_explain(reason, "no c here");
        return MM_UNSUPPORTED;
    }
    return MM_OK;
}

static void tear_down(void *state)
{
    assert_null(state);
    calls.tear_down++;
}

/* Takes 1000 ns an iteration, in batches of at most 4. */
static void body(struct bench_run *run, void *state)
{
    int64_t batch;

    (void)state;
    while ((batch = bench_next(run, 4)) > 0) {
        const struct bench_phases phases = {
            .ns = {[BENCH_PHASE_ACCESS] = 1000 * (uint64_t)batch}};

        bench_phase_times(run, &phases);
        calls.iterations += batch;
    }
    bench_count(run, BENCH_ACCESSES, (double)run->sample->iterations);
}

/* A cold row's state lasts for one iteration. */
static void sampling(const struct bench_row *row,
                     const struct bench_options *options,
                     struct bench_sampling *sampling_out)
{
    (void)options;
    sampling_out->iterations = row->words[1] == 1 ? 1 : 0;
}

static const char *const ways[] = {"a", "b", "c", NULL};
static const char *const caches[] = {"warm", "cold", NULL};
static const struct bench_words words[] = {{"way", ways}, {"cache", caches}};

static const struct bench_table table = {
    .subject = "t",
    .words = words,
    .word_count = 2,
    .flags = BENCH_TIMED_BY_HAND,
    .sampling = sampling,
    .share = share,
    .unshare = unshare,
    .set_up = set_up,
    .tear_down = tear_down,
    .body = body,
};

static char answers[ANSWERS_ROOM];

/* Ask, and keep what is answered after the greeting. */
static enum exit_code ask_of(const struct bench_table *asked,
                             double clock_cost_ns, const char *requests)
{
    const struct bench_table *const tables[] = {asked, NULL};
    const struct bench_options options = {.all = true};
    const struct plan_terms terms = {tables, &options, NULL, NULL};
    FILE *in = tmpfile(), *out = tmpfile();
    enum exit_code code;
    size_t size;
    char *end;

    memset(&calls, 0, sizeof(calls));
    assert_non_null(in);
    assert_non_null(out);
    fputs(requests, in);
    rewind(in);
    code = serve(&terms, clock_cost_ns, in, out);
    rewind(out);
    size = fread(answers, 1, sizeof(answers) - 1, out);
    answers[size] = '\0';
    fclose(in);
    fclose(out);
    assert_non_null(strstr(answers, "{\"protocol\":\"mapmark-serve/1\""));
    end = strchr(answers, '\n');
    assert_non_null(end);
    memmove(answers, end + 1, strlen(end));
    return code;
}

static enum exit_code ask(const char *requests)
{
    return ask_of(&table, 1, requests);
}

static void assert_answered(const char *text)
{
    if (strstr(answers, text) == NULL) {
        fail_msg("'%s' is not in: %s", text, answers);
    }
}

static size_t count_lines(void)
{
    size_t count = 0;

    for (const char *at = answers; *at != '\0'; at++) {
        count += *at == '\n' ? 1 : 0;
    }
    return count;
}

static void every_request_has_one_answer(void **state)
{
    (void)state;
    assert_int_equal(ask("rows\nopen t/a/warm\nslice t/a/warm 3\n"
                         "close t/a/warm\nwhat\nend\n"),
                     EXIT_OK);
    assert_int_equal(count_lines(), 6);
    assert_answered("{\"rows\":[\"t/a/warm\",\"t/b/warm\",\"t/c/warm\","
                    "\"t/a/cold\",\"t/b/cold\",\"t/c/cold\"]}\n"
                    "{\"opened\":\"t/a/warm\"}\n");
    assert_answered("{\"closed\":\"t/a/warm\"}\n");
    assert_answered("\"error\":\"'what' is no request");
    assert_answered("{\"end\":true}\n");
}

static void a_slice_is_as_long_as_asked_for(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/a/warm\nslice t/a/warm 11\n"
                         "slice t/a/warm 4\nend\n"),
                     EXIT_OK);
    assert_int_equal(calls.iterations, 11 + 4);
    assert_answered("\"iterations\":11,\"real_time\":1000,");
    assert_answered("\"iterations\":4,\"real_time\":1000,");
    assert_answered("\"accesses\":1,");
    assert_answered("\"state\":\"ok\"");
}

static void a_clock_too_dear_for_the_loop_leaves_it_unproved(void **state)
{
    struct bench_table by_engine = table;

    (void)state;
    by_engine.flags = 0;
    assert_int_equal(
        ask_of(&by_engine, 1e12, "open t/a/warm\nslice t/a/warm 1\n"), EXIT_OK);
    assert_answered("\"state\":\"unproved\",\"reason\":\"reading the clock");
}

static void a_slice_longer_than_its_state_lasts_is_unproved(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/a/cold\nslice t/a/cold 1\n"), EXIT_OK);
    assert_answered("\"state\":\"ok\"");
    assert_int_equal(ask("open t/a/cold\nslice t/a/cold 3\n"), EXIT_OK);
    assert_answered("\"iterations\":3,");
    assert_answered("\"state\":\"unproved\",\"reason\":\"the state in its name "
                    "lasts for 1 of the 3 iterations\"");
}

static void rows_of_a_comparison_share_while_any_is_open(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/a/warm\nopen t/b/warm\nclose t/a/warm\n"
                         "slice t/b/warm 1\nopen t/a/warm\nopen t/a/cold\n"),
                     EXIT_OK);
    assert_int_equal(calls.share, 2);
    assert_int_equal(calls.unshare, 2);
    assert_int_equal(calls.set_up, 4);
    assert_int_equal(calls.tear_down, 4);
    assert_int_equal(calls.iterations, 1);
}

static void a_row_can_be_opened_again(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/a/warm\nclose t/a/warm\nopen t/a/warm\n"
                         "slice t/a/warm 2\nend\n"),
                     EXIT_OK);
    assert_int_equal(calls.share, 2);
    assert_int_equal(calls.iterations, 2);
}

static void a_row_that_cannot_be_set_up_is_refused(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/c/warm\nslice t/c/warm 1\nend\n"), EXIT_OK);
    assert_answered("{\"refused\":\"t/c/warm\",\"state\":\"unsupported\","
                    "\"reason\":\"no c here\"}");
    assert_answered("\"error\":\"slice: 't/c/warm' is not open\"");
    assert_int_equal(calls.tear_down, 0);
    assert_int_equal(calls.unshare, 1);
}

static void wrong_requests_change_nothing(void **state)
{
    static const char *const wrong[] = {
        "slice t/a/warm",    "slice t/a/warm 0",
        "slice t/a/warm -1", "slice t/a/warm 1x",
        "slice t/a/warm ",   "open t/a/warm",
        "slice t/a/warm +1", "slice t/a/warm 1e3",
        "open t/d/warm",     "open ",
        "close t/b/warm",    "close ",
        "slice 1",           "",
        "slice t/b/warm 1",  "open t/a/warm now",
        "slice  1",          "slice t/a/warm 99999999999999999999",
    };
    char requests[2048];
    int size = snprintf(requests, sizeof(requests), "open t/a/warm\n");

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        size += snprintf(requests + size, sizeof(requests) - (size_t)size,
                         "%s\n", wrong[i]);
    }
    snprintf(requests + size, sizeof(requests) - (size_t)size,
             "slice t/a/warm 5\nend\n");
    assert_int_equal(ask(requests), EXIT_OK);
    assert_int_equal(count_lines(), 3 + sizeof(wrong) / sizeof(wrong[0]));
    assert_int_equal(calls.share, 1);
    assert_int_equal(calls.iterations, 5);
}

static void a_long_line_is_refused_as_a_whole(void **state)
{
    static const char rest[] = "\nopen t/a/warm\r\nend\n";
    char requests[SERVE_LINE_MAX + sizeof(rest)];

    (void)state;
    memset(requests, 'x', SERVE_LINE_MAX);
    memcpy(requests + SERVE_LINE_MAX, rest, sizeof(rest));
    assert_int_equal(ask(requests), EXIT_OK);
    assert_answered("is longer than");
    assert_answered("{\"opened\":\"t/a/warm\"}\n{\"end\":true}\n");
}

static void a_line_cut_short_was_not_asked(void **state)
{
    (void)state;
    assert_int_equal(ask("open t/a/warm\nslice t/a/warm 1"), EXIT_OK);
    assert_int_equal(count_lines(), 1);
    assert_int_equal(calls.iterations, 0);
    assert_int_equal(calls.tear_down, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_has_one_answer),
        cmocka_unit_test(a_slice_is_as_long_as_asked_for),
        cmocka_unit_test(a_clock_too_dear_for_the_loop_leaves_it_unproved),
        cmocka_unit_test(a_slice_longer_than_its_state_lasts_is_unproved),
        cmocka_unit_test(rows_of_a_comparison_share_while_any_is_open),
        cmocka_unit_test(a_row_can_be_opened_again),
        cmocka_unit_test(a_row_that_cannot_be_set_up_is_refused),
        cmocka_unit_test(wrong_requests_change_nothing),
        cmocka_unit_test(a_long_line_is_refused_as_a_whole),
        cmocka_unit_test(a_line_cut_short_was_not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
