/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "glob.h"
#include "session.h"
#include "wire.h"

/* A subject that gives one answer, and another one where it is told to. */
struct fake {
    struct conform_outcome outcome;
    const char *body;
    bool by_octets;  /* differs when fed octet by octet */
    size_t at_split; /* differs when split here; 0 is never */
    bool as_sent;    /* differs when the segments are those of the case */
    struct conform_outcome other_outcome;
    const char *other_body;
    bool broken;
    size_t runs;
    size_t segments;
};

static bool differs(const struct fake *fake, const struct conform_feed *feed)
{
    if (feed->step == 1) {
        return fake->by_octets;
    }
    if (feed->cut_count == 1) {
        return feed->cuts[0] == fake->at_split;
    }
    return feed->cut_count > 1 && fake->as_sent;
}

static enum exit_code fake_run(void *session, const struct conform_feed *feed,
                               struct conform_answer *answer)
{
    struct fake *fake = session;
    bool other = differs(fake, feed);
    const char *body = other ? fake->other_body : fake->body;

    fake->runs++;
    for (size_t at = 0; at < feed->size; at = conform_feed_end(feed, at)) {
        fake->segments++;
    }
    answer->outcome = other ? fake->other_outcome : fake->outcome;
    if (body != NULL) {
        conform_answer_body(answer, body, strlen(body));
    }
    if (fake->broken) {
        snprintf(answer->detail, sizeof(answer->detail), "no connection");
    }
    return fake->broken ? EXIT_INTERNAL : EXIT_OK;
}

static void fake_version(char *text_out, size_t size)
{
    snprintf(text_out, size, "1");
}

static const struct conform_subject fake_subject = {
    .name = "fake",
    .roles = CONFORM_ROLE_PARSER,
    .version = fake_version,
    .run = fake_run,
};

static struct fake shared;

static enum exit_code server_start(void **session_out,
                                   struct conform_problem *problem)
{
    (void)problem;
    *session_out = &shared;
    return EXIT_OK;
}

static const struct conform_subject server_subject = {
    .name = "server",
    .roles = CONFORM_ROLE_SERVER,
    .version = fake_version,
    .start = server_start,
    .run = fake_run,
};

static enum exit_code refuse_start(void **session_out,
                                   struct conform_problem *problem)
{
    (void)session_out;
    return conform_problem_set(problem, EXIT_INTERNAL, "does not start");
}

static const struct conform_subject sick_subject = {
    .name = "sick",
    .roles = CONFORM_ROLE_PARSER,
    .version = fake_version,
    .start = refuse_start,
    .run = fake_run,
};

const struct conform_subject *const conform_subjects[] = {&server_subject,
                                                          &sick_subject, NULL};
const char *const conform_subjects_left_out[] = {"absent", NULL};

static void make_case(struct conform_case *item, const char *send,
                      char *rule2616, char *rule9112)
{
    struct conform_problem problem;

    *item = (struct conform_case){.id = "x", .roles = CONFORM_ROLE_PARSER};
    assert_int_equal(conform_wire_expand(send, &item->wire, &problem), EXIT_OK);
    item->send_ends[item->send_count++] = item->wire.size;
    assert_int_equal(conform_wire_expand("hello", &item->bodies[0], &problem),
                     EXIT_OK);
    item->body_count = 1;
    assert_int_equal(
        conform_ruling_parse(rule2616, &item->rulings[0], &problem), EXIT_OK);
    assert_int_equal(
        conform_ruling_parse(rule9112, &item->rulings[1], &problem), EXIT_OK);
}

static struct conform_outcome read_outcome(const char *text)
{
    const char *kept = strstr(text, " kept");
    size_t size = kept == NULL ? strlen(text) : (size_t)(kept - text);
    struct conform_outcome outcome;
    struct conform_problem problem;

    assert_int_equal(conform_outcome_parse(text, size, &outcome, &problem),
                     EXIT_OK);
    if (kept != NULL) {
        outcome.fate = CONFORM_FATE_KEEP;
    }
    return outcome;
}

struct grade {
    const char *rule;
    const char *reported; /* " !close" is closed, " kept" is kept */
    const char *body;
    enum conform_verdict verdict;
};

#define PASS CONFORM_VERDICT_PASS
#define SOFT CONFORM_VERDICT_NON_STRICT
#define FAIL CONFORM_VERDICT_FAIL
#define INFO CONFORM_VERDICT_INFO

static const struct grade grades[] = {
    {"cl:5@53 | MUST | 1", "cl:5@53", "hello", PASS},
    {"none@3 / reject:400 | MUST | 1", "reject:400", "", PASS},
    /* A complete outcome outside the set is a framing bug at every level. */
    {"cl:5@53 | MUST | 1", "cl:5@54", "hello", FAIL},
    {"cl:5@53 | MUST | 1", "chunked:5@53", "hello", FAIL},
    {"cl:5@53 | SHOULD | 1", "none@48", "", FAIL},
    {"reject:400 | MAY | 1", "cl:5@53", "hello", FAIL},
    {"reject:400 | GRAMMAR | 1", "chunked:5@53", "hello", FAIL},
    {"error | OUGHT | 1", "close:5@53", "hello", FAIL},
    {"incomplete | MAY | 1", "none@10", "", FAIL},
    /* Any other deviation is as bad as the level says. */
    {"cl:5@53 | MUST | 1", "error", "", FAIL},
    {"cl:5@53 | MUST | 1", "wait", "", FAIL},
    {"cl:5@53 | SHOULD | 1", "error", "", SOFT},
    {"cl:5@53 | OUGHT | 1", "incomplete", "", SOFT},
    {"cl:5@53 | MAY | 1", "wait", "", SOFT},
    {"reject:400 | GRAMMAR | 1", "wait", "", SOFT},
    {"reject:400 | MUST | 1", "reject:404", "", FAIL},
    {"reject:400 | SHOULD | 1", "reject:404", "", SOFT},
    /* The connection is a fact of its own. */
    {"cl:5@53 !close | MUST | 1", "cl:5@53 kept", "hello", FAIL},
    {"cl:5@53 !close | SHOULD | 1", "cl:5@53 kept", "hello", SOFT},
    {"cl:5@53 !close | MUST | 1", "cl:5@53 !close", "hello", PASS},
    {"cl:5@53 !close | MUST | 1", "cl:5@53", "hello", PASS},
    {"cl:5@53 | MUST | 1", "cl:5@53 kept", "hello", PASS},
    {"cl:5@53 !close / cl:5@53 | MUST | 1", "cl:5@53 kept", "hello", PASS},
    {"reject:400 !close | MUST | 1", "reject:400 kept", "", FAIL},
    /* A parser names no status code, and waits where a message is cut off. */
    {"reject:400 / reject:501 | MUST | 1", "error", "", PASS},
    {"incomplete | MUST | 1", "wait", "", PASS},
    {"wait | MUST | 1", "incomplete", "", FAIL},
    {"error | MUST | 1", "reject:400", "", FAIL},
    /* The octets are a fact of their own, but may be unseen. */
    {"cl:5@53 | MUST | 1", "cl:5@53", "HELLO", FAIL},
    {"cl:5@53 | MAY | 1", "cl:5@53", "HELLO", FAIL},
    {"cl:5@53 | MUST | 1", "cl:5@53", "", PASS},
    /* Nothing is held against anyone where nobody says anything. */
    {"cl:5@53 | INFO | 1", "cl:5@53", "hello", INFO},
    {"cl:5@53 | INFO | 1", "none@48", "", INFO},
    {"~ cl:5@53 | MUST | 1", "error", "", INFO},
};

static void every_difference_has_its_grade(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(grades) / sizeof(grades[0]); i++) {
        struct conform_case item;
        struct conform_answer answer = {.body_room = 16};
        const char *reason = NULL;
        enum conform_verdict verdict;
        char rule[128];
        char same[128];
        char body[16];

        snprintf(rule, sizeof(rule), "%s", grades[i].rule);
        snprintf(same, sizeof(same), "%s", grades[i].rule);
        make_case(&item, "{P}", rule, same);
        answer.outcome = read_outcome(grades[i].reported);
        answer.body = body;
        conform_answer_body(&answer, grades[i].body, strlen(grades[i].body));
        verdict = conform_grade(&item, CONFORM_EPOCH_RFC9112, &answer, &reason);
        if (verdict != grades[i].verdict) {
            fail_msg("%s for %s is %s", grades[i].reported, grades[i].rule,
                     conform_verdict_name(verdict));
        }
        assert_int_equal(conform_verdict_deviates(verdict), reason[0] != '\0');
        conform_case_free(&item);
    }
}

static void run_ways(const struct conform_subject *subject, struct fake *fake,
                     const struct conform_case *item,
                     struct conform_result *result)
{
    struct conform_problem problem;
    struct conform_ways ways;

    assert_int_equal(conform_ways_choose(item, true, &ways, &problem), EXIT_OK);
    assert_int_equal(
        conform_runner_run(subject, fake, item, &ways, result, &problem),
        EXIT_OK);
    conform_ways_free(&ways);
}

static void run_fake(struct fake *fake, const char *send,
                     struct conform_result *result)
{
    char old[] = "cl:5@53 | MUST | 4.4(3)";
    char new[] = "cl:5@53 | INFO | 6.3(6)";
    struct conform_case item;

    make_case(&item, send, old, new);
    run_ways(&fake_subject, fake, &item, result);
    conform_case_free(&item);
}

static struct fake steady(void)
{
    struct fake fake = {.outcome = read_outcome("cl:5@53 kept"),
                        .body = "hello"};

    fake.other_outcome = fake.outcome;
    fake.other_body = fake.body;
    return fake;
}

static void every_split_is_tried_and_every_octet_alone(void **state)
{
    struct fake fake = steady();
    struct conform_result result;

    (void)state;
    run_fake(&fake, "{100*x}", &result);
    assert_true(result.ran);
    assert_int_equal(result.splits, 99);
    assert_int_equal(fake.runs, 1 + 1 + 99);
    assert_int_equal(fake.segments, 1 + 100 + 2 * 99);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC2616],
                     CONFORM_VERDICT_PASS);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC9112],
                     CONFORM_VERDICT_INFO);
    assert_string_equal(result.detail, "");
}

static void all_splits_are_tried_up_to_four_kibibytes(void **state)
{
    struct fake fake = steady();
    struct conform_result result;

    (void)state;
    run_fake(&fake, "{4096*x}", &result);
    assert_int_equal(result.splits, 4095);
}

static void beyond_that_splits_are_near_delimiters_or_seeded(void **state)
{
    struct fake fake = steady();
    struct fake again = steady();
    struct conform_result result;
    struct conform_result same;

    (void)state;
    run_fake(&fake, "{5000*x}", &result);
    assert_in_range(result.splits, CONFORM_SPLIT_SEEDED / 2,
                    CONFORM_SPLIT_SEEDED);
    run_fake(&again, "{5000*x}", &same);
    assert_int_equal(result.splits, same.splits);
    fake = steady();
    run_fake(&fake, "{2500*x}\\n{2500*x}", &result);
    assert_in_range(result.splits, 2 * CONFORM_SPLIT_NEAR + 1,
                    2 * CONFORM_SPLIT_NEAR + 1 + CONFORM_SPLIT_SEEDED);
    for (size_t at = 2500 - CONFORM_SPLIT_NEAR; at <= 2500 + CONFORM_SPLIT_NEAR;
         at++) {
        fake = steady();
        fake.at_split = at;
        fake.other_outcome = read_outcome("error");
        run_fake(&fake, "{2500*x}\\n{2500*x}", &result);
        assert_int_equal(result.verdicts[0], CONFORM_VERDICT_FLAKY);
    }
}

static void the_octets_of_all_splits_are_bounded(void **state)
{
    struct fake fake = steady();
    struct conform_result result;

    (void)state;
    run_fake(&fake, "{1000000*\\n}", &result);
    assert_int_equal(fake.segments, 1 + 1000000 / 16 + 2 * CONFORM_SPLIT_LEAST);
}

static void check_flaky(struct fake *fake, const char *message)
{
    struct conform_result result;

    run_fake(fake, "{100*x}", &result);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC2616],
                     CONFORM_VERDICT_FLAKY);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC9112],
                     CONFORM_VERDICT_FLAKY);
    if (strcmp(result.detail, message) != 0) {
        fail_msg("detail is \"%s\"", result.detail);
    }
}

static void another_outcome_at_one_split_is_flaky(void **state)
{
    struct fake fake = steady();

    (void)state;
    fake.at_split = 37;
    fake.other_outcome = read_outcome("wait");
    check_flaky(&fake, "1 of 100 segmentations disagree: whole cl:5@53, kept; "
                       "split at 37 wait");
}

static void another_end_octet_by_octet_is_flaky(void **state)
{
    struct fake fake = steady();

    (void)state;
    fake.by_octets = true;
    fake.other_outcome = read_outcome("cl:5@54 kept");
    check_flaky(&fake, "1 of 100 segmentations disagree: whole cl:5@53, kept; "
                       "octet by octet cl:5@54, kept");
}

static void another_body_at_one_split_is_flaky(void **state)
{
    struct fake fake = steady();

    (void)state;
    fake.at_split = 1;
    fake.other_body = "hellO";
    check_flaky(&fake, "1 of 100 segmentations disagree: whole cl:5@53, kept; "
                       "split at 1 cl:5@53, kept with other octets");
}

static void another_connection_at_one_split_is_flaky(void **state)
{
    struct fake fake = steady();

    (void)state;
    fake.at_split = 99;
    fake.other_outcome = read_outcome("cl:5@53 !close");
    check_flaky(&fake, "1 of 100 segmentations disagree: whole cl:5@53, kept; "
                       "split at 99 cl:5@53, closed");
}

static void the_segments_of_the_case_are_tried_too(void **state)
{
    char old[] = "cl:5@53 | MUST | 4.4(3)";
    char new[] = "cl:5@53 | MUST | 6.3(6)";
    struct fake fake = steady();
    struct conform_result result;
    struct conform_case item;

    (void)state;
    fake.as_sent = true;
    fake.other_outcome = read_outcome("error");
    make_case(&item, "{9*x}", old, new);
    item.send_ends[0] = 3;
    item.send_ends[1] = 6;
    item.send_ends[2] = 9;
    item.send_count = 3;
    run_ways(&fake_subject, &fake, &item, &result);
    assert_int_equal(result.verdicts[0], CONFORM_VERDICT_FLAKY);
    assert_non_null(strstr(result.detail, "in the segments of the case error"));
    assert_int_equal(fake.segments, 1 + 9 + 3 + 2 * 8);
    conform_case_free(&item);
}

static void a_broken_adapter_says_nothing_about_the_subject(void **state)
{
    struct fake fake = steady();
    struct conform_result result;

    (void)state;
    fake.broken = true;
    run_fake(&fake, "{100*x}", &result);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC2616],
                     CONFORM_VERDICT_ERROR);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC9112],
                     CONFORM_VERDICT_ERROR);
    assert_string_equal(result.detail, "adapter: no connection");
}

static void octets_beyond_the_wire_are_counted_and_not_kept(void **state)
{
    struct fake fake = steady();
    struct conform_result result;

    (void)state;
    fake.body = fake.other_body = "hello";
    run_fake(&fake, "abc", &result);
    assert_int_equal(result.verdicts[0], CONFORM_VERDICT_FAIL);
    assert_non_null(strstr(result.detail, "not the octets that were sent"));
}

static void a_pattern_matches_whole_names(void **state)
{
    (void)state;
    assert_true(conform_glob_match("req-cl", "req-cl"));
    assert_true(conform_glob_match("*", ""));
    assert_true(conform_glob_match("r*-?l", "req-cl"));
    assert_true(conform_glob_match("*cl*", "req-cl-plus"));
    assert_true(conform_glob_match("**a*b", "xaxxb"));
    assert_false(conform_glob_match("req", "req-cl"));
    assert_false(conform_glob_match("?", ""));
    assert_false(conform_glob_match("*x", "req-cl"));
    assert_false(conform_glob_match("", "r"));
}

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

static void cases_are_chosen_by_id_or_by_class_and_id(void **state)
{
    static const struct {
        const char *glob;
        enum exit_code status;
    } rows[] = {
        {NULL, EXIT_OK},     {"req-x", EXIT_OK},    {"*", EXIT_OK},
        {"c/*", EXIT_OK},    {"?/req-?", EXIT_OK},  {"c", EXIT_USAGE},
        {"d/*", EXIT_USAGE}, {"res-*", EXIT_USAGE},
    };
    struct conform_corpus corpus = {0};

    (void)state;
    load_one(&corpus);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct conform_session session = {0};
        struct conform_problem problem;

        assert_int_equal(conform_session_choose_cases(&session, &corpus,
                                                      rows[i].glob, SIZE_MAX,
                                                      &problem),
                         rows[i].status);
        conform_session_free(&session);
    }
    conform_corpus_free(&corpus);
}

static void a_subject_runs_only_cases_of_its_roles(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_session session = {0};
    struct conform_problem problem;
    struct conform_counts counts;

    (void)state;
    load_one(&corpus);
    shared = steady();
    assert_int_equal(conform_session_choose_cases(&session, &corpus, NULL,
                                                  SIZE_MAX, &problem),
                     EXIT_OK);
    assert_int_equal(
        conform_session_choose_subjects(&session, "server", &problem), EXIT_OK);
    assert_int_equal(conform_session_run(&session, &problem), EXIT_OK);
    assert_false(conform_session_result(&session, 0, 0)->ran);
    assert_int_equal(shared.runs, 0);
    counts = conform_session_count(&session, 0, CONFORM_EPOCH_RFC9112, NULL);
    assert_int_equal(counts.by_verdict[CONFORM_VERDICT_PASS], 0);
    conform_session_free(&session);
    conform_corpus_free(&corpus);
}

static void what_a_subject_does_by_another_rfc_is_recorded(void **state)
{
    const struct conform_subject old = {
        .roles = CONFORM_ROLE_PARSER,
        .follows = 1u << CONFORM_EPOCH_RFC2616,
        .run = fake_run,
    };
    struct fake fake = steady();
    char rule_2616[] = "cl:5@53 | MUST | 1";
    char rule_9112[] = "reject:400 | MUST | 1";
    struct conform_result result;
    struct conform_case item;

    (void)state;
    make_case(&item, "{P}", rule_2616, rule_9112);
    run_ways(&old, &fake, &item, &result);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC2616],
                     CONFORM_VERDICT_PASS);
    assert_int_equal(result.verdicts[CONFORM_EPOCH_RFC9112],
                     CONFORM_VERDICT_INFO);
    assert_string_equal(result.detail, "");
    conform_case_free(&item);
}

static void a_subject_that_does_not_start_is_named(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_session session = {0};
    struct conform_problem problem;

    (void)state;
    load_one(&corpus);
    assert_int_equal(conform_session_choose_cases(&session, &corpus, NULL,
                                                  SIZE_MAX, &problem),
                     EXIT_OK);
    assert_int_equal(
        conform_session_choose_subjects(&session, "sick", &problem), EXIT_OK);
    assert_int_equal(conform_session_run(&session, &problem), EXIT_INTERNAL);
    assert_string_equal(problem.text, "sick: does not start");
    conform_session_free(&session);
    conform_corpus_free(&corpus);
}

static void an_absent_subject_differs_from_an_unknown_one(void **state)
{
    struct conform_session session = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(
        conform_session_choose_subjects(&session, "absent", &problem),
        EXIT_NOTHING_RAN);
    conform_session_free(&session);
    assert_int_equal(
        conform_session_choose_subjects(&session, "nobody", &problem),
        EXIT_USAGE);
    assert_non_null(strstr(problem.text, "this build has: server sick"));
    conform_session_free(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_difference_has_its_grade),
        cmocka_unit_test(every_split_is_tried_and_every_octet_alone),
        cmocka_unit_test(all_splits_are_tried_up_to_four_kibibytes),
        cmocka_unit_test(beyond_that_splits_are_near_delimiters_or_seeded),
        cmocka_unit_test(the_octets_of_all_splits_are_bounded),
        cmocka_unit_test(another_outcome_at_one_split_is_flaky),
        cmocka_unit_test(another_end_octet_by_octet_is_flaky),
        cmocka_unit_test(another_body_at_one_split_is_flaky),
        cmocka_unit_test(another_connection_at_one_split_is_flaky),
        cmocka_unit_test(the_segments_of_the_case_are_tried_too),
        cmocka_unit_test(a_broken_adapter_says_nothing_about_the_subject),
        cmocka_unit_test(octets_beyond_the_wire_are_counted_and_not_kept),
        cmocka_unit_test(a_pattern_matches_whole_names),
        cmocka_unit_test(cases_are_chosen_by_id_or_by_class_and_id),
        cmocka_unit_test(a_subject_runs_only_cases_of_its_roles),
        cmocka_unit_test(what_a_subject_does_by_another_rfc_is_recorded),
        cmocka_unit_test(a_subject_that_does_not_start_is_named),
        cmocka_unit_test(an_absent_subject_differs_from_an_unknown_one),
    };

    return cmocka_run_group_tests_name("runner", tests, NULL, NULL);
}
