/* SPDX-License-Identifier: MIT */
/* Node's parser; node_helper.js says how it is asked, and what is not seen. */
#include "piped.h"

static struct piped_kind kind = {
    .interpreter = CONFORM_NODE,
    .option = "--no-warnings",
    .file = "node_helper.js",
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

const struct conform_subject conform_subject_node = {
    .name = "node",
    .roles = CONFORM_ROLE_PARSER,
    .version = version,
    .start = start,
    .prepare = piped_prepare,
    .run = piped_run,
    .stop = piped_stop,
};
