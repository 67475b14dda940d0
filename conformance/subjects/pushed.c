/* SPDX-License-Identifier: MIT */
#include "pushed.h"

#include <string.h>

int pushed_hint(struct pushed *pushed, unsigned status_code)
{
    const char *method = pushed->feed->answers;

    if (method != NULL && strcmp(method, "HEAD") == 0) {
        pushed->skip_body = true;
        return 1;
    }
    if (method != NULL && strcmp(method, "CONNECT") == 0 &&
        status_code / 100 == 2) {
        pushed->tunnel = true;
        return 2;
    }
    return 0;
}

static enum conform_outcome_kind kind_of(const struct pushed *pushed,
                                         const struct pushed_end *end)
{
    if (pushed->tunnel) {
        return CONFORM_OUTCOME_TUNNEL;
    }
    if (pushed->skip_body) {
        return CONFORM_OUTCOME_NONE;
    }
    if (pushed->at_eof) {
        return CONFORM_OUTCOME_CLOSE;
    }
    if (end->is_chunked) {
        return CONFORM_OUTCOME_CHUNKED;
    }
    return end->has_length ? CONFORM_OUTCOME_CL : CONFORM_OUTCOME_NONE;
}

void pushed_complete(struct pushed *pushed, const struct pushed_end *end)
{
    struct conform_outcome *outcome = &pushed->answer->outcome;

    pushed->complete = true;
    outcome->kind = kind_of(pushed, end);
    outcome->octets = pushed->answer->body_size;
    outcome->fate = end->keeps ? CONFORM_FATE_KEEP : CONFORM_FATE_CLOSE;
}

void pushed_finish(struct pushed *pushed, size_t taken, bool failed)
{
    struct conform_outcome *outcome = &pushed->answer->outcome;

    if (pushed->complete) {
        outcome->end = taken;
    } else if (pushed->at_eof) {
        outcome->kind = CONFORM_OUTCOME_INCOMPLETE;
        outcome->fate = CONFORM_FATE_CLOSE;
    } else if (failed) {
        outcome->kind = CONFORM_OUTCOME_ERROR;
        outcome->fate = CONFORM_FATE_CLOSE;
    } else {
        outcome->kind = CONFORM_OUTCOME_WAIT;
    }
}
