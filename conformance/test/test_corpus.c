/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "corpus.h"
#include "lines.h"
#include "subject.h"
#include "wire.h"

const struct conform_subject *const conform_subjects[] = {NULL};
const char *const conform_subjects_left_out[] = {NULL};

#define HEAD \
    "id: a\nsince: 1\ndirection: request\nto: server parser\npeer: keep\n"
#define SEND "send: {P}Content-Length: 5\\r\\n\\r\\nhello{S}\n"
#define RULES \
    "rfc2616: cl:5@53 | MUST | 4.4(3)\nrfc9112: cl:5@53 | MUST | 6.3(6)\n"
#define TAIL "body: hello\nwhy: it is short.\n"

static enum exit_code add(struct conform_corpus *corpus, const char *class_name,
                          const char *stanzas, struct conform_problem *problem)
{
    struct conform_buffer text = {0};
    enum exit_code status = conform_buffer_add(&text, stanzas, strlen(stanzas),
                                               CONFORM_FILE_SIZE_MAX, problem);

    assert_int_equal(status, EXIT_OK);
    return conform_corpus_add(corpus, class_name, &text, problem);
}

static void expand(const char *text, const char *octets, size_t size)
{
    struct conform_buffer wire = {0};
    struct conform_problem problem;

    assert_int_equal(conform_wire_expand(text, &wire, &problem), EXIT_OK);
    assert_int_equal(wire.size, size);
    assert_memory_equal(wire.data, octets, size);
    conform_buffer_free(&wire);
}

static void refuse_wire(const char *text, const char *message)
{
    struct conform_buffer wire = {0};
    struct conform_problem problem;

    assert_int_equal(conform_wire_expand(text, &wire, &problem),
                     EXIT_ENVIRONMENT);
    if (strstr(problem.text, message) == NULL) {
        fail_msg("\"%s\" is not in \"%s\"", message, problem.text);
    }
    conform_buffer_free(&wire);
}

#define EXPANDS(text, octets) expand((text), (octets), sizeof(octets) - 1)

static void macros_stand_for_the_octets_of_the_manual(void **state)
{
    (void)state;
    EXPANDS("{P}", "POST /e HTTP/1.1\r\nHost: h\r\n");
    EXPANDS("{G}", "GET /e HTTP/1.1\r\nHost: h\r\n");
    EXPANDS("{R}", "HTTP/1.1 200 OK\r\n");
    EXPANDS("{S}", "GET /sentinel HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPANDS("{T}", "HTTP/1.1 299 Next\r\nContent-Length: 0\r\n\r\n");
    EXPANDS("{C}", "Transfer-Encoding: chunked\r\n");
    EXPANDS("{B}", "5\r\nhello\r\n0\r\n\r\n");
}

static void repeating_takes_text_and_not_macro_names(void **state)
{
    (void)state;
    EXPANDS("a{3*B}c", "aBBBc");
    EXPANDS("{2*X: y\\r\\n}", "X: y\r\nX: y\r\n");
    EXPANDS("{2*gzip, }", "gzip, gzip, ");
    EXPANDS("x{0*y}", "x");
}

static void macros_are_expanded_innermost_first_and_before_escapes(void **state)
{
    (void)state;
    EXPANDS("{2*{C}}", "Transfer-Encoding: chunked\r\n"
                       "Transfer-Encoding: chunked\r\n");
    EXPANDS("{2*{2*a}b}", "aabaab");
    EXPANDS("{1*{1*R}}", "R");
    EXPANDS("{{1*R}}", "HTTP/1.1 200 OK\r\n");
    EXPANDS("\\{1*x}41", "A");
}

static void escapes_give_one_octet_each(void **state)
{
    (void)state;
    EXPANDS("\\r\\n\\t\\\\\\\"", "\r\n\t\\\"");
    EXPANDS("5\\x000", "5\0000");
    EXPANDS("a\\0b", "a\0b");
    EXPANDS("\\xff\\xA0\\x7b\\x7d", "\xff\xa0{}");
}

static void text_that_is_no_octets_is_refused(void **state)
{
    (void)state;
    refuse_wire("{Q}", "unknown macro {Q}: allowed are {P}");
    refuse_wire("{}", "unknown macro {}");
    refuse_wire("{*x}", "unknown macro {*x}");
    refuse_wire("{-1*x}", "unknown macro");
    refuse_wire("{99999999999999999999*x}", "unknown macro");
    refuse_wire("{P", "'{' without '}'");
    refuse_wire("P}", "'}' without '{'");
    refuse_wire("\\q", "unknown escape '\\q': allowed are");
    refuse_wire("\\x4", "unknown escape");
    refuse_wire("\\xg0", "unknown escape");
    refuse_wire("a\\", "unknown escape '\\'");
    refuse_wire("{1*{1*{1*{1*{1*{1*{1*{1*{1*x}}}}}}}}}", "nested deeper");
}

static void a_wire_beyond_its_limit_is_refused(void **state)
{
    (void)state;
    refuse_wire("{4194305*x}", "at most 4194304 octets");
    refuse_wire("{4000000*{4000000*x}}", "too large");
    refuse_wire("{4194304*\\r}\\n", "at most 4194304 octets");
}

static void a_stanza_becomes_a_case(void **state)
{
    static const char text[] =
        "# a comment\n\n"
        "id: res-x\nsince: 7\ndirection: response\nto: client proxy parser\n"
        "answers: HEAD\nsend: {R}\\r\\n\nsend: hello\npeer: eof\n"
        "rfc2616: ~ close:5@24 / error !close | INFO | 4.4(5), 2.1\n"
        "# inside\n"
        "rfc9112: close:5@24 / reject:502 | SHOULD | RFC9110 15.2\n"
        "body: hello\nnext: nothing\nharm: CL.0\nflags: A B\nrefs: C\n"
        "why: of it.\n";
    struct conform_corpus corpus = {0};
    struct conform_problem problem;
    const struct conform_case *item;

    (void)state;
    assert_int_equal(add(&corpus, "close", text, &problem), EXIT_OK);
    assert_int_equal(conform_corpus_finish(&corpus, &problem), EXIT_OK);
    item = conform_corpus_find(&corpus, "res-x");
    assert_non_null(item);
    assert_string_equal(item->class_name, "close");
    assert_string_equal(item->file, "close.cases");
    assert_int_equal(item->line, 3);
    assert_int_equal(item->since, 7);
    assert_int_equal(item->direction, CONFORM_DIRECTION_RESPONSE);
    assert_int_equal(item->roles, CONFORM_ROLE_CLIENT | CONFORM_ROLE_PROXY |
                                      CONFORM_ROLE_PARSER);
    assert_string_equal(item->answers, "HEAD");
    assert_int_equal(item->wire.size, 24);
    assert_int_equal(item->send_count, 2);
    assert_int_equal(item->send_ends[0], 19);
    assert_int_equal(item->send_ends[1], 24);
    assert_true(item->peer_closes);
    assert_string_equal(item->next, "nothing");
    assert_string_equal(item->harm, "CL.0");
    assert_string_equal(item->flags, "A B");
    assert_string_equal(item->refs, "C");
    assert_string_equal(item->why, "of it.");
    conform_corpus_free(&corpus);
}

static void a_verdict_line_becomes_a_ruling(void **state)
{
    char text[] = "~ cl:5@72 !close / reject:400 / tunnel@9 | MAY | 4.2, 14.13";
    struct conform_ruling ruling;
    struct conform_problem problem;

    (void)state;
    assert_int_equal(conform_ruling_parse(text, &ruling, &problem), EXIT_OK);
    assert_true(ruling.silent);
    assert_string_equal(ruling.accepted,
                        "~ cl:5@72 !close / reject:400 / tunnel@9");
    assert_string_equal(ruling.clause, "4.2, 14.13");
    assert_int_equal(ruling.level, CONFORM_LEVEL_MAY);
    assert_int_equal(ruling.count, 3);
    assert_int_equal(ruling.alternatives[0].kind, CONFORM_OUTCOME_CL);
    assert_int_equal(ruling.alternatives[0].octets, 5);
    assert_int_equal(ruling.alternatives[0].end, 72);
    assert_int_equal(ruling.alternatives[0].fate, CONFORM_FATE_CLOSE);
    assert_int_equal(ruling.alternatives[1].code, 400);
    assert_int_equal(ruling.alternatives[1].fate, CONFORM_FATE_ANY);
    assert_int_equal(ruling.alternatives[2].end, 9);
}

static void an_outcome_prints_as_it_reads(void **state)
{
    static const char *const texts[] = {
        "none@28",  "cl:5@53", "chunked:0@62", "mpbr:45@122", "close:0@19",
        "tunnel@5", "wait",    "incomplete",   "reject:413",  "error"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        char text[CONFORM_OUTCOME_TEXT_MAX];
        struct conform_outcome outcome;
        struct conform_problem problem;

        assert_int_equal(conform_outcome_parse(texts[i], strlen(texts[i]),
                                               &outcome, &problem),
                         EXIT_OK);
        conform_outcome_print(&outcome, text);
        assert_string_equal(text, texts[i]);
    }
}

static void what_is_no_outcome_is_refused(void **state)
{
    static const char *const texts[] = {
        "",          "cl",         "cl:5",         "cl:@5",
        "cl:5@",     "none",       "none:0@5",     "none@-1",
        "wait@5",    "reject",     "reject:99",    "reject:600",
        "error:400", "none@5 x",   "none@5 close", "none@5 !close !close",
        "Cl:5@5",    "close:5@5 ", "cl:5@1e3",     "none@99999999999999999999"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct conform_outcome outcome;
        struct conform_problem problem;

        assert_int_equal(conform_outcome_parse(texts[i], strlen(texts[i]),
                                               &outcome, &problem),
                         EXIT_ENVIRONMENT);
        assert_non_null(strstr(problem.text, "allowed are none@END"));
    }
}

struct bad {
    const char *text;
    const char *message;
};

static const struct bad bad_lines[] = {
    {HEAD "x: 1\n", "t.cases:6: \"x\": allowed keys are id since"},
    {HEAD "no colon\n", "t.cases:6: \"no colon\": a line is \"key: value\""},
    {HEAD "why:\n", "t.cases:6: \"why:\": a line is"},
    {HEAD "peer: keep\n", "t.cases:6: peer twice: only send and body"},
    {"since: 1\n", "t.cases:1: since before id"},
    {HEAD SEND RULES TAIL "\nid: b", "t.cases:12: the last line has no line"},
    {HEAD "why: a\tb\n", "t.cases:6: octet 0x09 in column 7: allowed are"},
    {HEAD "why: \xc3\xa9\n", "t.cases:6: octet 0xc3 in column 6"},
    {"id: a\r\n", "t.cases:1: octet 0x0d in column 6"},
    {HEAD "why: a \n", "t.cases:6: space at the end of the line"},
};

static const struct bad bad_values[] = {
    {"id: a b\n", "t.cases:1: id: \"a b\": allowed are up to 63 letters"},
    {"id: a\nsince: 0\n", "t.cases:2: since: \"0\": allowed is a corpus"},
    {"id: a\nsince: 1x\n", "t.cases:2: since: \"1x\""},
    {"id: a\ndirection: up\n", "direction: \"up\": allowed are request and"},
    {"id: a\nto: parser cook\n", "to: \"cook\": allowed are server proxy"},
    {"id: a\nanswers: get\n", "answers: \"get\": allowed is a method"},
    {"id: a\nsend: {X}\n", "t.cases:2: send: unknown macro {X}"},
    {"id: a\nbody: \\y\n", "t.cases:2: body: unknown escape '\\y'"},
    {"id: a\npeer: gone\n", "peer: \"gone\": allowed are keep and eof"},
    {"id: a\nnext: more\n", "next: \"more\": allowed are nothing, sentinel"},
    {"id: a\nrfc2616: cl:5@53\n", "rfc2616: a verdict is OUTCOME"},
    {"id: a\nrfc2616: wait | MUST\n", "rfc2616: a verdict is OUTCOME"},
    {"id: a\nrfc2616: wait | MSUT | 4\n", "level \"MSUT\": allowed are MUST"},
    {"id: a\nrfc2616: wait/error | MUST | 4\n", "outcome \"wait/error\""},
    {"id: a\nrfc2616: wait | MUST | four\n", "clause \"four\": allowed are"},
    {"id: a\nrfc9112: wait / wait / wait / wait / wait / wait / wait / wait / "
     "wait | MUST | 4\n",
     "rfc9112: more than 8 outcomes"},
};

/* The line is that of the stanza: the whole of it is wrong. */
static const struct bad bad_stanzas[] = {
    {"\n" HEAD SEND TAIL, "t.cases:2: a: the field rfc2616 is missing"},
    {HEAD SEND RULES "body: hello\n", "a: the field why is missing"},
    {HEAD RULES TAIL, "t.cases:1: a: the field send is missing"},
    {HEAD "send: {0*x}\n" RULES TAIL, "a: send: there is not one octet"},
    {HEAD SEND RULES TAIL "answers: GET\n", "a: answers: every response"},
    {HEAD SEND RULES "why: x.\n", "a: rfc2616: cl:5@53: no body line holds"},
    {HEAD SEND RULES "body: HELLO\nwhy: x.\n", "a: rfc2616: cl:5@53: no body"},
    {HEAD SEND "rfc2616: none@53 | MUST | 4\n"
               "rfc9112: none@89 | MUST | 6\nwhy: x.\n",
     "a: rfc9112: none@89: reaches beyond the 88 octets sent"},
    {HEAD SEND "rfc2616: chunked:6@5 | MUST | 4\n"
               "rfc9112: wait | MUST | 6\nwhy: x.\n",
     "a: rfc2616: chunked:6@5: reaches beyond"},
    {HEAD SEND "rfc2616: close:5@88 | MUST | 4\n"
               "rfc9112: wait | MUST | 6\nbody: hello\nwhy: x.\n",
     "a: rfc2616: close:5@88: needs \"peer: eof\""},
    {"# nothing\n", "no case in any of its files"},
};

static void refuse_all(const struct bad *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct conform_corpus corpus = {0};
        struct conform_problem problem;
        enum exit_code status = add(&corpus, "t", rows[i].text, &problem);

        if (status == EXIT_OK) {
            status = conform_corpus_finish(&corpus, &problem);
        }
        assert_int_equal(status, EXIT_ENVIRONMENT);
        if (strstr(problem.text, rows[i].message) == NULL) {
            fail_msg("\"%s\" is not in \"%s\"", rows[i].message, problem.text);
        }
        conform_corpus_free(&corpus);
    }
}

static void a_bad_line_is_refused_with_its_number(void **state)
{
    (void)state;
    refuse_all(bad_lines, sizeof(bad_lines) / sizeof(bad_lines[0]));
}

static void a_bad_value_is_refused_with_what_is_allowed(void **state)
{
    (void)state;
    refuse_all(bad_values, sizeof(bad_values) / sizeof(bad_values[0]));
}

static void a_stanza_that_contradicts_itself_is_refused(void **state)
{
    (void)state;
    refuse_all(bad_stanzas, sizeof(bad_stanzas) / sizeof(bad_stanzas[0]));
}

static void a_line_beyond_its_limit_is_refused(void **state)
{
    char text[CONFORM_LINE_MAX + 8];
    struct conform_corpus corpus = {0};
    struct conform_problem problem;

    (void)state;
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 2] = '\n';
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(add(&corpus, "t", text, &problem), EXIT_ENVIRONMENT);
    assert_non_null(strstr(problem.text, "t.cases:1: line of 4102 characters"));
    conform_corpus_free(&corpus);
}

static void cases_stand_in_the_order_of_their_ids(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(add(&corpus, "a", HEAD SEND RULES TAIL, &problem), 0);
    assert_int_equal(add(&corpus, "b",
                         "id: B-first\nsince: 1\ndirection: request\n"
                         "to: parser\npeer: keep\n" SEND RULES TAIL,
                         &problem),
                     0);
    assert_int_equal(conform_corpus_finish(&corpus, &problem), EXIT_OK);
    assert_int_equal(corpus.case_count, 2);
    assert_string_equal(corpus.cases[0].id, "B-first");
    assert_string_equal(corpus.cases[0].class_name, "b");
    assert_string_equal(corpus.cases[1].id, "a");
    assert_null(conform_corpus_find(&corpus, "c"));
    conform_corpus_free(&corpus);
}

static void an_id_used_twice_is_refused_with_both_places(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(add(&corpus, "a", HEAD SEND RULES TAIL, &problem), 0);
    assert_int_equal(add(&corpus, "b", "\n\n" HEAD SEND RULES TAIL, &problem),
                     0);
    assert_int_equal(conform_corpus_finish(&corpus, &problem),
                     EXIT_ENVIRONMENT);
    assert_non_null(strstr(problem.text, "a.cases:1"));
    assert_non_null(strstr(problem.text, "b.cases:3"));
    conform_corpus_free(&corpus);
}

static void an_empty_text_has_no_cases(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_buffer text = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(conform_corpus_add(&corpus, "one", &text, &problem),
                     EXIT_OK);
    assert_int_equal(corpus.case_count, 0);
    conform_corpus_free(&corpus);
}

static void classes_are_added_in_ascending_order(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(add(&corpus, "b", HEAD SEND RULES TAIL, &problem), 0);
    assert_int_equal(add(&corpus, "b", "\n", &problem), EXIT_ENVIRONMENT);
    assert_int_equal(add(&corpus, "a", "\n", &problem), EXIT_ENVIRONMENT);
    assert_non_null(strstr(problem.text, "class \"a\" behind \"b\""));
    assert_int_equal(add(&corpus, "c/d", "\n", &problem), EXIT_ENVIRONMENT);
    assert_non_null(strstr(problem.text, "class \"c/d\": allowed are"));
    conform_corpus_free(&corpus);
}

static void a_directory_without_an_index_is_no_corpus(void **state)
{
    struct conform_corpus corpus = {0};
    struct conform_problem problem;

    (void)state;
    assert_int_equal(
        conform_corpus_load(&corpus, "no-such-directory", &problem),
        EXIT_ENVIRONMENT);
    assert_non_null(strstr(problem.text, "no-such-directory/index.txt"));
    assert_false(conform_corpus_exists("no-such-directory"));
    conform_corpus_free(&corpus);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_stand_for_the_octets_of_the_manual),
        cmocka_unit_test(repeating_takes_text_and_not_macro_names),
        cmocka_unit_test(
            macros_are_expanded_innermost_first_and_before_escapes),
        cmocka_unit_test(escapes_give_one_octet_each),
        cmocka_unit_test(text_that_is_no_octets_is_refused),
        cmocka_unit_test(a_wire_beyond_its_limit_is_refused),
        cmocka_unit_test(a_stanza_becomes_a_case),
        cmocka_unit_test(a_verdict_line_becomes_a_ruling),
        cmocka_unit_test(an_outcome_prints_as_it_reads),
        cmocka_unit_test(what_is_no_outcome_is_refused),
        cmocka_unit_test(a_bad_line_is_refused_with_its_number),
        cmocka_unit_test(a_bad_value_is_refused_with_what_is_allowed),
        cmocka_unit_test(a_stanza_that_contradicts_itself_is_refused),
        cmocka_unit_test(a_line_beyond_its_limit_is_refused),
        cmocka_unit_test(cases_stand_in_the_order_of_their_ids),
        cmocka_unit_test(an_id_used_twice_is_refused_with_both_places),
        cmocka_unit_test(an_empty_text_has_no_cases),
        cmocka_unit_test(classes_are_added_in_ascending_order),
        cmocka_unit_test(a_directory_without_an_index_is_no_corpus),
    };

    return cmocka_run_group_tests_name("corpus", tests, NULL, NULL);
}
