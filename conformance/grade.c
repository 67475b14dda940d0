/* SPDX-License-Identifier: MIT */
#include "runner.h"

static const char *const verdict_names[CONFORM_VERDICT_COUNT] = {
    "pass", "non-strict", "fail", "info", "error", "flaky"};

const char *conform_verdict_name(enum conform_verdict verdict)
{
    return verdict_names[verdict];
}

bool conform_verdict_deviates(enum conform_verdict verdict)
{
    return verdict != CONFORM_VERDICT_PASS && verdict != CONFORM_VERDICT_INFO;
}

static enum conform_fit best_fit(const struct conform_ruling *ruling,
                                 const struct conform_outcome *reported)
{
    enum conform_fit best = CONFORM_FIT_NONE;

    for (size_t i = 0; i < ruling->count; i++) {
        enum conform_fit fit =
            conform_outcome_fit(&ruling->alternatives[i], reported);

        best = fit > best ? fit : best;
    }
    return best;
}

static bool right_octets(const struct conform_case *item,
                         const struct conform_answer *answer)
{
    return !conform_outcome_is_complete(answer->outcome.kind) ||
           answer->body_size == 0 ||
           (answer->body_size <= answer->body_room &&
            conform_case_has_body(item, answer->body, answer->body_size));
}

enum conform_verdict conform_grade(const struct conform_case *item,
                                   enum conform_epoch epoch,
                                   const struct conform_answer *answer,
                                   const char **reason_out)
{
    const struct conform_ruling *ruling = &item->rulings[epoch];
    enum conform_fit fit = best_fit(ruling, &answer->outcome);

    *reason_out = "";
    if (ruling->silent || ruling->level == CONFORM_LEVEL_INFO) {
        return CONFORM_VERDICT_INFO;
    }
    if (fit != CONFORM_FIT_NONE && !right_octets(item, answer)) {
        *reason_out = "the right end, but not the octets that were sent";
        return CONFORM_VERDICT_FAIL;
    }
    if (fit == CONFORM_FIT_ALL) {
        return CONFORM_VERDICT_PASS;
    }
    /* An end that nobody accepts desynchronises, whatever the level. */
    if (fit == CONFORM_FIT_NONE &&
        conform_outcome_is_complete(answer->outcome.kind)) {
        *reason_out = "completes a message where no message ends";
        return CONFORM_VERDICT_FAIL;
    }
    *reason_out = fit == CONFORM_FIT_NONE
                      ? "not among the accepted outcomes"
                      : "keeps a connection that must close";
    return ruling->level == CONFORM_LEVEL_MUST ? CONFORM_VERDICT_FAIL
                                               : CONFORM_VERDICT_NON_STRICT;
}
