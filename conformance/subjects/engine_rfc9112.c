/* SPDX-License-Identifier: MIT */
/* mm_message_feed() as it reads by RFC 9112. */
#include "engine.h"

static enum exit_code run(void *session, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    (void)session;
    return conform_engine_run(MM_MESSAGE_RFC9112, feed, answer);
}

const struct conform_subject conform_subject_engine_rfc9112 = {
    .name = "engine-rfc9112",
    .roles = CONFORM_ROLE_PARSER,
    .follows = 1u << CONFORM_EPOCH_RFC9112,
    .version = conform_engine_version,
    .run = run,
};
