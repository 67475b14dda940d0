/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdio.h>
#include <string.h>

#include <program/output.h>

/* Copies the comment at the front of a file, or begins one. */
static void write_head(FILE *file, const struct conform_buffer *old)
{
    const char *line = old->data;

    if (line == NULL || line[0] != '#') {
        fputs("# SPDX-License-Identifier: MIT\n", file);
        return;
    }
    while (*line == '#') {
        size_t size = strcspn(line, "\n");

        fprintf(file, "%.*s\n", (int)size, line);
        line += size;
        line += *line == '\n';
    }
}

static void write_rows(FILE *file, const struct conform_session *session)
{
    for (size_t i = 0; i < session->case_count; i++) {
        for (size_t k = 0; k < session->subject_count; k++) {
            const struct conform_result *result =
                conform_session_result(session, i, k);

            for (int e = 0; result->ran && e < CONFORM_EPOCH_COUNT; e++) {
                if (conform_verdict_deviates(result->verdicts[e])) {
                    fprintf(file, "%s %s %s %s\n", result->subject->name,
                            conform_epoch_name((enum conform_epoch)e),
                            session->cases[i]->id,
                            conform_verdict_name(result->verdicts[e]));
                }
            }
        }
    }
}

enum exit_code conform_expect_write(const struct conform_session *session,
                                    const char *path,
                                    struct conform_problem *problem)
{
    struct conform_buffer old = {0};
    struct conform_problem ignored;
    struct output output;
    int error;

    /* A file that is not there has no head to keep. */
    (void)conform_buffer_read(&old, path, CONFORM_EXPECT_SIZE_MAX, &ignored);
    error = output_open(&output, path);
    if (error == 0) {
        write_head(output.file, &old);
        write_rows(output.file, session);
        error = output_commit(&output);
    }
    conform_buffer_free(&old);
    if (error != 0) {
        return conform_problem_set(problem, EXIT_INPUT_OUTPUT,
                                   "%.400s: cannot be written: %s", path,
                                   strerror(error));
    }
    return EXIT_OK;
}
