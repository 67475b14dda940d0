/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "session.h"

/* What the subjects were told of and asked about, in its order. */
static char calls[64];
static size_t prepared;
static const struct conform_feed *told;

static void note_call(const char *call)
{
    size_t used = strlen(calls);

    snprintf(calls + used, sizeof(calls) - used, "%s", call);
}

static void version(char *text_out, size_t size)
{
    snprintf(text_out, size, "1");
}

static void prepare(void *session, const struct conform_feed *feeds,
                    size_t count)
{
    (void)session;
    note_call("prepare ");
    prepared = count;
    told = feeds;
}

static enum exit_code run_told(void *session, const struct conform_feed *feed,
                               struct conform_answer *answer)
{
    (void)session;
    assert_ptr_equal(feed, told);
    told++;
    prepared--;
    answer->outcome.kind = CONFORM_OUTCOME_WAIT;
    return EXIT_OK;
}

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    (void)session;
    if (feed->step == 1) {
        note_call("run ");
    }
    answer->outcome.kind = CONFORM_OUTCOME_WAIT;
    return EXIT_OK;
}

static const struct conform_subject bulk = {
    .name = "bulk",
    .roles = CONFORM_ROLE_PARSER,
    .version = version,
    .prepare = prepare,
    .run = run_told,
};

static const struct conform_subject client = {
    .name = "client",
    .roles = CONFORM_ROLE_PARSER,
    .directions = 1u << CONFORM_DIRECTION_RESPONSE,
    .version = version,
    .run = run,
};

static const struct conform_subject server = {
    .name = "server",
    .roles = CONFORM_ROLE_PARSER,
    .directions = 1u << CONFORM_DIRECTION_REQUEST,
    .version = version,
    .run = run,
};

const struct conform_subject *const conform_subjects[] = {&bulk, &client,
                                                          &server, NULL};
const char *const conform_subjects_left_out[] = {NULL};

static void load_one(struct conform_corpus *corpus)
{
    static const char stanza[] =
        "id: req-x\nsince: 1\ndirection: request\nto: parser\n"
        "send: {100*x}\npeer: keep\nrfc2616: wait | MUST | 4\n"
        "rfc9112: wait | MUST | 6\nwhy: x.\n";
    struct conform_buffer text = {0};
    struct conform_problem problem;

    assert_int_equal(
        conform_buffer_add(&text, stanza, strlen(stanza), 4096, &problem),
        EXIT_OK);
    assert_int_equal(conform_corpus_add(corpus, "c", &text, &problem), EXIT_OK);
    assert_int_equal(conform_corpus_finish(corpus, &problem), EXIT_OK);
}

static size_t progress_calls;

static void progress(size_t done, size_t of)
{
    assert_int_equal(done, progress_calls++);
    assert_int_equal(of, 1);
}

/* Runs the case with one subject, or with all; which of them ran it. */
static void run_session(const char *subject, bool ran_out[3])
{
    struct conform_corpus corpus = {0};
    struct conform_session session = {.progress = progress};
    struct conform_problem problem;

    calls[0] = '\0';
    progress_calls = 0;
    load_one(&corpus);
    assert_int_equal(conform_session_choose_cases(&session, &corpus, NULL,
                                                  SIZE_MAX, &problem),
                     EXIT_OK);
    assert_int_equal(
        conform_session_choose_subjects(&session, subject, &problem), EXIT_OK);
    assert_int_equal(conform_session_run(&session, &problem), EXIT_OK);
    for (size_t i = 0; i < session.subject_count; i++) {
        ran_out[i] = conform_session_result(&session, 0, i)->ran;
    }
    conform_session_free(&session);
    conform_corpus_free(&corpus);
}

static void a_subject_runs_only_what_it_can_read(void **state)
{
    bool ran[3] = {true};

    (void)state;
    run_session("client", ran);
    assert_false(ran[0]);
    assert_string_equal(calls, "");
    run_session("server", ran);
    assert_true(ran[0]);
    assert_string_equal(calls, "run ");
}

static void a_subject_is_told_of_every_cut_and_asked_in_this_order(void **state)
{
    bool ran[3] = {false};

    (void)state;
    run_session("bulk", ran);
    assert_true(ran[0]);
    assert_string_equal(calls, "prepare ");
    assert_int_equal(prepared, 0);
}

static void others_run_while_those_who_were_told_work(void **state)
{
    bool ran[3] = {false};

    (void)state;
    run_session(NULL, ran);
    assert_true(ran[0]);
    assert_false(ran[1]);
    assert_true(ran[2]);
    assert_string_equal(calls, "prepare run ");
}

static void progress_is_told_from_the_first_case_to_the_end(void **state)
{
    bool ran[3];

    (void)state;
    run_session("server", ran);
    assert_int_equal(progress_calls, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_subject_runs_only_what_it_can_read),
        cmocka_unit_test(
            a_subject_is_told_of_every_cut_and_asked_in_this_order),
        cmocka_unit_test(others_run_while_those_who_were_told_work),
        cmocka_unit_test(progress_is_told_from_the_first_case_to_the_end),
    };

    return cmocka_run_group_tests_name("session", tests, NULL, NULL);
}
