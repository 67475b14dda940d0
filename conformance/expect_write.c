/* SPDX-License-Identifier: MIT */
#include "expect.h"

#include <stdio.h>
#include <string.h>

#include "written.h"

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

struct content {
    struct conform_buffer old;
    const struct conform_session *session;
};

static void write_content(FILE *file, const void *what)
{
    const struct content *content = what;

    write_head(file, &content->old);
    write_rows(file, content->session);
}

enum exit_code conform_expect_write(const struct conform_session *session,
                                    const char *path,
                                    struct conform_problem *problem)
{
    struct content content = {.session = session};
    struct conform_problem ignored;
    enum exit_code status;

    /* A file that is not there has no head to keep. */
    (void)conform_buffer_read(&content.old, path, CONFORM_EXPECT_SIZE_MAX,
                              &ignored);
    status = conform_written(path, write_content, &content, problem);
    conform_buffer_free(&content.old);
    return status;
}
