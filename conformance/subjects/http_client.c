/* SPDX-License-Identifier: MIT */
/* Python's own http.client; http_client_helper.py says how it is asked, and
 * what is not seen. */
#include "piped.h"

static struct piped_kind kind = {
    .interpreter = CONFORM_PYTHON,
    .option = "-B",
    .file = "http_client_helper.py",
    .deadline_ms = PIPED_DEADLINE_MS,
};

static enum exit_code start(void **session_out, struct conform_problem *problem)
{
    return piped_start(&kind, session_out, problem);
}

static void version(char *text_out, size_t size)
{
    piped_version(&kind, text_out, size);
}

const struct conform_subject conform_subject_http_client = {
    .name = "http-client",
    .roles = CONFORM_ROLE_CLIENT,
    .directions = 1u << CONFORM_DIRECTION_RESPONSE,
    .version = version,
    .start = start,
    .prepare = piped_prepare,
    .run = piped_run,
    .stop = piped_stop,
};
