/* SPDX-License-Identifier: MIT */
#include "runner.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct run {
    const struct conform_subject *subject;
    void *session;
    const struct conform_case *item;
    struct conform_answer whole;
    struct conform_answer other;
    size_t ways;      /* segmentations compared with the whole message */
    size_t disagreed; /* of them */
    char first[CONFORM_DETAIL_MAX];
};

static enum exit_code ask(struct run *run, const struct conform_feed *feed,
                          struct conform_answer *answer)
{
    answer->outcome = (struct conform_outcome){0};
    answer->body_size = 0;
    answer->detail[0] = '\0';
    return run->subject->run(run->session, feed, answer);
}

static bool same_answer(const struct conform_answer *one,
                        const struct conform_answer *two)
{
    size_t size =
        one->body_size < one->body_room ? one->body_size : one->body_room;

    return one->outcome.kind == two->outcome.kind &&
           one->outcome.octets == two->outcome.octets &&
           one->outcome.end == two->outcome.end &&
           one->outcome.code == two->outcome.code &&
           one->outcome.fate == two->outcome.fate &&
           one->body_size == two->body_size &&
           memcmp(one->body, two->body, size) == 0;
}

static const char *fate_text(enum conform_fate fate)
{
    static const char *const texts[] = {"", ", kept", ", closed"};

    return texts[fate];
}

static void note_first(struct run *run, const struct conform_feed *feed)
{
    const struct conform_outcome *whole = &run->whole.outcome;
    const struct conform_outcome *other = &run->other.outcome;
    char whole_text[CONFORM_OUTCOME_TEXT_MAX];
    char other_text[CONFORM_OUTCOME_TEXT_MAX];
    char way[64];

    conform_outcome_print(whole, whole_text);
    conform_outcome_print(other, other_text);
    if (feed->step == 1) {
        snprintf(way, sizeof(way), "octet by octet");
    } else if (feed->step > 1) {
        snprintf(way, sizeof(way), "in steps of %zu", feed->step);
    } else if (feed->cut_count == 1) {
        snprintf(way, sizeof(way), "split at %zu", feed->cuts[0]);
    } else {
        snprintf(way, sizeof(way), "in the segments of the case");
    }
    snprintf(
        run->first, sizeof(run->first), "whole %s%s; %s %s%s%s", whole_text,
        fate_text(whole->fate), way, other_text, fate_text(other->fate),
        whole->kind == other->kind && whole->end == other->end &&
                whole->octets == other->octets && whole->fate == other->fate
            ? " with other octets"
            : "");
}

static enum exit_code compare(struct run *run, const struct conform_feed *feed)
{
    enum exit_code status = ask(run, feed, &run->other);

    if (status != EXIT_OK) {
        return status;
    }
    run->ways++;
    if (!same_answer(&run->whole, &run->other) && run->disagreed++ == 0) {
        note_first(run, feed);
    }
    return EXIT_OK;
}

static enum exit_code run_all(struct run *run, const struct conform_ways *ways)
{
    enum exit_code status = ask(run, &ways->feeds[0], &run->whole);

    for (size_t i = 1; status == EXIT_OK && i < ways->count; i++) {
        status = compare(run, &ways->feeds[i]);
    }
    return status;
}

static void add_detail(struct conform_result *result, const char *place,
                       const char *text)
{
    size_t used = strlen(result->detail);

    if (text[0] != '\0') {
        snprintf(result->detail + used, sizeof(result->detail) - used,
                 "%s%s%s%s", used == 0 ? "" : "; ", place,
                 place[0] == '\0' ? "" : ": ", text);
    }
}

static bool follows(const struct conform_subject *subject,
                    enum conform_epoch epoch)
{
    return subject->follows == 0 || (subject->follows & 1u << epoch) != 0;
}

static void grade_all(const struct run *run, struct conform_result *result)
{
    char count[64];

    add_detail(result, "", run->whole.detail);
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        enum conform_epoch epoch = (enum conform_epoch)i;
        const char *reason = "";

        result->verdicts[i] =
            conform_grade(run->item, epoch, &run->whole, &reason);
        if (run->disagreed > 0) {
            result->verdicts[i] = CONFORM_VERDICT_FLAKY;
        } else if (!follows(run->subject, epoch)) {
            result->verdicts[i] = CONFORM_VERDICT_INFO;
        } else {
            add_detail(result, conform_epoch_name(epoch), reason);
        }
    }
    if (run->disagreed > 0) {
        snprintf(count, sizeof(count), "%zu of %zu segmentations disagree",
                 run->disagreed, run->ways);
        add_detail(result, count, run->first);
    }
}

static void blame_adapter(const struct run *run, struct conform_result *result)
{
    for (int i = 0; i < CONFORM_EPOCH_COUNT; i++) {
        result->verdicts[i] = CONFORM_VERDICT_ERROR;
    }
    result->outcome = (struct conform_outcome){.kind = CONFORM_OUTCOME_ERROR};
    add_detail(result, "adapter",
               run->other.detail[0] != '\0' ? run->other.detail
                                            : run->whole.detail);
}

enum exit_code conform_runner_run(const struct conform_subject *subject,
                                  void *session,
                                  const struct conform_case *item,
                                  const struct conform_ways *ways,
                                  struct conform_result *result_out,
                                  struct conform_problem *problem)
{
    struct run run = {.subject = subject, .session = session, .item = item};
    /* No subject can decode more octets than it was sent. */
    size_t room = item->wire.size;
    enum exit_code status = EXIT_OK;

    *result_out = (struct conform_result){.subject = subject};
    run.whole.body = malloc(room);
    run.other.body = malloc(room);
    run.whole.body_room = run.other.body_room = room;
    if (run.whole.body == NULL || run.other.body == NULL) {
        status = conform_problem_no_memory(problem);
        goto done;
    }
    result_out->ran = true;
    result_out->splits = ways->splits;
    if (run_all(&run, ways) == EXIT_OK) {
        result_out->outcome = run.whole.outcome;
        grade_all(&run, result_out);
    } else {
        blame_adapter(&run, result_out);
    }

done:
    free(run.whole.body);
    free(run.other.body);
    return status;
}
