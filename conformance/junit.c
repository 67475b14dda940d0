/* SPDX-License-Identifier: MIT */
#include "junit.h"

#include "written.h"

struct suite {
    const struct conform_session *session;
    const struct conform_expectations *expectations; /* or NULL */
    size_t subject;
    enum conform_epoch epoch;
};

/* Text of this program is printable, which XML allows as it is but for five. */
static void write_text(FILE *file, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            fputs("&amp;", file);
            break;
        case '<':
            fputs("&lt;", file);
            break;
        case '>':
            fputs("&gt;", file);
            break;
        case '"':
            fputs("&quot;", file);
            break;
        default:
            putc(*text, file);
            break;
        }
    }
}

static bool fails(const struct suite *suite, const struct conform_case *item,
                  const struct conform_result *result)
{
    enum conform_verdict verdict = result->verdicts[suite->epoch];

    if (suite->expectations != NULL) {
        return !conform_expect_allows(suite->expectations, item, result,
                                      suite->epoch);
    }
    return conform_verdict_deviates(verdict) &&
           verdict != CONFORM_VERDICT_NON_STRICT;
}

static void write_failure(FILE *file, const struct suite *suite,
                          const struct conform_case *item,
                          const struct conform_result *result)
{
    const struct conform_ruling *ruling = &item->rulings[suite->epoch];
    char outcome[CONFORM_OUTCOME_TEXT_MAX];

    conform_outcome_print(&result->outcome, outcome);
    fputs("<failure message=\"", file);
    write_text(file, conform_verdict_name(result->verdicts[suite->epoch]));
    fputs(": ", file);
    write_text(file, outcome);
    fputs("; ", file);
    write_text(file, conform_level_name(ruling->level));
    fputs(" wants ", file);
    write_text(file, ruling->accepted);
    fputs(" (", file);
    write_text(file, ruling->clause);
    fputs(")\">", file);
    write_text(file, result->detail);
    fputs("</failure>", file);
}

static void write_case(FILE *file, const struct suite *suite, size_t index)
{
    const struct conform_case *item = suite->session->cases[index];
    const struct conform_result *result =
        conform_session_result(suite->session, index, suite->subject);

    if (!result->ran) {
        return;
    }
    fputs("    <testcase classname=\"", file);
    write_text(file, item->class_name);
    fputs("\" name=\"", file);
    write_text(file, item->id);
    fputs("\">", file);
    if (fails(suite, item, result)) {
        write_failure(file, suite, item, result);
    } else if (result->verdicts[suite->epoch] != CONFORM_VERDICT_PASS) {
        fputs("<system-out>", file);
        write_text(file, conform_verdict_name(result->verdicts[suite->epoch]));
        fputs("</system-out>", file);
    }
    fputs("</testcase>\n", file);
}

static void write_suite(FILE *file, const struct suite *suite)
{
    size_t tests = 0;
    size_t failures = 0;

    for (size_t i = 0; i < suite->session->case_count; i++) {
        const struct conform_result *result =
            conform_session_result(suite->session, i, suite->subject);

        tests += result->ran;
        failures +=
            result->ran && fails(suite, suite->session->cases[i], result);
    }
    fputs("  <testsuite name=\"", file);
    write_text(file, suite->session->subjects[suite->subject]->name);
    fprintf(file, " %s\" tests=\"%zu\" failures=\"%zu\">\n",
            conform_epoch_name(suite->epoch), tests, failures);
    for (size_t i = 0; i < suite->session->case_count; i++) {
        write_case(file, suite, i);
    }
    fputs("  </testsuite>\n", file);
}

static void write_suites(FILE *file, const void *what)
{
    struct suite suite = *(const struct suite *)what;

    fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n", file);
    for (size_t i = 0; i < suite.session->subject_count; i++) {
        for (int e = 0; e < CONFORM_EPOCH_COUNT; e++) {
            if (suite.session->epochs[e]) {
                suite.subject = i;
                suite.epoch = (enum conform_epoch)e;
                write_suite(file, &suite);
            }
        }
    }
    fputs("</testsuites>\n", file);
}

enum exit_code
conform_junit_write(const struct conform_session *session,
                    const struct conform_expectations *expectations,
                    const char *path, struct conform_problem *problem)
{
    struct suite suite = {.session = session, .expectations = expectations};

    return conform_written(path, write_suites, &suite, problem);
}
