/* SPDX-License-Identifier: MIT */
/* The pipe to a helper: this program is the helper too, and does what the
 * octets of the case say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <signal.h>
#include <unistd.h>

#include <cmocka.h>

#include "subjects/piped.h"

enum { FRAME_MAX = 4096, SOON_MS = 1500 };

/* The helper's side. */

static size_t read_frame(char frame_out[FRAME_MAX])
{
    unsigned char head[4];
    size_t size;

    if (fread(head, 1, sizeof(head), stdin) != sizeof(head)) {
        exit(0);
    }
    size = (size_t)head[0] | (size_t)head[1] << 8;
    return size <= FRAME_MAX ? fread(frame_out, 1, size, stdin) : 0;
}

static void write_frame(const char *octets, size_t size)
{
    const char head[] = {(char)(size & 255), (char)(size >> 8 & 255), 0, 0};

    fwrite(head, 1, sizeof(head), stdout);
    fwrite(octets, 1, size, stdout);
    fflush(stdout);
}

static void write_text(const char *text)
{
    write_frame(text, strlen(text));
}

static void answer_rightly(const char *frame, size_t size)
{
    char text[64];
    char answer[128];
    int used;

    /* The direction, and the size of the whole question. */
    snprintf(text, sizeof(text), "cl:%d@%zu", frame[0], size);
    used = snprintf(answer, sizeof(answer), "ak%c%s%c%c%c%chello%cwords",
                    (int)strlen(text), text, 5, 0, 0, 0, 5);
    answer[used++] = '=';
    write_frame(answer, (size_t)used);
}

static void answer(const char *frame, size_t size)
{
    const char *octets = frame + 3 + frame[2] + 4;

    if (strncmp(octets, "hang", 4) == 0) {
        pause();
    } else if (strncmp(octets, "exit", 4) == 0) {
        fputs("first words\nlast words\n\n", stderr);
        exit(3);
    } else if (strncmp(octets, "kill", 4) == 0) {
        raise(SIGKILL);
    } else if (strncmp(octets, "huge", 4) == 0) {
        fputs("\377\377\377\377", stdout);
        fflush(stdout);
    } else if (strncmp(octets, "sick", 4) == 0) {
        write_text("!\4sick");
    } else if (strncmp(octets, "text", 4) == 0) {
        write_text(octets + 4);
    } else if (strncmp(octets, "none", 4) == 0) {
        write_text("");
    } else {
        answer_rightly(frame, size);
    }
}

static _Noreturn void be_helper(const char *way)
{
    static char frame[FRAME_MAX + 1];

    if (strstr(way, "mute") != NULL) {
        pause();
    }
    write_text("1.2.3");
    for (;;) {
        size_t size = read_frame(frame);

        frame[size] = '\0';
        answer(frame, size);
    }
}

/* The other side. */

static struct piped_kind kind_of(const char *way)
{
    return (struct piped_kind){
        .interpreter = "/proc/self/exe",
        .option = "--helper",
        .file = way,
        .deadline_ms = 60 * 1000,
    };
}

struct reading {
    struct piped_kind kind;
    void *session;
    char body[16];
    struct conform_answer answer;
};

static void begin(struct reading *reading)
{
    struct conform_problem problem;

    *reading = (struct reading){.kind = kind_of("plain")};
    if (piped_start(&reading->kind, &reading->session, &problem) != EXIT_OK) {
        fail_msg("%s", problem.text);
    }
}

static enum exit_code ask(struct reading *reading, const char *octets)
{
    const struct conform_feed feed = {.octets = octets, .size = strlen(octets)};

    reading->answer = (struct conform_answer){
        .body = reading->body, .body_room = sizeof(reading->body)};
    return piped_run(reading->session, &feed, &reading->answer);
}

static void check_broken(const char *octets, const char *detail)
{
    struct reading reading;

    begin(&reading);
    assert_int_equal(ask(&reading, octets), EXIT_INTERNAL);
    if (strcmp(reading.answer.detail, detail) != 0) {
        fail_msg("detail is \"%s\"", reading.answer.detail);
    }
    /* Another helper takes its place. */
    assert_int_equal(ask(&reading, "fine"), EXIT_OK);
    piped_stop(reading.session);
}

static void an_answer_is_read_whole(void **state)
{
    struct reading reading;

    (void)state;
    begin(&reading);
    assert_string_equal(reading.kind.version, "1.2.3");
    assert_int_equal(ask(&reading, "fine"), EXIT_OK);
    assert_int_equal(reading.answer.outcome.kind, CONFORM_OUTCOME_CL);
    assert_int_equal(reading.answer.outcome.octets, 0);
    assert_int_equal(reading.answer.outcome.end, 3 + 4 + 4 + 8);
    assert_int_equal(reading.answer.outcome.fate, CONFORM_FATE_KEEP);
    assert_int_equal(reading.answer.body_size, 5);
    assert_memory_equal(reading.body, "hello", 5);
    assert_string_equal(reading.answer.detail, "words");
    piped_stop(reading.session);
}

static void what_was_prepared_is_one_question(void **state)
{
    static const size_t cuts[] = {2, 4};
    const struct conform_feed feeds[] = {
        {.direction = CONFORM_DIRECTION_RESPONSE,
         .answers = "GET",
         .octets = "fine",
         .size = 4},
        {.direction = CONFORM_DIRECTION_RESPONSE,
         .answers = "GET",
         .octets = "fine",
         .size = 4,
         .cuts = cuts,
         .cut_count = 2},
    };
    struct reading reading;

    (void)state;
    begin(&reading);
    piped_prepare(reading.session, feeds, 2);
    for (int i = 0; i < 2; i++) {
        struct conform_answer *answer = &reading.answer;

        *answer = (struct conform_answer){.body = reading.body,
                                          .body_room = sizeof(reading.body)};
        assert_int_equal(piped_run(reading.session, &feeds[i], answer),
                         EXIT_OK);
        assert_int_equal(answer->outcome.octets, 1);
        /* A cut at the end is none. */
        assert_int_equal(answer->outcome.end, 3 + 3 + 4 + 4 + 8 + 8 + 4);
        assert_int_equal(answer->body_size, 5);
    }
    piped_stop(reading.session);
}

static void a_helper_that_ends_is_an_error_with_its_last_words(void **state)
{
    (void)state;
    check_broken("exit", "the helper ended with code 3: last words");
}

static void a_helper_that_is_killed_is_an_error(void **state)
{
    (void)state;
    check_broken("kill", "the helper was ended by signal 9");
}

static void what_is_no_answer_is_an_error(void **state)
{
    static const char *const texts[] = {
        "none",         "text=",         "textx",        "texta",
        "textaz\4wait", "textak\5weird", "textak\4wait", "textak\4wait\1",
        "text!",        "text!\4ab"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        check_broken(texts[i], "the helper says what is no answer");
    }
    check_broken("huge", "the helper says what is no frame");
}

static void a_helper_that_hangs_is_an_error_at_the_deadline(void **state)
{
    static const struct conform_feed feed = {.octets = "hang", .size = 4};
    struct piped_kind kind = kind_of("plain");
    struct conform_answer answer = {0};
    struct conform_problem problem;
    void *session = NULL;

    (void)state;
    kind.deadline_ms = SOON_MS;
    assert_int_equal(piped_start(&kind, &session, &problem), EXIT_OK);
    assert_int_equal(piped_run(session, &feed, &answer), EXIT_INTERNAL);
    assert_string_equal(answer.detail,
                        "the helper gave no answer within 1500 ms");
    piped_stop(session);
}

static void a_helper_says_itself_that_it_failed(void **state)
{
    struct reading reading;

    (void)state;
    begin(&reading);
    assert_int_equal(ask(&reading, "sick"), EXIT_INTERNAL);
    assert_string_equal(reading.answer.detail, "sick");
    assert_int_equal(ask(&reading, "fine"), EXIT_OK);
    piped_stop(reading.session);
}

static void helpers_that_keep_ending_are_not_started_for_ever(void **state)
{
    struct reading reading;

    (void)state;
    begin(&reading);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(ask(&reading, "exit"), EXIT_INTERNAL);
        assert_string_equal(reading.answer.detail,
                            "the helper ended with code 3: last words");
    }
    assert_int_equal(ask(&reading, "fine"), EXIT_INTERNAL);
    piped_stop(reading.session);
}

static void a_helper_that_does_not_start_says_why(void **state)
{
    struct piped_kind none = kind_of("plain");
    struct piped_kind mute = kind_of("mute");
    struct conform_problem problem;
    char version[16];
    void *session = NULL;

    (void)state;
    none.interpreter = "/dev/null/python";
    assert_int_equal(piped_start(&none, &session, &problem), EXIT_INTERNAL);
    assert_string_equal(problem.text, "the helper ended with code 127: "
                                      "/dev/null/python: Not a directory");
    piped_version(&none, version, sizeof(version));
    assert_string_equal(version, "");
    mute.deadline_ms = SOON_MS;
    assert_int_equal(piped_start(&mute, &session, &problem), EXIT_INTERNAL);
    assert_string_equal(problem.text,
                        "the helper gave no answer within 1500 ms");
}

static void the_version_is_asked_where_nothing_ran(void **state)
{
    struct piped_kind kind = kind_of("plain");
    char version[16];

    (void)state;
    piped_version(&kind, version, sizeof(version));
    assert_string_equal(version, "1.2.3");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_is_read_whole),
        cmocka_unit_test(what_was_prepared_is_one_question),
        cmocka_unit_test(a_helper_that_ends_is_an_error_with_its_last_words),
        cmocka_unit_test(a_helper_that_is_killed_is_an_error),
        cmocka_unit_test(what_is_no_answer_is_an_error),
        cmocka_unit_test(a_helper_that_hangs_is_an_error_at_the_deadline),
        cmocka_unit_test(a_helper_says_itself_that_it_failed),
        cmocka_unit_test(helpers_that_keep_ending_are_not_started_for_ever),
        cmocka_unit_test(a_helper_that_does_not_start_says_why),
        cmocka_unit_test(the_version_is_asked_where_nothing_ran),
    };

    if (argc == 3 && strcmp(argv[1], "--helper") == 0) {
        be_helper(argv[2]);
    }
    return cmocka_run_group_tests_name("piped", tests, NULL, NULL);
}
