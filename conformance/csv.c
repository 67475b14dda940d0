/* SPDX-License-Identifier: MIT */
#include "csv.h"

#include "written.h"

/* RFC 4180: in quotes, and a quote twice. */
static void write_text(FILE *file, const char *text, char behind)
{
    putc('"', file);
    for (; *text != '\0'; text++) {
        if (*text == '"') {
            putc('"', file);
        }
        putc(*text, file);
    }
    putc('"', file);
    putc(behind, file);
}

static void write_row(FILE *file, const struct conform_case *item,
                      const struct conform_result *result,
                      enum conform_epoch epoch)
{
    const struct conform_ruling *ruling = &item->rulings[epoch];
    char outcome[CONFORM_OUTCOME_TEXT_MAX];

    conform_outcome_print(&result->outcome, outcome);
    write_text(file, item->id, ',');
    write_text(file, item->class_name, ',');
    write_text(file, result->subject->name, ',');
    write_text(file, conform_epoch_name(epoch), ',');
    write_text(file, conform_verdict_name(result->verdicts[epoch]), ',');
    write_text(file, outcome, ',');
    write_text(file, conform_fate_name(result->outcome.fate), ',');
    write_text(file, ruling->accepted, ',');
    write_text(file, conform_level_name(ruling->level), ',');
    write_text(file, ruling->clause, ',');
    fprintf(file, "%zu,", result->splits);
    write_text(file, result->detail, '\n');
}

static void write_session(FILE *file, const void *what)
{
    const struct conform_session *session = what;

    fputs("case,class,subject,rfc,verdict,outcome,connection,accepted,level,"
          "clause,splits,detail\n",
          file);
    for (size_t i = 0; i < session->case_count; i++) {
        for (size_t k = 0; k < session->subject_count; k++) {
            const struct conform_result *result =
                conform_session_result(session, i, k);

            for (int e = 0; result->ran && e < CONFORM_EPOCH_COUNT; e++) {
                if (session->epochs[e]) {
                    write_row(file, session->cases[i], result,
                              (enum conform_epoch)e);
                }
            }
        }
    }
}

enum exit_code conform_csv_write(const struct conform_session *session,
                                 const char *path,
                                 struct conform_problem *problem)
{
    return conform_written(path, write_session, session, problem);
}
