/* SPDX-License-Identifier: MIT */
#include "runner.h"

static const char *const verdict_names[MM_VERDICT_COUNT] = {
    "pass", "non-strict", "fail", "info", "error", "flaky"};

const char *mm_verdict_name(enum mm_verdict verdict)
{
    return verdict_names[verdict];
}

bool mm_verdict_deviates(enum mm_verdict verdict)
{
    return verdict != MM_VERDICT_PASS && verdict != MM_VERDICT_INFO;
}

static enum mm_fit best_fit(const struct mm_ruling *ruling,
                            const struct mm_outcome *reported)
{
    enum mm_fit best = MM_FIT_NONE;

    for (size_t i = 0; i < ruling->count; i++) {
        enum mm_fit fit = mm_outcome_fit(&ruling->alternatives[i], reported);

        best = fit > best ? fit : best;
    }
    return best;
}

static bool right_octets(const struct mm_case *item,
                         const struct mm_answer *answer)
{
    return !mm_outcome_is_complete(answer->outcome.kind) ||
           answer->body_size == 0 ||
           (answer->body_size <= answer->body_room &&
            mm_case_has_body(item, answer->body, answer->body_size));
}

enum mm_verdict mm_grade(const struct mm_case *item, enum mm_epoch epoch,
                         const struct mm_answer *answer,
                         const char **reason_out)
{
    const struct mm_ruling *ruling = &item->rulings[epoch];
    enum mm_fit fit = best_fit(ruling, &answer->outcome);

    *reason_out = "";
    if (ruling->silent || ruling->level == MM_LEVEL_INFO) {
        return MM_VERDICT_INFO;
    }
    if (fit != MM_FIT_NONE && !right_octets(item, answer)) {
        *reason_out = "the right end, but not the octets that were sent";
        return MM_VERDICT_FAIL;
    }
    if (fit == MM_FIT_ALL) {
        return MM_VERDICT_PASS;
    }
    /* An end that nobody accepts desynchronises, whatever the level. */
    if (fit == MM_FIT_NONE && mm_outcome_is_complete(answer->outcome.kind)) {
        *reason_out = "completes a message where no message ends";
        return MM_VERDICT_FAIL;
    }
    *reason_out = fit == MM_FIT_NONE ? "not among the accepted outcomes"
                                     : "keeps a connection that must close";
    return ruling->level == MM_LEVEL_MUST ? MM_VERDICT_FAIL
                                          : MM_VERDICT_NON_STRICT;
}
